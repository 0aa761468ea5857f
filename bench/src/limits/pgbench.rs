//! Bare PostgreSQL: its own benchmark program inserts rows of the same bytes under the same kind of key, one row a
//! transaction.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::{process, server::Server};
use tempfile::TempDir;

use crate::load::median;

/// The rows: where a timeline has its key, and the rest of an entry's bytes.
const TABLE: &str = "CREATE TABLE limit_row (patient_id uuid NOT NULL, seq bigint NOT NULL, content bytea NOT NULL, \
    PRIMARY KEY (patient_id, seq))";

/// A transaction. Each client counts by itself, in places that no other takes.
const SCRIPT: &str = "\\set patient random(1, 50)
\\set turn :turn + 1
\\set seq :turn * 1000 + :client_id
INSERT INTO limit_row (patient_id, seq, content) VALUES (lpad(to_hex(:patient::bigint), 32, '0')::uuid, :seq, :content);
";

/// How long all clients need at most to connect. `pgbench` counts that into the time that it is given, but not
/// into the rate.
const CONNECTING: Duration = Duration::from_secs(2);
/// How many bytes the key has.
const KEY: usize = 16 + 8;

/// A table beside those of the server, in its database.
pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
    content: String,
    clients: usize,
    folder: TempDir,
    rates: Vec<f64>,
    rows: u64,
}

impl Pgbench {
    /// Makes the table; a row is as long as that of a visit note, of which there must be one.
    ///
    /// # Errors
    /// If the server's database is not PostgreSQL, or `pgbench` or `psql` is missing.
    pub(crate) fn create(server: &Server, clients: usize) -> Result<Self> {
        let url = server.database().url().context("the database is not PostgreSQL")?;
        let bytes: usize = server
            .sql(
                "SELECT ROUND(AVG(pg_column_size(entry.*)))::bigint FROM entry WHERE category = 'VISIT_NOTE'",
            )?
            .parse()
            .context("the length of a row")?;
        server.sql(TABLE)?;
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("insert.sql"), SCRIPT)?;
        // Plain characters: they are as long on the way as in the row.
        let content = "x".repeat(bytes.saturating_sub(KEY));
        Ok(Self { program: program()?, url, content, clients, folder, rates: Vec::new(), rows: 0 })
    }

    /// Inserts for about `time`.
    ///
    /// # Errors
    /// If `pgbench` fails, or not every row is there.
    pub(crate) fn round(&mut self, server: &Server, time: Duration) -> Result<()> {
        let mut pgbench = Command::new(&self.program);
        pgbench.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--file"]);
        pgbench.arg(self.folder.path().join("insert.sql"));
        pgbench.arg(format!("--client={}", self.clients));
        pgbench.arg(format!("--time={}", (time + CONNECTING).as_secs()));
        pgbench.args(["--define", &format!("content={}", self.content)]);
        // Behind everything that earlier rounds have inserted.
        pgbench.args(["--define", &format!("turn={}", self.rows)]);
        pgbench.arg(&self.url);
        let done = process::run(&mut pgbench, b"")?;
        ensure!(done.status.success(), "pgbench: {}", done.stderr);
        let told = String::from_utf8(done.stdout)?;
        let number = |before: &str| -> Result<f64> {
            let number = told.lines().find_map(|line| line.strip_prefix(before));
            let number = number.and_then(|rest| rest.split_whitespace().next());
            number.with_context(|| format!("pgbench told no {before:?}: {told}"))?.parse().context("pgbench")
        };
        self.rows += number("number of transactions actually processed:")? as u64;
        let rows: u64 = server.sql("SELECT COUNT(*) FROM limit_row")?.parse()?;
        ensure!(rows == self.rows, "{rows} rows are there, not {}", self.rows);
        self.rates.push(number("tps =")?);
        Ok(())
    }

    /// Rows per second: the median of the rounds.
    pub(crate) fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// What was measured so far does not count.
    pub(crate) fn forget(&mut self) {
        self.rates.clear();
    }
}

/// `pgbench` of the newest PostgreSQL that is installed.
fn program() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("no PostgreSQL in /usr/lib/postgresql")?;
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for version in versions.flatten() {
        let program = version.path().join("bin/pgbench");
        if let Some(number) = version.file_name().to_str().and_then(|name| name.parse().ok())
            && program.exists()
        {
            found.push((number, program));
        }
    }
    found.sort();
    found.pop().map(|(_, program)| program).context("no pgbench in /usr/lib/postgresql")
}
