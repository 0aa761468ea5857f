//! Whoever changes the database is found out by whoever kept one checkpoint, whatever was changed.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use renkei_audit_log::SigningKey;
use renkei_crypto::{OsEntropy, random};
use renkei_domain::id::uuid_v7;
use renkei_domain::time::SystemClock;
use renkei_domain::{Clock as _, Timestamp};
use renkei_store::{DatabaseUrl, Options};
use renkei_tests::database::{Database, Engine};
use renkei_tests::process;
use tempfile::TempDir;
use uuid::Uuid;

use self::kept_tamper_tests::a_correction_stands_with_the_files_that_it_keeps;
use self::record::Record;
use self::tamperings::tamper;
use super::*;
use crate::app::audit::sequence::{Sequencer, Turn};

#[path = "kept_tamper_tests.rs"]
mod kept_tamper_tests;
#[path = "tamper_record.rs"]
mod record;
#[path = "tamperings.rs"]
mod tamperings;

/// Tables that an attack may change.
const TABLES: [&str; 11] = [
    "audit_event",
    "audit_pending",
    "audit_leaf",
    "audit_node",
    "audit_checkpoint",
    "audit_log",
    "entry",
    "entry_mark",
    "entry_addressee",
    "attachment",
    "entry_kept_file",
];
/// Events of the log: two nodes of level 1, and a right edge.
const EVENTS: usize = 530;
/// Every so many events one posts an entry with two files.
const FILES: usize = 30;
/// So many times everything is done that is done to entries.
const TENS: usize = EVENTS.div_ceil(30);
/// The files of this entry are kept by the next one, in another order.
const KEPT: usize = 120;

struct Quiet;

impl Progress for Quiet {
    fn begin(&mut self, _: &str, _: u64) {}
    fn advance(&mut self, _: u64) {}
}

struct Place {
    store: Store,
    log: Arc<Log>,
    folder: TempDir,
    database: Database,
}

impl Place {
    async fn new(engine: Engine) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::create(engine).unwrap());
        let url = match database.url() {
            Some(url) => DatabaseUrl::parse(&url).unwrap(),
            None => DatabaseUrl::Sqlite(folder.path().join("renkei.sqlite")),
        };
        let options = Options { url, max_connections: 8 };
        Store::migrate(&options).await.unwrap();
        let store = Store::open(options).await.unwrap();
        let signing = SigningKey::new("renkei-audit/test", &random(&OsEntropy)).unwrap();
        Self { store, log: Arc::new(Log { signing }), folder, database }
    }

    fn sql(&self, script: &str) -> String {
        let mut command = match self.database.url() {
            Some(url) => {
                let mut psql = Command::new("psql");
                psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
                psql.args(["--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-", "--dbname", &url]);
                psql
            }
            None => {
                let mut sqlite = Command::new("sqlite3");
                sqlite
                    .args(["-bail", "-cmd", ".timeout 10000"])
                    .arg(self.folder.path().join("renkei.sqlite"));
                sqlite
            }
        };
        let script =
            if self.database.url().is_some() { script.to_owned() } else { format!("BEGIN;{script};COMMIT;") };
        let done = process::run(&mut command, script.as_bytes()).unwrap();
        assert!(done.status.success(), "{script}: {}", done.stderr);
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let hex = data_encoding::HEXLOWER.encode(bytes);
        if self.database.url().is_some() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
    }

    fn id(&self, id: Uuid) -> String {
        if self.database.url().is_some() { format!("'{id}'::uuid") } else { self.bytes(id.as_bytes()) }
    }

    async fn sequence(&self) -> Turn {
        let (clock, entropy) = (&SystemClock, &OsEntropy);
        Sequencer { store: &self.store, log: &self.log, clock, entropy }.turn().await.unwrap()
    }

    async fn verify(&self, since: &[String]) -> Verified {
        verify(&self.store, &self.log, since, &mut Quiet).await.unwrap()
    }

    async fn newest(&self) -> String {
        let newest = self.store.look(|conn| Box::pin(async move { audit_log::last_checkpoint(conn).await }));
        let newest: Result<_, StoreError> = newest.await;
        self.log.note(&newest.unwrap().unwrap()).unwrap()
    }

    /// A patient with entries, some with files, and events about them and about nobody, some of which a checkpoint of their own has.
    async fn fill(&self) {
        let ids @ [patient, person, organization, _] = std::array::from_fn(|_| new_id());
        let mut record =
            Record { place: self, patient, person, organization, entries: Vec::new(), kept: Vec::new() };
        let [patient, person, organization, other] = ids.map(|id| self.id(id));
        let mut script = format!(
            "INSERT INTO organization (organization_id, kind, name, created_at) VALUES ({organization}, 'CLINIC', '架空', 1);
             INSERT INTO organization (organization_id, kind, name, created_at) VALUES ({other}, 'CLINIC', '別の架空', 1);
             INSERT INTO person (person_id, login_name, name, name_kana, created_at) VALUES ({other}, 'betsu', '架空', 'カクウ', 1);
             INSERT INTO person (person_id, login_name, name, name_kana, created_at) VALUES ({person}, 'kaku', '架空', 'カクウ', 1);
             INSERT INTO patient (patient_id, custodian_organization_id, head_seq, epoch, key_version, demographics,
             name_kana_index, registered_at) VALUES ({patient}, {organization}, 0, 1, 1, {0}, {0}, 1);",
            self.bytes(&[0])
        );
        let nobody = self.id(Uuid::nil());
        for n in 0..EVENTS {
            let event = self.id(uuid_v7(Timestamp(n as i64), random(&OsEntropy)));
            let (about, action, object, seq, hash, revision) = match record.write(n, &mut script) {
                Some(told) => {
                    let (object, hash) = (self.id(told.object), self.bytes(&told.hash));
                    (&patient, told.action, object, told.seq, hash, told.revision)
                }
                None => (&nobody, "LOGIN", event.clone(), n, "NULL".to_owned(), "NULL"),
            };
            _ = write!(
                script,
                "INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, \
                 session_id, action, decision, epoch, object_id, seqs, consents, content_hash, revision) VALUES ({about}, \
                 {event}, {n}, {person}, {organization}, 'NURSE', {event}, '{action}', 'PERMIT', {n}, {object}, '{seq}', \
                 '', {hash}, {revision}); INSERT INTO audit_pending (event_id, patient_id) VALUES ({event}, {about});"
            );
            if [100, 101, 300].contains(&n) {
                self.sql(&std::mem::take(&mut script));
                self.sequence().await;
            }
        }
        self.sql(&script);
        self.sequence().await;
        let keep = |table| format!("CREATE TABLE kept_{table} AS SELECT * FROM {table};");
        self.sql(&TABLES.map(keep).concat());
    }

    fn restore(&self) {
        let restore = |table| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table};");
        self.sql(&TABLES.map(restore).concat());
    }
}

