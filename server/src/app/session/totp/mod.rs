//! Authenticator apps (TOTP): the second factor of who has no enrolled device, where the operator allows it.
//!
//! An app is a device without a certificate. Its seed is sealed under a key of the server. A code is taken by comparing
//! and setting the step in one statement, in the transaction of what it allows: of any number of calls with the same code,
//! on any number of nodes, one is let in.

mod confirm;
mod enroll;
mod log_in;
mod recovery_codes;

use renkei_crypto::recovery::{self, RecoveryCode};
use renkei_crypto::totp::{Code, Seed};
use renkei_domain::id::{DeviceId, PersonId};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::totp::{self, Authenticator};
use renkei_store::{StoreError, Tx};
use uuid::Uuid;

pub(crate) use self::enroll::{EnrollTotp, Offered};
pub(crate) use self::log_in::LoginWithTotp;
use crate::app::App;

/// What a person gives besides the password.
pub(crate) enum Second {
    /// What the app shows.
    Code(Code),
    /// What takes its place once.
    Recovery(RecoveryCode),
}

/// One that is right, and is used up by [`Used::take`].
pub(super) enum Used {
    /// Of this step.
    Code(i64),
    /// The recovery code with this hash.
    Recovery([u8; 32]),
}

impl Used {
    /// Uses it up; says whether nobody else did meanwhile, and the app is not revoked.
    ///
    /// # Errors
    /// As every query.
    pub(super) async fn take(
        self,
        tx: &mut Tx,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Code(step) => totp::take_step(tx, device, step).await,
            Self::Recovery(hash) => totp::use_recovery_code(tx, device, hash, now).await,
        }
    }
}

impl App {
    /// Whether the operator allows log-ins with an authenticator app.
    ///
    /// # Errors
    /// [`Reason::TotpNotAllowed`].
    fn require_totp(&self) -> Result<()> {
        if self.settings.totp { Ok(()) } else { Err(Error::new(Reason::TotpNotAllowed)) }
    }

    /// The step of this code of an app with this seed, if the app shows it now.
    fn step_of(&self, seed: &Seed, code: &Code) -> Option<i64> {
        let seconds = u64::try_from(self.now().0 / 1_000_000).ok()?;
        i64::try_from(seed.step_of(code, seconds)?).ok()
    }

    fn open_seed(&self, person: PersonId, device: DeviceId, sealed: &[u8]) -> Result<Seed> {
        Seed::open(&self.keys.totp_seed, person.0.as_bytes(), device.0.as_bytes(), sealed)
            .map_err(|error| Error::new(Reason::StoredDataDamaged).because(error))
    }

    /// Whether `second` is right for the person's app, and how it is used up. Does the same work, in the same time,
    /// where there is no app. To be asked when the try is counted.
    ///
    /// # Errors
    /// As every query; [`Reason::StoredDataDamaged`].
    pub(super) async fn second_matches(
        &self,
        app: Option<(PersonId, &Authenticator)>,
        second: &Second,
    ) -> Result<Option<Used>> {
        let device = app.map_or(DeviceId(Uuid::nil()), |(_, app)| app.device);
        match second {
            Second::Code(code) => {
                let seed = match app {
                    Some((person, app)) => self.open_seed(person, device, &app.seed)?,
                    None => Seed::random(self.entropy.as_ref()),
                };
                let step = self.step_of(&seed, code);
                let is_new = |step: &i64| app.is_some_and(|(_, app)| app.last_step < *step);
                Ok(step.filter(is_new).map(Used::Code))
            }
            Second::Recovery(code) => {
                let hash = code.hash(&self.keys.recovery, device.0.as_bytes());
                let is_there = self
                    .store
                    .look(move |conn| {
                        Box::pin(async move { totp::has_recovery_code(conn, device, hash).await })
                    })
                    .await
                    .map_err(Error::from)?;
                Ok(is_there.then_some(Used::Recovery(hash)))
            }
        }
    }

    /// New recovery codes, and what is kept of them.
    fn new_recovery_codes(&self, device: DeviceId) -> (Vec<RecoveryCode>, Vec<[u8; 32]>) {
        let codes: Vec<_> =
            (0..recovery::COUNT).map(|_| RecoveryCode::random(self.entropy.as_ref())).collect();
        let hashes = codes.iter().map(|code| code.hash(&self.keys.recovery, device.0.as_bytes()));
        let hashes = hashes.collect();
        (codes, hashes)
    }
}
