//! Installs what a step needs and the machine lacks: system packages with apt-get, tools of pinned
//! versions into `target/tools`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use rustix::process::geteuid;

use crate::{interrupt, postgres, workspace};

/// The version of cargo-deny; built from source in about a minute.
const CARGO_DENY: &str = "0.20.2";

/// Debian's own interpreter: others in the path may lack parts of the standard library.
const PYTHON: &str = "/usr/bin/python3";

/// Something that the system's packages bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A PostgreSQL server and its client programs.
    Postgres,
    /// The `sqlite3` program.
    Sqlite,
    /// Node.js and npm.
    Node,
    /// Python with `venv`.
    Python,
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Self::Postgres => postgres::programs().is_ok() && works("psql", &["--version"]),
            Self::Sqlite => works("sqlite3", &["--version"]),
            Self::Node => works("node", &["--version"]) && works("npm", &["--version"]),
            Self::Python => works(PYTHON, &["-c", "import ensurepip, ssl, venv"]),
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgresql", "postgresql-client"],
            Self::Sqlite => &["sqlite3"],
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
        }
    }
}

/// Installs the packages of those needs that are not met.
pub(crate) fn packages(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages()).copied().collect();
    ensure!(
        works("apt-get", &["--version"]),
        "this machine has no apt-get: install {} by its own means and try again",
        packages.join(", ")
    );
    apt_get(&["update", "--quiet"])?;
    apt_get(&[&["install", "--yes", "--quiet", "--no-install-recommends"], &packages[..]].concat())?;
    for need in missing {
        ensure!(need.is_met(), "{need:?} does not work although {:?} are installed", need.packages());
    }
    Ok(())
}

/// The `buf` program of `proto/package-lock.json`.
pub(crate) fn buf() -> Result<PathBuf> {
    let folder = workspace::tools().join("buf");
    let buf = folder.join("node_modules/.bin/buf");
    let lock = workspace::root().join("proto/package-lock.json");
    once(&folder, &lock, &buf, || {
        fs::copy(workspace::root().join("proto/package.json"), folder.join("package.json"))?;
        fs::copy(&lock, folder.join("package-lock.json"))?;
        // Not `ci`: the lock holds the Linux builds only. The program comes inside a package, so no
        // package's script needs to run.
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        interrupt::succeed(&mut npm)
    })?;
    Ok(buf)
}

/// The Python of `tests/python/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf> {
    let folder = workspace::tools().join("python");
    let python = folder.join("bin/python");
    let list = workspace::root().join("tests/python/requirements.txt");
    once(&folder, &list, &python, || {
        interrupt::succeed(Command::new(PYTHON).args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(&python);
        // The list names every package with its version, so nothing else may come along; and nothing is
        // built from source, which would need more tools.
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        interrupt::succeed(pip.args(["--only-binary", ":all:", "--requirement"]).arg(&list))?;
        interrupt::succeed(Command::new(&python).args(["-m", "pip", "check"]))
    })?;
    Ok(python)
}

/// The `cargo-deny` program.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let tools = workspace::tools();
    let program = tools.join("bin/cargo-deny");
    let version = Command::new(&program).arg("--version").stderr(Stdio::null()).output();
    let wanted = format!("cargo-deny {CARGO_DENY}");
    if version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == wanted) {
        return Ok(program);
    }
    let crate_name = format!("cargo-deny@{CARGO_DENY}");
    // Unoptimised: it runs for a second, and takes a fifth of the time to build.
    let how = ["install", "--locked", "--debug", "--force", "--config", "profile.dev.debug=false"];
    let mut install = workspace::cargo(&[&how[..], &[&crate_name]].concat());
    let build = tools.join("build");
    interrupt::succeed(install.arg("--root").arg(&tools).env("CARGO_TARGET_DIR", &build))?;
    fs::remove_dir_all(&build).context("removing what building cargo-deny left")?;
    Ok(program)
}

/// Fills `folder` anew unless it was filled for the same content of `list` before.
fn once(folder: &Path, list: &Path, product: &Path, fill: impl FnOnce() -> Result<()>) -> Result<()> {
    let wanted = fs::read(list).with_context(|| list.display().to_string())?;
    let stamp = folder.join("installed-for");
    if product.exists() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    fill()?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn apt_get(args: &[&str]) -> Result<()> {
    let mut command = if geteuid().is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        sudo
    };
    let status = command.args(args).env("DEBIAN_FRONTEND", "noninteractive").status();
    let status = status.with_context(|| format!("running apt-get {}", args.join(" ")))?;
    ensure!(status.success(), "apt-get {}: {status}", args.join(" "));
    Ok(())
}

fn works(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
