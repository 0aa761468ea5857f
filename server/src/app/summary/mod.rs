//! What a clinician looks at first: the patient on one screen, and measurements over time. Both are read from the
//! entries that the caller may see, under the record that every disclosure has.

mod list_observations;
mod measured;
mod patient_summary;

use renkei_domain::access::Read;
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::{Conn, timeline};

pub(crate) use self::list_observations::WantedObservations;

/// Who sees nothing of the patient, and wrote nothing that is seen without a consent, finds no patient.
async fn sees_something(conn: &mut Conn, permit: &Permit<Read>) -> Result<()> {
    if permit.sight().is_empty() && timeline::before(conn, permit, i64::MAX, 1).await?.is_empty() {
        return Err(Error::new(Reason::NotFound));
    }
    Ok(())
}
