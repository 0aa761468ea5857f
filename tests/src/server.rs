//! A real server process with a data folder of its own.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::{binary, database::Database, process as programs, wait};

/// A server: stopped at first, started and stopped as often as a test wants, always on the same port.
/// It is killed, and its data folder removed, with this value.
pub struct Server {
    database: Database,
    port: u16,
    child: Option<Child>,
    wrapper: Vec<String>,
    folder: TempDir,
}

/// Another server process of the same installation. It is killed with this value.
pub struct Node {
    child: Child,
    port: u16,
}

impl Node {
    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the administrator gets from `renkei-server init`.
pub struct Administrator {
    /// Login name.
    pub login_name: String,
    /// One-time enrolment code.
    pub enrollment_code: String,
}

impl Server {
    /// Runs `renkei-server init` on a new data folder. `settings` is TOML, on top of the defaults.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn init(database: Database, settings: &str) -> Result<(Self, Administrator)> {
        let folder = private_folder("renkei-")?;
        fs::write(folder.path().join("server.toml"), settings)?;
        let server = Self { database, port: free_port()?, child: None, wrapper: Vec::new(), folder };
        let mut init = server.command()?;
        init.args(["init", "--admin-name", "連携拠点 管理者", "--output", "json"]);
        let done = programs::run(&mut init, b"")?;
        ensure!(done.status.success(), "renkei-server init: {}", done.stderr);
        let told: Value = serde_json::from_slice(&done.stdout).context("what init printed")?;
        let text = |key: &str| -> Result<String> {
            Ok(told[key].as_str().with_context(|| format!("init printed no {key}"))?.to_owned())
        };
        let administrator =
            Administrator { login_name: text("login_name")?, enrollment_code: text("enrollment_code")? };
        Ok((server, administrator))
    }

    /// Puts a program in front of the server, which ends by becoming the server (`exec`): the way to give
    /// it another world, such as a full disk.
    pub fn set_wrapper(&mut self, words: &[&str]) {
        self.wrapper = words.iter().map(|&word| word.to_owned()).collect();
    }

    /// Starts the server and waits until it says that it serves.
    ///
    /// # Errors
    /// If it ends instead; the message has the end of its log.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "the server runs already");
        self.child = Some(self.launch(self.port)?);
        Ok(())
    }

    /// Starts another server process on the same database and data folder. SQLite does not allow that.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_beside(&self) -> Result<Node> {
        let port = free_port()?;
        Ok(Node { child: self.launch(port)?, port })
    }

    fn launch(&self, port: u16) -> Result<Child> {
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let mut run = self.command()?;
        run.args(["run", "--listen", &format!("127.0.0.1:{port}")]);
        let mut child = run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        match self.wait_until_ready(&mut child, port) {
            Ok(()) => Ok(child),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    fn wait_until_ready(&self, child: &mut Child, port: u16) -> Result<()> {
        let lines = programs::lines(child.stdout.take().context("its standard output")?);
        let wanted = format!("renkei-server ready on 127.0.0.1:{port}");
        let ready = wait::until("the server's ready line", || match lines.try_recv() {
            Ok(line) => Ok(Some(line)),
            Err(std::sync::mpsc::TryRecvError::Empty) => Ok(None),
            Err(_) => bail!("the server ended: {:?}", child.wait()?),
        });
        let ready = ready.with_context(|| format!("log:\n{}", self.end_of_log()))?;
        ensure!(ready == wanted, "ready line: {ready:?}, not {wanted:?}");
        Ok(())
    }

    /// Asks the server to stop (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// If it does not end well.
    pub fn stop(&mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let status = self.wait()?;
        ensure!(status.success(), "the server ended with {status}; log:\n{}", self.end_of_log());
        Ok(())
    }

    /// Kills the server (SIGKILL).
    ///
    /// # Errors
    /// If it does not run.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.wait().map(drop)
    }

    /// Sends a signal to the running server.
    ///
    /// # Errors
    /// If it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        programs::signal(self.child.as_ref().context("the server does not run")?, signal)
    }

    /// Waits for the end of the server.
    ///
    /// # Errors
    /// If it does not run, or does not end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let child = self.child.as_mut().context("the server does not run")?;
        let status = wait::until("the end of the server", || Ok(child.try_wait()?))?;
        self.child = None;
        Ok(status)
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("https://{}", self.address())
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The log of all its runs.
    pub fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Its configuration file, read at the next start.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("server.toml")
    }

    /// The folder that holds all of the above.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Lets the database run a statement beside the server, and returns what it prints: bare values.
    ///
    /// # Errors
    /// If it refuses the statement, or `sqlite3` or `psql` is missing.
    pub fn sql(&self, statement: &str) -> Result<String> {
        let mut command = match self.database.url() {
            Some(url) => {
                let mut psql = Command::new("psql");
                psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", &url]);
                psql.args(["--command", statement]);
                psql
            }
            None => {
                let mut sqlite = Command::new("sqlite3");
                // the server writes too: wait for its lock
                sqlite.args(["-cmd", ".timeout 10000"]).arg(self.data_dir().join("renkei.sqlite"));
                sqlite.arg(statement);
                sqlite
            }
        };
        let done = programs::run(&mut command, b"")?;
        ensure!(done.status.success(), "{statement}: {}", done.stderr);
        Ok(String::from_utf8(done.stdout)?.trim().to_owned())
    }

    /// `renkei-server ARGS` on this installation, ready to start beside the server.
    ///
    /// # Errors
    /// If the server is not built.
    pub fn beside(&self, args: &[&str]) -> Result<Command> {
        let mut command = self.command()?;
        command.args(args);
        Ok(command)
    }

    /// The running server's process id.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The end of its log, for the message of a failure.
    pub fn end_of_log(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        let from = log.len().saturating_sub(4000);
        String::from_utf8_lossy(&log[from..]).into_owned()
    }

    fn command(&self) -> Result<Command> {
        let program = binary::server()?;
        let mut command = match self.wrapper.split_first() {
            None => programs::command(&program),
            Some((first, rest)) => {
                let mut command = programs::command(Path::new(first));
                command.args(rest).arg(&program);
                command
            }
        };
        command.current_dir(self.folder.path()).arg("--config").arg(self.config_file());
        command.env("RENKEI_SERVER_DATA_DIR", self.data_dir());
        if let Some(url) = self.database.url() {
            // Not as a flag: it holds a password, and flags can be seen by everybody on the machine.
            command.env("RENKEI_SERVER_DATABASE__URL", url);
        }
        Ok(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A new folder in the system's temporary one that only its owner can enter; removed with its value.
///
/// # Errors
/// If it can not be made.
pub fn private_folder(prefix: &str) -> Result<TempDir> {
    let mode = fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix(prefix).permissions(mode).tempdir().context("a temporary folder")
}

/// A port that nothing listens on, below those that the system hands out to outgoing connections, so
/// that none of these takes it while the server is down between two starts.
///
/// # Errors
/// If there is none.
pub fn free_port() -> Result<u16> {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    // Tests of one process take their turn; other processes begin elsewhere.
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    for _ in 0..COUNT {
        let turn = u32::from(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + (process::id().wrapping_mul(97).wrapping_add(turn)) % COUNT;
        let port = u16::try_from(port)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
