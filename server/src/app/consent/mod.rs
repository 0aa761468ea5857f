//! Consent: record, withdraw, list.

mod list_consents;
mod record_consent;
mod withdraw_consent;

use self::list_consents::find;
pub(crate) use self::record_consent::RecordConsent;
