//! Recovery codes anew.

use renkei_crypto::recovery::RecoveryCode;
use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{audit, totp};

use crate::app::App;

impl App {
    /// New recovery codes for the caller's authenticator app, which are told here only. Those before are good for nothing;
    /// asked again after a lost answer, there are others.
    ///
    /// # Errors
    /// [`Reason::TotpNotEnrolled`], [`Reason::StepUpRequired`].
    pub(crate) async fn renew_recovery_codes(&self, caller: &Caller) -> Result<Vec<RecoveryCode>> {
        self.require_step_up(caller, Action::RecoveryCodesRenew)?;
        let person = caller.actor.person;
        let app = self
            .store
            .look(move |conn| Box::pin(async move { totp::authenticator(conn, person).await }))
            .await
            .map_err(Error::from)?;
        let device = app.ok_or_else(|| Error::new(Reason::TotpNotEnrolled))?.device;
        let act = Act::of_region(caller.subject(), Action::RecoveryCodesRenew, device.0);
        let ((codes, hashes), stamp) = (self.new_recovery_codes(device), self.stamp_of(caller));
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    totp::replace_recovery_codes(tx, device, &hashes).await?;
                    audit::append(tx, stamp, &act).await
                })
            })
            .await
            .map_err(Error::from)?;
        Ok(codes)
    }
}