fn new_id() -> Uuid {
    Uuid::from_bytes(random(&OsEntropy))
}

async fn any_change_is_found(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let kept = [place.newest().await];
    let whole = place.verify(&kept).await;
    assert_eq!((whole.wrong, whole.leaves, whole.pending), (0, EVENTS as i64, 0), "{:?}", whole.findings);
    assert_eq!((whole.checkpoints, whole.contents), (5, EVENTS.div_ceil(3) + 2 * TENS));
    assert_eq!(whole.marks, 7 * TENS);
    assert_eq!(whole.newest.as_ref(), Some(&kept[0]));

    let trials = std::env::var("RENKEI_TAMPERINGS").map_or(60, |text| text.parse().unwrap());
    let mut counts = BTreeMap::new();
    for _ in 0..trials {
        let (what, script) = tamper(&place);
        place.sql(&script);
        let found = place.verify(&kept).await;
        assert!(found.wrong > 0 && !found.findings.is_empty(), "{what} was not found: {script}");
        *counts.entry(what).or_insert(0) += 1;
        place.restore();
    }
    println!("{engine:?}: {trials} found: {counts:#?}");
    assert_eq!(place.verify(&kept).await.wrong, 0);
}

/// What is shown of an entry beside its sealed text, and its files: of each change one finding, or one for each entry
/// that it touches.
async fn an_entry_stands_as_it_was_logged_with_its_files(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let (other, hash) = ("(SELECT person_id FROM person WHERE login_name = 'betsu')", place.bytes(&[7; 32]));
    let changes = [
        ("UPDATE entry SET posted_at = posted_at - 86400000000 WHERE seq = 60".to_owned(), 1),
        (format!("UPDATE entry SET author_organization_id = {other} WHERE seq = 60"), 1),
        (format!("UPDATE entry SET author_person_id = {other} WHERE seq = 60"), 1),
        ("UPDATE entry SET author_role = 'DOCTOR' WHERE seq = 60".to_owned(), 1),
        ("UPDATE entry SET revision = 2 WHERE seq = 60".to_owned(), 1),
        ("UPDATE entry SET seq = 1000 WHERE seq = 57".to_owned(), 1),
        ("DELETE FROM attachment WHERE entry_seq = 60 AND entry_place = 1".to_owned(), 1),
        ("UPDATE attachment SET entry_seq = NULL, entry_place = NULL WHERE entry_seq = 60".to_owned(), 1),
        ("UPDATE attachment SET entry_seq = 63 WHERE entry_seq = 60 AND entry_place = 0".to_owned(), 2),
        ("UPDATE attachment SET entry_place = 1 - entry_place WHERE entry_seq = 60".to_owned(), 1),
        (format!("UPDATE attachment SET manifest = {hash} WHERE entry_seq = 60 AND entry_place = 0"), 1),
        // as if the keys had been destroyed, and nobody had
        ("UPDATE patient SET shredded_at = 1, shred_reason = 'x'; DELETE FROM attachment WHERE entry_seq = 60".to_owned(), 1),
    ];
    for (change, wrong) in changes {
        place.sql(&format!("{change};"));
        let found = place.verify(&[]).await;
        assert_eq!(found.wrong, wrong, "{change}: {:?}", found.findings);
        place.restore();
    }
    assert_eq!(place.verify(&[]).await.wrong, 0, "what was changed was not put back");
    // two administrators have destroyed the keys, and the files are gone
    place.sql(&format!(
        "DELETE FROM attachment; INSERT INTO audit_event (patient_id, event_id, happened_at, action, decision, seqs, \
         consents, operator) SELECT patient_id, {0}, 1, 'PATIENT_SHRED', 'PERMIT', '', '', 'x' FROM patient; \
         INSERT INTO audit_pending (event_id, patient_id) SELECT {0}, patient_id FROM patient;",
        place.id(new_id())
    ));
    let found = place.verify(&[]).await;
    assert_eq!(found.wrong, 0, "{:?}", found.findings);
}

