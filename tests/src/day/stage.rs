//! Where the week is played: one server, one folder of profiles, and the telling of it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    cli::Cli,
    database::Database,
    fixtures::Files,
    server::{Administrator, Server},
    watch::Screen,
};

/// The language of the telling and of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// 日本語.
    Ja,
    /// English.
    En,
}

impl Lang {
    /// `ja` or `en`.
    pub fn code(self) -> &'static str {
        self.pick(("ja", "en"))
    }

    /// One of a Japanese and an English text.
    pub fn pick<T>(self, (ja, en): (T, T)) -> T {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

/// The stage.
pub struct Stage {
    /// The server.
    pub server: Server,
    /// Real files to send.
    pub files: Files,
    pub(super) administrator: Administrator,
    lang: Lang,
}

impl Stage {
    /// A new region with a running server.
    ///
    /// # Errors
    /// If the server does not start.
    pub fn set(database: Database, lang: Lang) -> Result<Self> {
        let (mut server, administrator) = Server::init(database, "")?;
        server.start()?;
        let files = Files::lay_into(&server.folder().join("files"))?;
        fs::create_dir(server.folder().join("secrets"))?;
        Ok(Self { server, files, administrator, lang })
    }

    /// `RENKEI_HOME`: the profiles of all people.
    pub fn home(&self) -> PathBuf {
        self.server.folder().join("home")
    }

    /// The client of one person.
    pub fn cli(&self, login: &str) -> Cli {
        Cli::new(&self.home(), login, self.lang.code())
    }

    /// One of a Japanese and an English text.
    pub fn text(&self, texts: (&'static str, &'static str)) -> &'static str {
        self.lang.pick(texts)
    }

    /// Keeps a secret (a password, a code) in a file that only its owner can read.
    pub(super) fn secret(&self, name: &str, secret: &str) -> Result<String> {
        let path = self.server.folder().join("secrets").join(name);
        fs::write(&path, secret)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        text_of(&path)
    }

    /// Begins a scene.
    pub fn scene(&self, ja: &str, en: &str) {
        println!("\n■ {}", self.lang.pick((ja, en)));
    }

    /// Says what happens.
    pub fn say(&self, ja: &str, en: &str) {
        println!("\n  {}", self.lang.pick((ja, en)));
    }

    /// Says what was verified.
    pub fn fact(&self, ja: &str, en: &str) {
        println!("  ✓ {}", self.lang.pick((ja, en)));
    }

    /// Lets a person run a command, and shows both.
    pub(super) fn show(&self, login: &str, args: &[&str]) -> Result<String> {
        self.show_with(login, args, "")
    }

    /// Lets a person run a command with `input` on standard input, and shows command and output.
    pub(super) fn show_with(&self, login: &str, args: &[&str], input: &str) -> Result<String> {
        let cli = self.cli(login);
        println!("  $ {}", cli.shown(args));
        let output = cli.text(args, input)?;
        print_indented(&output);
        Ok(output)
    }

    /// Lets a person run a command with `--output json`, and shows both.
    pub(super) fn show_json(&self, login: &str, args: &[&str]) -> Result<Value> {
        println!("  $ {}", self.cli(login).shown(&[&["--output", "json"], args].concat()));
        let document = self.cli(login).json(args)?;
        print_indented(&serde_json::to_string_pretty(&document)?);
        Ok(document)
    }

    /// Lets a person open `renkei watch`, to be shown.
    pub(super) fn screen(&self, login: &str) -> Result<Screen> {
        let cli = self.cli(login);
        println!("  $ {} &", cli.shown(&["watch"]));
        Screen::open(&cli)
    }

    /// Looks something up for a check, without showing it.
    pub(super) fn ask(&self, login: &str, args: &[&str]) -> Result<Value> {
        self.cli(login).json(args)
    }

    /// Lets a person run a command that must be refused with this exit code, shows both, and returns what
    /// it says.
    pub(super) fn refused(&self, login: &str, args: &[&str], code: i32) -> Result<String> {
        let cli = self.cli(login);
        println!("  $ {}", cli.shown(args));
        let done = cli.run(args, "")?;
        print_indented(&done.stderr);
        println!("    → exit {}", done.status.code().unwrap_or(-1));
        ensure!(done.status.code() == Some(code), "{}: {}, not exit {code}", cli.shown(args), done.status);
        ensure!(done.stdout.is_empty(), "{} was refused and printed data", cli.shown(args));
        Ok(done.stderr)
    }
}

/// A path as an argument.
pub(super) fn text_of(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?.to_owned())
}

/// A text field of a JSON document.
pub(super) fn field(document: &Value, name: &str) -> Result<String> {
    Ok(document[name].as_str().with_context(|| format!("no {name} in {document}"))?.to_owned())
}

/// What a notice tells of; empty for an entry that somebody wrote.
pub(super) fn notice(entry: &Value) -> &str {
    entry["content"]["notice"]["kind"].as_str().unwrap_or_default()
}

/// The text of a message; empty for another entry.
pub(super) fn message(entry: &Value) -> &str {
    entry["content"]["message"]["text"].as_str().unwrap_or_default()
}

/// The elements of a JSON list.
pub(super) fn list(document: &Value) -> Result<&Vec<Value>> {
    document.as_array().with_context(|| format!("not a list: {document}"))
}

fn print_indented(text: &str) {
    const MOST_LINES: usize = 40;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    for line in lines.iter().take(MOST_LINES) {
        println!("    │ {}", shorten(line));
    }
    if lines.len() > MOST_LINES {
        println!("    │ … (+{})", lines.len() - MOST_LINES);
    }
}

/// A note of 10,000 characters would bury the story.
fn shorten(line: &str) -> String {
    const MOST_CHARS: usize = 160;
    match line.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.to_owned(),
    }
}
