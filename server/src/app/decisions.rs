//! What the access rule decided lately, so that it need not be asked for every call anew.
//!
//! A decision is good for its two epochs and until its time comes. Whoever uses a remembered one must have what
//! came of it compared with the epochs before it counts: a disclosure and a post are. A refusal is compared with
//! nothing, so none is remembered, and one that rests on a remembered decision is decided again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use renkei_domain::Timestamp;
use renkei_domain::access::{Access, Standing, Subject};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;

/// How many are remembered; all are forgotten when there are more.
const CAPACITY: usize = 16_384;

/// The last says whether a service account acts for the subject.
type Key = (PatientId, Subject, bool);

/// What the access rule says to the caller. An emergency is no program's: whoever opened the record gave the password, a
/// reason and words.
pub(super) fn decide(caller: &Caller, standing: &Standing, now: Timestamp) -> Access {
    let break_glass = standing.break_glass.filter(|_| caller.service.is_none());
    if break_glass == standing.break_glass {
        return Access::decide(caller.subject(), standing, now);
    }
    Access::decide(caller.subject(), &Standing { break_glass, ..standing.clone() }, now)
}

fn key(patient: PatientId, caller: &Caller) -> Key {
    (patient, caller.subject(), caller.service.is_some())
}

/// Lately made decisions.
#[derive(Default)]
pub(super) struct Decisions {
    made: Mutex<HashMap<Key, Made>>,
}

struct Made {
    at: Timestamp,
    access: Arc<Access>,
}

impl Decisions {
    /// The decision about the patient, if there is one that is good at `now`.
    pub(super) fn get(&self, patient: PatientId, caller: &Caller, now: Timestamp) -> Option<Arc<Access>> {
        let made = self.lock();
        let Made { at, access } = made.get(&key(patient, caller))?;
        // the clock may have been set back
        let is_good = *at <= now && access.changes_at().is_none_or(|end| now < end);
        is_good.then(|| Arc::clone(access))
    }

    /// Remembers a decision on a standing that was read from what is committed: epochs of a transaction that is
    /// rolled back come again with other meanings.
    pub(super) fn keep(&self, caller: &Caller, standing: &Standing, access: &Arc<Access>, at: Timestamp) {
        if !access.is_visible() || !standing.is_told_by_epochs() {
            return;
        }
        let mut made = self.lock();
        if made.len() >= CAPACITY {
            made.clear();
        }
        made.insert(key(standing.patient, caller), Made { at, access: Arc::clone(access) });
    }

    /// Forgets a decision that turned out to be of the past.
    pub(super) fn forget(&self, patient: PatientId, caller: &Caller) {
        self.lock().remove(&key(patient, caller));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