/// What was done to entries, whom they are addressed to, what they are and when it was: no change of it goes unseen.
async fn what_was_done_to_an_entry_is_what_was_logged(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let changes = tamperings::of_marks(&place, 60);
    assert!(changes.len() > 40);
    for change in changes {
        place.sql(&change);
        let found = place.verify(&[]).await;
        assert!(found.wrong > 0, "not found: {change}");
        place.restore();
    }
    let whole = place.verify(&[]).await;
    assert_eq!(whole.wrong, 0, "{:?}", whole.findings);
}

/// With the key and the database everything can be made anew: only what was kept elsewhere tells.
async fn a_thief_of_the_key_is_found_by_a_kept_checkpoint_only(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let kept = [place.newest().await];
    place.sql(
        "DELETE FROM audit_leaf; DELETE FROM audit_node; DELETE FROM audit_checkpoint; UPDATE audit_log SET size = 0;
         UPDATE audit_event SET seqs = '1-9' WHERE seqs = '7';
         INSERT INTO audit_pending SELECT event_id, patient_id FROM audit_event;",
    );
    assert_eq!(place.sequence().await, Turn::Done(EVENTS));
    let alone = place.verify(&[]).await;
    assert_eq!(alone.wrong, 0, "{:?}", alone.findings);
    let found = place.verify(&kept).await;
    assert_eq!(found.wrong, 1, "{:?}", found.findings);
}

/// A lease that somebody renews and does not use: it is told, once events have waited for long.
async fn a_lease_that_is_not_used_is_told(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let now = SystemClock.now();
    let soon = now.after(Duration::from_secs(20));
    let wait = |since: Timestamp| {
        let id = place.id(new_id());
        place.sql(&format!(
            "DELETE FROM audit_pending; UPDATE audit_log SET sequencer_id = {id}, leased_until = {}; \
             INSERT INTO audit_event (patient_id, event_id, happened_at, action, decision, seqs, consents, operator) \
             VALUES ({1}, {id}, {2}, 'LOGIN', 'PERMIT', '', '', 'x'); INSERT INTO audit_pending VALUES ({id}, {1});",
            soon.0,
            place.id(Uuid::nil()),
            since.0
        ));
    };
    wait(now);
    assert_eq!(place.sequence().await, Turn::Taken);
    wait(Timestamp(now.0 - 61_000_000));
    let sequencer =
        Sequencer { store: &place.store, log: &place.log, clock: &SystemClock, entropy: &OsEntropy };
    let told = sequencer.turn().await.unwrap_err();
    assert!(told.internal_text().is_some_and(|text| text.contains("more than a minute")), "{told}");
}

/// What is stored and what was signed differ: nothing is signed on top of it.
async fn nothing_is_added_to_a_log_that_was_changed(engine: Engine) {
    let place = Place::new(engine).await;
    place.fill().await;
    let wait = "INSERT INTO audit_pending SELECT event_id, patient_id FROM audit_event WHERE seqs = '1';
        DELETE FROM audit_leaf WHERE leaf_index = 529; ";
    place.sql(wait);
    let sequencer =
        Sequencer { store: &place.store, log: &place.log, clock: &SystemClock, entropy: &OsEntropy };
    let refused = sequencer.turn().await.unwrap_err();
    assert_eq!(refused.reason(), renkei_domain::Reason::StoredDataDamaged);
    let other = Log { signing: SigningKey::new("renkei-audit/test", &[1; 32]).unwrap() };
    place.restore();
    place.sql("INSERT INTO audit_pending SELECT event_id, patient_id FROM audit_event WHERE seqs = '1';");
    let sequencer = Sequencer { store: &place.store, log: &other, clock: &SystemClock, entropy: &OsEntropy };
    let refused = sequencer.turn().await.unwrap_err();
    assert_eq!(refused.reason(), renkei_domain::Reason::StoredDataDamaged);
}

macro_rules! on_both_engines {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(super::Engine::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(super::Engine::Postgres).await;
            })+
        }
    };
}

on_both_engines![
    any_change_is_found,
    an_entry_stands_as_it_was_logged_with_its_files,
    what_was_done_to_an_entry_is_what_was_logged,
    a_correction_stands_with_the_files_that_it_keeps,
    a_thief_of_the_key_is_found_by_a_kept_checkpoint_only,
    a_lease_that_is_not_used_is_told,
    nothing_is_added_to_a_log_that_was_changed,
];
