//! The steps of `cargo xtask test`. Each works alone, from a clean clone.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Result;

use crate::{
    bench,
    install::{self, Need},
    interrupt,
    postgres::Cluster,
    workspace,
};

/// A step.
pub(crate) struct Step {
    /// For `--only`.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) what: &'static str,
    /// What must be installed for it.
    pub(crate) needs: &'static [Need],
    /// Does it.
    pub(crate) run: fn(&Context) -> Result<Outcome>,
}

/// What every step is given.
pub(crate) struct Context<'a> {
    /// A folder for temporary files, removed at the end.
    pub(crate) temporary: &'a Path,
}

/// How a step ended, when it did not fail.
pub(crate) enum Outcome {
    /// Done, and all is well.
    Passed,
    /// Could not be done, for a reason that says nothing about the project.
    Skipped(&'static str),
}

/// All steps, those with quick answers first.
pub(crate) const STEPS: [Step; 9] = [
    Step { name: "fmt", what: "format", needs: &[], run: fmt },
    Step { name: "buf", what: "lint of the proto", needs: &[Need::Node], run: buf },
    Step { name: "deny", what: "dependency policy: licences, bans, sources", needs: &[], run: deny },
    Step {
        name: "advisories",
        what: "dependency policy: known vulnerabilities",
        needs: &[],
        run: advisories,
    },
    Step { name: "clippy", what: "lints", needs: &[], run: clippy },
    Step {
        name: "test",
        what: "unit tests, conformance and end to end on both engines",
        needs: &[Need::Postgres, Need::Sqlite],
        run: test,
    },
    Step {
        name: "python",
        what: "a foreign client, generated from the proto",
        needs: &[Need::Python],
        run: python,
    },
    Step { name: "docs", what: "documentation", needs: &[], run: docs },
    Step { name: "bench", what: "speed: no gross regression", needs: &[], run: bench },
];

fn fmt(_: &Context) -> Result<Outcome> {
    passed(&mut workspace::cargo(&["fmt", "--all", "--check"]))
}

fn buf(_: &Context) -> Result<Outcome> {
    passed(Command::new(install::buf()?).arg("lint").current_dir(workspace::root().join("proto")))
}

fn deny(_: &Context) -> Result<Outcome> {
    passed(cargo_deny()?.args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))
}

fn advisories(_: &Context) -> Result<Outcome> {
    // The advisories are published over git only, and not every network lets one there. That says nothing
    // about the dependencies, so it is no failure; but it is said.
    if !interrupt::run(cargo_deny()?.args(["fetch", "db"]))?.success() {
        return Ok(Outcome::Skipped("the advisory database can not be reached from here"));
    }
    passed(cargo_deny()?.args(["check", "--disable-fetch", "advisories"]))
}

fn clippy(_: &Context) -> Result<Outcome> {
    passed(&mut workspace::cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

fn test(context: &Context) -> Result<Outcome> {
    // The end-to-end tests run the programs, and cargo builds these for their own package's tests only.
    build()?;
    let postgres = Cluster::start()?;
    let mut test = workspace::cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    test.env("RENKEI_TEST_POSTGRES_URL", postgres.url()).env("TMPDIR", context.temporary);
    passed(&mut test)
}

fn python(context: &Context) -> Result<Outcome> {
    build()?;
    let mut pytest = Command::new(install::python()?);
    pytest.args(["-m", "pytest", "--verbose", "-p", "no:cacheprovider", "tests/python"]);
    pytest.current_dir(workspace::root()).env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("RENKEI_SERVER_BIN", workspace::target().join("debug/renkei-server"));
    passed(pytest.env("TMPDIR", context.temporary))
}

fn docs(_: &Context) -> Result<Outcome> {
    let mut doc = workspace::cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    passed(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn bench(_: &Context) -> Result<Outcome> {
    anyhow::ensure!(
        bench::run(&bench::Arguments::short())? == ExitCode::SUCCESS,
        "something is far slower than it has to be"
    );
    Ok(Outcome::Passed)
}

/// Builds programs and tests together: one set of features, one compilation.
pub(crate) fn build() -> Result<()> {
    interrupt::succeed(&mut workspace::cargo(&["build", "--workspace", "--all-targets", "--locked"]))
}

fn cargo_deny() -> Result<Command> {
    let mut command = Command::new(install::cargo_deny()?);
    command.args(["--locked", "--all-features"]).current_dir(workspace::root());
    Ok(command)
}

fn passed(command: &mut Command) -> Result<Outcome> {
    interrupt::succeed(command)?;
    Ok(Outcome::Passed)
}
