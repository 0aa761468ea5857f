//! A database with the first schema, and something in every table that a later migration makes anew.

use renkei_domain::consent::{Effect, Form, Period, Scope, Signer, SignerKind};
use renkei_domain::id::{ConsentId, OrganizationId, PersonId};
use renkei_domain::{Category, Timestamp};
use renkei_store::{DatabaseUrl, Options};
use sqlx::migrate::{Migration, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use uuid::Uuid;

use crate::world::{NOW, id};

/// Who and what is in the database before.
pub(crate) struct Ids {
    pub(crate) clinic: Uuid,
    pub(crate) station: Uuid,
    pub(crate) pharmacy: Uuid,
    pub(crate) school: Uuid,
    pub(crate) doctor: Uuid,
    pub(crate) nurse: Uuid,
    pub(crate) employed: [Uuid; 2],
    pub(crate) device: Uuid,
    pub(crate) session: Uuid,
    pub(crate) patient: Uuid,
    pub(crate) consents: [Uuid; 4],
    pub(crate) papers: [Uuid; 3],
    pub(crate) entries: [Uuid; 2],
    pub(crate) event: Uuid,
}

const ALL_CATEGORIES: &str = "VISIT_NOTE,VITAL_SIGNS,MEDICATION,LABORATORY,NURSING,CARE_PLAN,DAILY_LIFE,CONFERENCE,\
    REFERRAL,MESSAGE,DOCUMENT";

impl Ids {
    pub(crate) fn new() -> Self {
        Self {
            clinic: id(),
            station: id(),
            pharmacy: id(),
            school: id(),
            doctor: id(),
            nurse: id(),
            employed: [id(), id()],
            device: id(),
            session: id(),
            patient: id(),
            consents: [id(), id(), id(), id()],
            papers: [id(), id(), id()],
            entries: [id(), id()],
            event: id(),
        }
    }

    /// Statements with the ids that they bind. `BYTES` stands for some bytes.
    pub(crate) fn rows(&self) -> Vec<(String, Vec<Uuid>)> {
        let member = |organization, status: &str, answered: &str| {
            let sql = "INSERT INTO care_team_member (patient_id, organization_id, status, key_version, message, \
                invited_by_person_id, invited_by_organization_id, invited_by_role, invited_at, answered_at) VALUES \
                ($1, $2, 'STATUS', 1, BYTES, $3, $4, 'DOCTOR', 7, ANSWERED)";
            let sql = sql.replace("STATUS", status).replace("ANSWERED", answered);
            (sql, vec![self.patient, organization, self.doctor, self.clinic])
        };
        let consent = |consent, what: String, paper: Option<Uuid>| {
            let (paper, withdrawn) = (paper.unwrap_or(Uuid::nil()), what.starts_with("'PERSON'"));
            let sql = format!(
                "INSERT INTO consent (patient_id, consent_id, scope, grantees, categories, starts_at, ends_at, \
                 recorded_at, recorded_by_role, paper_attachment_id, recorded_by_person_id, \
                 recorded_by_organization_id{}) VALUES ($1, $2, {what}, 9, 'DOCTOR', {}, $4, $5{})",
                if withdrawn {
                    ", withdrawn_by_person_id, withdrawn_by_organization_id, withdrawn_by_role, withdrawn_at"
                } else {
                    ""
                },
                if paper.is_nil() { "NULLIF($3, $3)" } else { "$3" },
                if withdrawn { ", $4, $5, 'DOCTOR', 11" } else { "" },
            );
            (sql, vec![self.patient, consent, paper, self.doctor, self.clinic])
        };
        let entry = |n: usize, category: &str, author: [Uuid; 2], role: &str| {
            let sql = format!(
                "INSERT INTO entry (patient_id, seq, entry_id, revision, category, author_person_id, \
                 author_organization_id, author_role, urgent, key_version, body, posted_at) \
                 VALUES ($1, {}, $2, 1, '{category}', $3, $4, '{role}', 1, 1, BYTES, 13)",
                n + 1
            );
            (sql, vec![self.patient, self.entries[n], author[0], author[1]])
        };
        let fixed = |sql: &str, ids: &[Uuid]| (sql.to_owned(), ids.to_vec());
        vec![
            fixed(
                "INSERT INTO organization (organization_id, kind, name, created_at) VALUES \
                 ($1, 'CLINIC', 'ひかり診療所', 1), ($2, 'HOME_VISIT_NURSING', 'みどり訪問看護', 1), \
                 ($3, 'PHARMACY', 'あおば薬局', 1), ($4, 'CARE_SERVICE', 'さくら介護', 1)",
                &[self.clinic, self.station, self.pharmacy, self.school],
            ),
            fixed(
                "INSERT INTO person (person_id, login_name, name, name_kana, created_at) VALUES \
                 ($1, 'doctor', '架空 一郎', 'カクウ', 1), ($2, 'nurse', '架空 二子', 'カクウ', 1)",
                &[self.doctor, self.nurse],
            ),
            fixed(
                "INSERT INTO affiliation (affiliation_id, person_id, organization_id, role, created_at) VALUES \
                 ($1, $2, $3, 'DOCTOR', 1), ($4, $5, $6, 'NURSE', 1)",
                &[self.employed[0], self.doctor, self.clinic, self.employed[1], self.nurse, self.station],
            ),
            fixed(
                "INSERT INTO device (device_id, person_id, name, public_key_hash, certificate, certificate_hash, \
                 expires_at, enrolled_at) VALUES ($1, $2, 'iPad', BYTES, BYTES, BYTES, 99, 1)",
                &[self.device, self.nurse],
            ),
            fixed(
                "INSERT INTO session (session_id, person_id, affiliation_id, device_id, access_hash, \
                 access_expires_at, last_seen_at, expires_at, created_at) \
                 VALUES ($1, $2, $3, $4, BYTES, 50, 1, 60, 1)",
                &[self.session, self.nurse, self.employed[1], self.device],
            ),
            fixed(
                "INSERT INTO patient (patient_id, custodian_organization_id, head_seq, epoch, key_version, \
                 demographics, name_kana_index, registered_at) VALUES ($1, $2, 2, 5, 1, BYTES, BYTES, 3)",
                &[self.patient, self.clinic],
            ),
            member(self.clinic, "ACCEPTED", "7"),
            member(self.station, "ACCEPTED", "8"),
            member(self.pharmacy, "DECLINED", "9"),
            member(self.school, "INVITED", "NULL"),
            consent(
                self.consents[0],
                format!("'ORGANIZATIONS', '{}', '{ALL_CATEGORIES}', 3, NULL", self.clinic),
                None,
            ),
            consent(
                self.consents[1],
                format!("'ALL_MEMBERS', '', 'MESSAGE,DOCUMENT', -5, {}", NOW.0 + 1),
                Some(self.papers[0]),
            ),
            consent(
                self.consents[2],
                format!("'ORGANIZATIONS', '{},{}', '{ALL_CATEGORIES}', 4, NULL", self.station, self.pharmacy),
                Some(self.papers[1]),
            ),
            consent(
                self.consents[3],
                format!("'PERSON', '{}', 'VISIT_NOTE', 4, {}", self.nurse, i64::MAX),
                Some(self.papers[2]),
            ),
            entry(0, "CARE_PLAN", [self.doctor, self.clinic], "DOCTOR"),
            entry(1, "MESSAGE", [self.nurse, self.station], "NURSE"),
            fixed(
                "INSERT INTO read_mark (patient_id, person_id, categories, seq) VALUES ($1, $2, '|MESSAGE|', 2)",
                &[self.patient, self.nurse],
            ),
            fixed(
                "INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, \
                 action, decision, seqs, consents) \
                 VALUES ($1, $2, 15, $3, $4, 'NURSE', 'ENTRY_READ', 'PERMIT', '1-2', '')",
                &[self.patient, self.event, self.nurse, self.station],
            ),
        ]
    }

    /// What each consent was, as a form.
    pub(crate) fn forms(&self) -> [(ConsentId, Form); 4] {
        let form = |scope, categories: &[Category], start, end: Option<i64>| Form {
            effect: Effect::Permit,
            scope,
            roles: [].into(),
            categories: categories.iter().copied().collect(),
            sensitivities: [].into(),
            purposes: [].into(),
            period: Period { start: Timestamp(start), end: end.map(Timestamp) },
            exceptions: Vec::new(),
            signer: Some(Signer { kind: SignerKind::Patient, relation: None }),
            signed_on: None,
            review_on: None,
        };
        let two = [Category::Message, Category::Document];
        let organizations = [self.station, self.pharmacy].map(OrganizationId);
        let forms = [
            Form::custodian(OrganizationId(self.clinic), Timestamp(3)),
            form(Scope::AllMembers, &two, -5, Some(NOW.0 + 1)),
            form(Scope::Organizations(organizations.into()), &[], 4, None),
            form(Scope::Person(PersonId(self.nurse)), &[Category::VisitNote], 4, Some(i64::MAX)),
        ];
        let mut numbered = self.consents.iter();
        forms.map(|form| (ConsentId(*numbered.next().unwrap()), form))
    }
}

fn foundation(all: &Migrator) -> Migrator {
    let first: Vec<Migration> = all.iter().filter(|one| one.version == 20_261_121_000_000).cloned().collect();
    assert_eq!(first.len(), 1);
    Migrator::with_migrations(first)
}

/// Fills a database of the first schema.
pub(crate) async fn fill(options: &Options, rows: Vec<(String, Vec<Uuid>)>) {
    match &options.url {
        DatabaseUrl::Sqlite(path) => {
            let connect = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut conn = connect.connect().await.unwrap();
            let migrator = foundation(&sqlx::migrate!("../../../migrations/sqlite"));
            migrator.run_direct(None, &mut conn, false).await.unwrap();
            for (sql, ids) in rows {
                let mut query = sqlx::query(AssertSqlSafe(sql.replace("BYTES", "x'0102'")));
                for id in ids {
                    query = query.bind(id);
                }
                query.execute(&mut conn).await.unwrap();
            }
            conn.close().await.unwrap();
        }
        DatabaseUrl::Postgres(connect) => {
            let mut conn = connect.connect().await.unwrap();
            let migrator = foundation(&sqlx::migrate!("../../../migrations/postgres"));
            migrator.run_direct(None, &mut conn, false).await.unwrap();
            for (sql, ids) in rows {
                let mut query = sqlx::query(AssertSqlSafe(sql.replace("BYTES", r"'\x0102'::bytea")));
                for id in ids {
                    query = query.bind(id);
                }
                query.execute(&mut conn).await.unwrap();
            }
            conn.close().await.unwrap();
        }
    }
}
