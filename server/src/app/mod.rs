//! Use cases: a folder a noun, a file a verb. Each obtains its permit from the access rule, does its work
//! and writes its audit event in the same transaction, and wakes the watchers after the commit.
//!
//! Nothing here knows gRPC; nothing here sees a certificate or a token that `authn` has not checked.

pub(crate) mod access;
pub(crate) mod attachment;
pub(crate) mod audit;
pub(crate) mod break_glass;
pub(crate) mod care_team;
pub(crate) mod consent;
mod decisions;
mod disclose;
pub(crate) mod identity;
pub(crate) mod keys;
mod notice;
mod once;
mod outgoing;
mod paging;
pub(crate) mod patient;
pub(crate) mod report;
mod sealing;
pub(crate) mod service;
pub(crate) mod session;
mod slots;
pub(crate) mod summary;
pub(crate) mod template;
pub(crate) mod timeline;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use renkei_crypto::{Entropy, random};
use renkei_domain::access::{Access, Standing, Subject};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AuditEventId, PatientId, SessionId, uuid_v7};
use renkei_domain::identity::Caller;
use renkei_domain::{Clock, Error, Reason, Result, Timestamp};
use renkei_store::audit::Stamp;
use renkei_store::{Blobs, Conn, Store, Tx};
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::decisions::{Decisions, decide};
use self::keys::{Keys, RootKeys};
pub(crate) use self::once::RequestKey;
pub(crate) use self::outgoing::Outgoing;
pub(crate) use self::paging::{Page, PageRequest};
use self::slots::Slots;
use crate::certs::DeviceCa;
use crate::live::Live;

/// What the configuration says to the use cases.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Name of the region, if it has one.
    pub(crate) region: Option<String>,
    /// DNS name or address under which clients reach the server: the first that was configured.
    pub(crate) host_name: String,
    /// Life of an access token.
    pub(crate) access: Duration,
    /// A session without a call for this long has ended (R5).
    pub(crate) idle: Duration,
    /// Whether people may log in with an authenticator app in the place of a client certificate (R6).
    pub(crate) totp: bool,
    /// Longest life of a session (R5).
    pub(crate) absolute: Duration,
    /// For so long after the password was given dangerous acts do not want it again.
    pub(crate) step_up: Duration,
    /// Largest attachment, in bytes.
    pub(crate) attachment_max_bytes: u64,
    /// Bytes that the files of an organisation may have together, where nothing else was said of it.
    pub(crate) organization_quota_bytes: i64,
    /// Password checks at once: each takes 64 MiB.
    pub(crate) concurrent_logins: usize,
    /// Where checkpoints of the audit log are written to.
    pub(crate) checkpoints: audit::Checkpoints,
    /// The keys of a patient may be destroyed so many years after the last entry (R18).
    pub(crate) retention_years: u16,
}

/// What an [`App`] is made of.
pub(crate) struct AppParts {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) root_keys: Arc<dyn RootKeys>,
    pub(crate) device_ca: DeviceCa,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Settings,
}

