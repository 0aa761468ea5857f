//! A throwaway PostgreSQL cluster: on loopback, on a free port, with fsync on as in earnest, and with a
//! password, because other users of the machine can reach loopback too. It is gone with its value.

use std::{
    fs::{self, File},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_tests::{
    process,
    server::{free_port, private_folder},
    wait,
};
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::{
    install::{self, Need},
    interrupt,
};

const SUPERUSER: &str = "renkei";

/// A running cluster.
pub(crate) struct Cluster {
    url: String,
    server: Child,
    _folder: TempDir,
}

/// `cargo xtask postgres`.
pub(crate) fn run() -> Result<()> {
    install::packages(&[Need::Postgres])?;
    let cluster = Cluster::start()?;
    println!("export RENKEI_TEST_POSTGRES_URL={}", cluster.url());
    println!("# Ctrl-C stops and removes it.");
    interrupt::wait_for();
    Ok(())
}

impl Cluster {
    /// Makes and starts a cluster.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        let owner = owner()?;
        let folder = private_folder("renkei-postgres-")?;
        let password = password()?;
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600))?;
        for path in [folder.path(), &password_file] {
            chown(path, Some(owner.user), Some(owner.group))?;
        }

        let data = folder.path().join("data");
        let mut initdb = owner.command(&programs.join("initdb"), folder.path());
        initdb.arg("--pgdata").arg(&data).arg("--pwfile").arg(&password_file);
        initdb.args(["--username", SUPERUSER, "--encoding", "UTF8", "--locale", "C.UTF-8"]);
        // The password in clear: SCRAM's many rounds would be most of the time that an unoptimised test
        // needs to connect, and nobody listens on loopback.
        initdb.args(["--auth-local", "reject", "--auth-host", "password", "--no-sync"]);
        let made = process::run(&mut initdb, b"")?;
        ensure!(made.status.success(), "initdb: {}", made.stderr);

        let port = free_port()?.to_string();
        let log = folder.path().join("postgres.log");
        let mut postgres = owner.command(&programs.join("postgres"), folder.path());
        postgres.arg("-D").arg(&data).args(["-p", &port, "-h", "127.0.0.1"]);
        // Many tests at once, each with a server and a pool.
        postgres.args(["-c", "unix_socket_directories=", "-c", "max_connections=300"]);
        // Ctrl-C is for the task: it stops the database when nobody uses it any longer.
        postgres.process_group(0);
        postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let server = postgres.spawn().context("starting postgres")?;

        let url = format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres");
        let mut cluster = Self { url, server, _folder: folder };
        wait::until("PostgreSQL to answer", || {
            if let Some(status) = cluster.server.try_wait()? {
                bail!("postgres ended with {status}: {}", fs::read_to_string(&log)?);
            }
            let mut ready = Command::new(programs.join("pg_isready"));
            let ready = ready.args(["-q", "-h", "127.0.0.1", "-p", &port]).status()?;
            Ok(ready.success().then_some(()))
        })?;
        Ok(cluster)
    }

    /// `postgres://SUPERUSER:PASSWORD@127.0.0.1:PORT/postgres`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // "Immediate": nothing in it is needed any longer. Its processes must be gone before its folder.
        let _ = process::signal(&self.server, Signal::QUIT);
        let _ = self.server.wait();
    }
}

/// The folder of PostgreSQL's server programs; of several versions the newest.
pub(crate) fn programs() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        for version in versions.flatten() {
            let programs = version.path().join("bin");
            if let Some(number) = version.file_name().to_str().and_then(|name| name.parse().ok())
                && programs.join("initdb").exists()
            {
                found.push((number, programs));
            }
        }
    }
    found.sort();
    found.pop().map(|(_, programs)| programs).context("no PostgreSQL in /usr/lib/postgresql")
}

/// As whom PostgreSQL runs: it refuses root.
struct Owner {
    user: u32,
    group: u32,
}

fn owner() -> Result<Owner> {
    // Debian's package makes the user `postgres`.
    let name = if geteuid().is_root() { Some("postgres") } else { None };
    let number = |flag: &str| -> Result<u32> {
        let output = Command::new("id").arg(flag).args(name).output()?;
        ensure!(output.status.success(), "id: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    Ok(Owner { user: number("-u")?, group: number("-g")? })
}

impl Owner {
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin");
        if geteuid().is_root() {
            command.uid(self.user).gid(self.group);
        }
        command
    }
}

fn password() -> Result<String> {
    let random = fs::read("/proc/sys/kernel/random/uuid").context("a random password")?;
    Ok(String::from_utf8(random)?.trim().replace('-', ""))
}
