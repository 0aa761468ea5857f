//! What only SQLite needs proof of: that acknowledged writes survive a killed process, and its files.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use renkei_domain::id::PatientId;
use renkei_store::{DatabaseUrl, Options, Store, StoreError, patient};
use uuid::Uuid;

use crate::database::{Database, open};
use crate::world::{World, in_tx};

/// Set for the process that is to be killed: the database's path and a patient in it.
const VICTIM: &str = "RENKEI_TEST_VICTIM";
const ROUNDS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    let db = Database::sqlite().await;
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let DatabaseUrl::Sqlite(path) = &db.options.url else { unreachable!() };
    let mut head = 0;
    for round in 0..ROUNDS {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["sqlite::victim", "--exact", "--ignored", "--nocapture"])
            .env(VICTIM, format!("{} {patient}", path.display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        let acknowledged = |line: String| line.strip_prefix("acknowledged ").map(|n| n.parse().unwrap());
        let mut seqs: Vec<i64> = lines.by_ref().filter_map(acknowledged).take(100).collect();
        // not always at the same place
        tokio::time::sleep(Duration::from_micros(u64::from(rand()) % 20_000 * (round + 1) / ROUNDS)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
        seqs.extend(lines.filter_map(acknowledged));
        assert!(seqs.len() >= 100, "it ended by itself");

        let store = open(&db.options).await;
        let next = in_tx!(store, [] tx => patient::next_seq(tx, patient).await).unwrap().unwrap();
        seqs.sort_unstable();
        let distinct = seqs.len();
        seqs.dedup();
        assert_eq!(seqs.len(), distinct, "a place was given twice");
        assert!(seqs[0] > head, "a place of the round before was given again");
        assert!(next > *seqs.last().unwrap(), "acknowledged {:?}, kept {next}", seqs.last());
        head = next;
    }
}

/// Takes places of the timeline from 16 tasks and says each one that is acknowledged, until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is run by the test that kills it"]
async fn victim() {
    let Ok(what) = std::env::var(VICTIM) else { return };
    let (path, patient) = what.rsplit_once(' ').unwrap();
    let patient = PatientId(Uuid::parse_str(patient).unwrap());
    let store = open(&Options { url: DatabaseUrl::Sqlite(path.into()), max_connections: 1 }).await;
    let tasks = (0..16).map(|_| async {
        loop {
            let seq: i64 = in_tx!(store, [] tx => patient::next_seq(tx, patient).await).unwrap().unwrap();
            writeln!(std::io::stdout(), "acknowledged {seq}").unwrap();
        }
    });
    futures::future::select_all(tasks.map(Box::pin)).await;
}

fn rand() -> u32 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0) as u32
}

#[tokio::test]
async fn its_files_are_the_owners() {
    let db = Database::sqlite().await;
    World::new(&db.store).await;
    let DatabaseUrl::Sqlite(path) = &db.options.url else { unreachable!() };
    let mut names = Vec::new();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["renkei.sqlite", "renkei.sqlite-shm", "renkei.sqlite-wal"]);
}

#[tokio::test]
async fn a_missing_file_is_refused_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("renkei.sqlite");
    let options = Options { url: DatabaseUrl::Sqlite(path.clone()), max_connections: 1 };
    let opened = Store::open(options).await;
    assert!(matches!(opened.err(), Some(StoreError::Refused(text)) if text.contains("renkei.sqlite")));
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("renkei.sqlite");
    std::fs::write(&path, [b'x'; 8192]).unwrap();
    let options = Options { url: DatabaseUrl::Sqlite(path), max_connections: 1 };
    assert!(matches!(Store::open(options).await.err(), Some(StoreError::Corrupt(_))));
}