/// What every use case works with.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) device_ca: DeviceCa,
    pub(crate) settings: Settings,
    pub(crate) live: Live,
    passwords: session::PasswordGate,
    /// Uploads at once by a person: each holds up to 640 KiB.
    uploads: Slots,
    /// Batches of uploads that are sealed at once.
    sealing: Arc<Semaphore>,
    /// Files at once of which a part is changed: each holds it whole.
    rewriting: Semaphore,
    /// Downloads at once by a person: each holds about 1 MiB for a client that does not read.
    downloads: Slots,
    /// Watch streams at once by a session: each costs an audit event per entry.
    watches: Slots,
    /// Slices of timelines that are searched at once: each may hold 512 entries.
    searches: Semaphore,
    /// Searches at once by a person: they go on to their end, whoever waits for them.
    search_slots: Slots,
    keys: Keys,
    pub(crate) log: Arc<audit::Log>,
    decisions: Decisions,
    remembered: session::Remembered,
    service_quotas: service::Quotas,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl App {
    /// Opens the server's keys, making those that do not exist yet, and listens for other nodes.
    pub(crate) async fn open(parts: AppParts) -> Result<Arc<Self>> {
        let AppParts { store, blobs, root_keys, device_ca, clock, entropy, settings } = parts;
        let keys = Keys::open(&store, root_keys, clock.as_ref(), entropy.as_ref()).await?;
        let fresh = uuid_v7(clock.now(), random(entropy.as_ref()));
        let log = audit::Log::open(&store, &keys.audit_signing, fresh).await?;
        let live = Live::start(store.wakeups().await?);
        let passwords = session::PasswordGate::new(settings.concurrent_logins);
        Ok(Arc::new(Self {
            store,
            blobs,
            device_ca,
            settings,
            live,
            passwords,
            uploads: Slots::new(32, 4),
            sealing: Arc::new(Semaphore::new(timeline::cores())),
            rewriting: Semaphore::new(1),
            downloads: Slots::new(256, 8),
            watches: Slots::new(10_000, 8),
            search_slots: Slots::new(64, 2),
            searches: Semaphore::new(timeline::cores()),
            keys,
            log: Arc::new(log),
            decisions: Decisions::default(),
            remembered: session::Remembered::default(),
            service_quotas: service::Quotas::default(),
            clock,
            entropy,
        }))
    }

    /// Ends all streams with their positions.
    pub(crate) fn shutdown(&self) {
        self.live.shutdown();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn new_uuid(&self) -> Uuid {
        self.uuid_of(self.now())
    }

    fn uuid_of(&self, time: Timestamp) -> Uuid {
        uuid_v7(time, random(self.entropy.as_ref()))
    }

    /// One instant for the id and the event: a period is looked up by the times in the ids.
    fn stamp(&self, session: Option<SessionId>) -> Stamp {
        let time = self.now();
        Stamp { id: AuditEventId(self.uuid_of(time)), time, session, service: None }
    }

    /// For a change of access: to be made under the lock that the change takes. Events are in the order of their
    /// stamps, and a disclosure that the lock waited for must not stand behind the change.
    fn stamp_of(&self, caller: &Caller) -> Stamp {
        let service = caller.service.as_ref().map(|service| service.id);
        Stamp { service, ..self.stamp(Some(caller.session)) }
    }

    /// What the caller may do about a patient, in the state that `conn` sees.
    async fn access(&self, conn: &mut Conn, caller: &Caller, patient: PatientId) -> Result<Access> {
        let now = self.now();
        Ok(decide(caller, &standing(conn, &caller.subject(), patient).await?, now))
    }

    /// The same in a snapshot, and remembers it.
    async fn access_to_keep(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        patient: PatientId,
    ) -> Result<Arc<Access>> {
        let now = self.now();
        let standing = standing(conn, &caller.subject(), patient).await?;
        let access = Arc::new(decide(caller, &standing, now));
        self.decisions.keep(caller, &standing, &access, now);
        Ok(access)
    }

    /// Reads under what the access rule says: as it was remembered if that leads to something, else as it is in a
    /// snapshot.
    async fn read_under<T, F>(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        read: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(Arc<App>, &'a mut Conn, Arc<Access>) -> BoxFuture<'a, Result<T>>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        if let Some(access) = self.decisions.get(patient, caller, self.now()) {
            let (app, read) = (Arc::clone(self), read.clone());
            let remembered =
                self.store.look(move |conn| Box::pin(async move { read(app, conn, access).await })).await;
            if remembered.is_ok() {
                return remembered;
            }
        }
        let (app, caller) = (Arc::clone(self), Arc::clone(caller));
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let access = app.access_to_keep(conn, &caller, patient).await?;
                    read(Arc::clone(&app), conn, access).await
                })
            })
            .await
    }

    /// Takes the patient's lock for a change of somebody's access, and asks what the caller may do. To be
    /// the first step of such a transaction.
    async fn access_to_change(&self, tx: &mut Tx, caller: &Caller, patient: PatientId) -> Result<Access> {
        if !renkei_store::patient::raise_epoch(tx, patient).await? {
            return Err(Error::new(Reason::NotFound));
        }
        self.access(tx, caller, patient).await
    }

    /// Puts a refusal on record and passes the result on. Recorded for ids that do not exist as well:
    /// probing shows, and both take the same time.
    async fn record_refusal<T>(
        &self,
        caller: &Caller,
        action: Action,
        patient: PatientId,
        result: Result<T>,
    ) -> Result<T> {
        if let Err(error) = &result
            && is_refusal(error.reason())
        {
            let act = Act::refused(caller.subject(), action, patient, error.reason());
            let stamp = self.stamp_of(caller);
            self.store
                .write(move |tx| Box::pin(async move { renkei_store::audit::append(tx, stamp, &act).await }))
                .await
                .map_err(Error::from)?;
        }
        result
    }
}

async fn standing(conn: &mut Conn, subject: &Subject, patient: PatientId) -> Result<Standing> {
    let standing = renkei_store::patient::standing(conn, patient, subject).await?;
    standing.ok_or_else(|| Error::new(Reason::NotFound))
}

fn is_refusal(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotFound
            | Reason::RoleNotAllowed
            | Reason::CustodianOnly
            | Reason::CategoryNotConsented
            | Reason::StepUpFailed
            | Reason::BreakGlassDenied
            | Reason::ReviewerInvolved
            | Reason::NotOwnOrganization
            | Reason::PersonElsewhere
            | Reason::NotOwnEntry
            | Reason::ResponsibleNotAllowed
            | Reason::RoleReserved
            | Reason::ContentExecutable
            | Reason::ContentScript
            | Reason::ContentMacro
            | Reason::ContentArchive
            | Reason::ContentPosition
    )
}
