//! The two database engines: each test runs on both.

use std::{env, process::Command};

use anyhow::{Context as _, Result, ensure};
use uuid::Uuid;

use crate::process;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data folder.
    Sqlite,
    /// A new database in the throwaway cluster that `RENKEI_TEST_POSTGRES_URL` names.
    Postgres,
}

/// A database of its own for one server; a PostgreSQL one is dropped with this value.
#[derive(Debug)]
pub struct Database {
    postgres: Option<Names>,
}

#[derive(Debug)]
struct Names {
    cluster_url: String,
    name: String,
}

impl Database {
    /// A new, empty database.
    ///
    /// # Errors
    /// For PostgreSQL if there is no cluster: a missing engine fails a test, it never skips it.
    pub fn create(engine: Engine) -> Result<Self> {
        match engine {
            Engine::Sqlite => Ok(Self { postgres: None }),
            Engine::Postgres => Self::create_in(&env::var("RENKEI_TEST_POSTGRES_URL").context(
                "RENKEI_TEST_POSTGRES_URL is not set: run `cargo xtask test`, or `cargo xtask postgres` \
                 beside and set what it prints",
            )?),
        }
    }

    /// A new, empty database in a PostgreSQL cluster.
    ///
    /// # Errors
    /// If the cluster refuses.
    pub fn create_in(cluster_url: &str) -> Result<Self> {
        let name = format!("renkei_{}", Uuid::new_v4().simple());
        let names = Names { cluster_url: cluster_url.to_owned(), name };
        names.sql(&format!("CREATE DATABASE {}", names.name))?;
        Ok(Self { postgres: Some(names) })
    }

    /// For `--database-url`. `None`: the server's default, SQLite in the data folder.
    pub fn url(&self) -> Option<String> {
        let names = self.postgres.as_ref()?;
        let base = names.cluster_url.rsplit_once('/').map_or(names.cluster_url.as_str(), |(base, _)| base);
        Some(format!("{base}/{}", names.name))
    }

    /// Everything in a PostgreSQL database as text, large columns as hexadecimal digits.
    ///
    /// # Errors
    /// If `pg_dump` fails.
    pub fn dump(&self) -> Result<Option<Vec<u8>>> {
        let Some(url) = self.url() else { return Ok(None) };
        let dump = process::run(Command::new("pg_dump").arg("--dbname").arg(url), b"")?;
        ensure!(dump.status.success(), "pg_dump: {}", dump.stderr);
        Ok(Some(dump.stdout))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(names) = &self.postgres {
            // The cluster is thrown away as a whole: failing here leaves nothing behind.
            let _ = names.sql(&format!("DROP DATABASE {} WITH (FORCE)", names.name));
        }
    }
}

impl Names {
    fn sql(&self, statement: &str) -> Result<()> {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--dbname", &self.cluster_url, "--command", statement]);
        let psql = process::run(&mut psql, b"")?;
        ensure!(psql.status.success(), "{statement}: {}", psql.stderr);
        Ok(())
    }
}
