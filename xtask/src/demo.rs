//! `cargo xtask demo`: the week of `renkei_tests::day`, told to a person.

use std::{env, time::Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;
use renkei_tests::{
    database::{Database, Engine},
    day::{self, Lang, Stage},
    wait,
};

use crate::{
    install::{self, Need},
    interrupt,
    postgres::Cluster,
    workspace,
};

/// Arguments of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Ends after the week, instead of leaving the server running. Exit code 0: every step was verified.
    #[arg(long)]
    check: bool,
    /// Uses a throwaway PostgreSQL instead of SQLite.
    #[arg(long)]
    postgres: bool,
    /// The language of the story; else that of the locale.
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    /// 日本語.
    Ja,
    /// English.
    En,
}

/// Plays the week.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let lang = match arguments.lang {
        Some(Language::Ja) => Lang::Ja,
        Some(Language::En) => Lang::En,
        None => of_locale(),
    };
    if arguments.postgres {
        install::packages(&[Need::Postgres])?;
    }
    let programs = ["build", "--locked", "--package", "renkei-server", "--package", "renkei"];
    interrupt::succeed(&mut workspace::cargo(&programs))?;

    let cluster = if arguments.postgres { Some(Cluster::start()?) } else { None };
    let database = match &cluster {
        Some(cluster) => Database::create_in(cluster.url())?,
        None => Database::create(Engine::Sqlite)?,
    };
    let start = Instant::now();
    let mut stage = Stage::set(database, lang)?;
    if let Err(error) = day::play(&mut stage) {
        if wait::is_cancelled() {
            bail!("interrupted");
        }
        return Err(error.context("the demo did not go as it must"));
    }
    stage.scene("おわり", "The end");
    let seconds = start.elapsed().as_secs();
    stage.fact(
        &format!("すべての場面を確かめた（{seconds} 秒）"),
        &format!("Every scene was verified ({seconds} s)"),
    );
    if arguments.check {
        return stage.server.stop();
    }
    invite(&stage)?;
    interrupt::wait_for();
    println!();
    Ok(())
}

/// Prints what to try as each person.
fn invite(stage: &Stage) -> Result<()> {
    stage.scene(
        "サーバーは動いている。別の端末で試せる（Ctrl-C で止めて片づける）",
        "The server goes on. Try it from another terminal (Ctrl-C stops it and cleans up)",
    );
    let programs = workspace::target().join("debug");
    println!("  export RENKEI_HOME={} PATH={}:$PATH", stage.home().display(), programs.display());
    for person in &day::PEOPLE {
        println!("\n  # {} {}（{}）", stage.text(person.title), person.name, person.organization);
        let tries: &[&str] = match person.role {
            "doctor" => &[
                "timeline show S-1024",
                "post S-1024",
                "patient summary S-3072",
                "access list S-1024",
                "access explain S-1024 --person suzuki",
                "provision list S-1024",
                "audit list --patient S-1024",
            ],
            "pharmacist" => &["access explain S-1024", "timeline show S-1024", "timeline show S-3072"],
            "care_manager" | "nurse" => &["inbox", "watch", "timeline show S-1024"],
            _ => &["inbox", "watch", "timeline show S-3072"],
        };
        for words in tries {
            println!("  renkei --profile {} {words}", person.login);
        }
    }
    println!("\n  # admin");
    println!("  renkei --profile {} person list", day::ADMIN);
    let secrets = stage.server.folder().join("secrets");
    println!("\n  # renkei --profile NAME login --password-file {}/NAME.password", secrets.display());
    Ok(())
}

/// What the C library would take: the first of these variables that is set decides.
fn of_locale() -> Lang {
    let set = |name: &&str| env::var(name).is_ok_and(|value| !value.is_empty());
    let locale =
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find(|name| set(name)).and_then(|name| env::var(name).ok());
    if locale.is_some_and(|locale| locale.starts_with("ja")) { Lang::Ja } else { Lang::En }
}
