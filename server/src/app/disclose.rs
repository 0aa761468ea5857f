//! No disclosure without a record: reads under a permit and appends the audit event durably before the
//! result is returned. If anybody's access to the patient changed in between, it reads again.

use std::sync::Arc;

use futures::future::BoxFuture;
use renkei_domain::access::{Access, Read};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Permit, Reason, Result, Timestamp};
use renkei_store::audit;
use renkei_store::{Conn, StoreError};

use super::App;

/// How often access may change under a read before the read gives up.
pub(super) const TRIES: usize = 8;

/// A disclosure to be put on record.
pub(super) struct Disclosure {
    pub(super) patient: PatientId,
    /// The person's epoch that it was decided in; the act has the patient's.
    pub(super) person_epoch: i64,
    /// When the passing of time alone changes what was decided.
    pub(super) until: Option<Timestamp>,
    pub(super) act: Act,
}

impl App {
    /// Reads something of one patient that the caller may see; `read` returns it with the act to record.
    /// A refusal is recorded as `action`.
    pub(super) async fn disclose<T, F>(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        action: Action,
        read: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(Arc<App>, &'a mut Conn, Permit<Read>) -> BoxFuture<'a, Result<(T, Act)>>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.disclose_under(Access::read, caller, patient, action, read).await
    }

    /// The same under the permit that `ask` obtains.
    pub(super) async fn disclose_under<T, A, F>(
        self: &Arc<Self>,
        ask: fn(&Access) -> Result<Permit<A>>,
        caller: &Arc<Caller>,
        patient: PatientId,
        action: Action,
        read: F,
    ) -> Result<T>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: for<'a> Fn(Arc<App>, &'a mut Conn, Permit<A>) -> BoxFuture<'a, Result<(T, Act)>>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let result = self
            .recorded(caller, || {
                let read = read.clone();
                self.read_under(caller, patient, move |app, conn, access| {
                    let read = read.clone();
                    Box::pin(async move {
                        let (value, act) = read(app, conn, ask(&access)?).await?;
                        Ok((value, vec![disclosure(&access, act, patient)]))
                    })
                })
            })
            .await;
        self.record_refusal(caller, action, patient, result).await
    }

    /// Runs `read` and puts what it disclosed on record, all or nothing, again as long as some epoch
    /// changed in between.
    pub(super) async fn recorded<T, R, F>(self: &Arc<Self>, caller: &Caller, read: R) -> Result<T>
    where
        R: Fn() -> F,
        F: Future<Output = Result<(T, Vec<Disclosure>)>>,
    {
        for _ in 0..TRIES {
            let (value, disclosures) = read().await?;
            if disclosures.is_empty() {
                return Ok(value);
            }
            let patients: Vec<PatientId> = disclosures.iter().map(|it| it.patient).collect();
            let until = disclosures.iter().filter_map(|it| it.until).min();
            let disclosures: Vec<audit::Disclosure> = disclosures
                .into_iter()
                .map(|Disclosure { person_epoch, act, .. }| audit::Disclosure {
                    person_epoch,
                    stamp: self.stamp_of(caller),
                    act,
                })
                .collect();
            if disclosures.iter().any(|it| until.is_some_and(|until| until <= it.stamp.time)) {
                continue;
            }
            match audit::disclose(&self.store, disclosures).await {
                Ok(()) => return Ok(value),
                Err(StoreError::EpochChanged) => self.overtaken(caller, &patients).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::new(Reason::Busy).retry_after(std::time::Duration::from_secs(1)))
    }

    /// What was decided about these patients is of the past. An ended session gets nothing more.
    pub(super) async fn overtaken(self: &Arc<Self>, caller: &Caller, patients: &[PatientId]) -> Result<()> {
        for patient in patients {
            self.decisions.forget(*patient, caller);
        }
        let session = caller.session;
        let session = self
            .store
            .look(move |conn| Box::pin(async move { renkei_store::session::by_id(conn, session).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::SessionRequired))?;
        self.check_session(&session, self.now())
    }
}

/// What `act` discloses of `patient`, under the epochs that `access` was decided in.
pub(super) fn disclosure(access: &Access, act: Act, patient: PatientId) -> Disclosure {
    Disclosure { patient, person_epoch: access.person_epoch(), until: access.changes_at(), act }
}
