//! Sessions that were found good a moment ago, so that they need not be looked up for every call anew.
//!
//! Only for calls whose success is put on record with the session: the record is not made if the session has ended or
//! its device was revoked. Whatever else such a call is answered, the session is looked up again before.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use renkei_domain::Timestamp;
use renkei_domain::id::{DeviceId, SessionId};
use renkei_domain::identity::Caller;
use renkei_store::session::Session;

/// How long one is remembered. On other nodes an access token that was replaced is good for so long.
const MEMORY: Duration = Duration::from_secs(5);
/// How many are remembered; all are forgotten when there are more.
const CAPACITY: usize = 16_384;

type AccessHash = [u8; 32];

/// Lately found sessions, by the hash of their access token.
#[derive(Default)]
pub(crate) struct Remembered {
    sessions: Mutex<HashMap<AccessHash, (Timestamp, Session)>>,
    /// How often one was forgotten.
    forgotten: AtomicU64,
}

impl Remembered {
    pub(super) fn get(&self, hash: &AccessHash, now: Timestamp) -> Option<Session> {
        let sessions = self.lock();
        let (found_at, session) = sessions.get(hash)?;
        // the clock may have been set back
        let is_fresh = *found_at <= now && now < found_at.after(MEMORY);
        is_fresh.then(|| session.clone())
    }

    /// To be asked before a session is looked up that is to be kept.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Keeps a session, unless one was forgotten since `forgotten`: it may be this one.
    pub(super) fn keep(&self, hash: AccessHash, session: &Session, found_at: Timestamp, forgotten: u64) {
        let mut sessions = self.lock();
        if self.forgotten() != forgotten {
            return;
        }
        if sessions.len() >= CAPACITY {
            sessions.clear();
        }
        sessions.insert(hash, (found_at, session.clone()));
    }

    /// Forgets a session whose token is replaced or that ends.
    pub(super) fn forget(&self, id: SessionId) {
        self.keep_only(|caller| caller.session != id);
    }

    /// Forgets the sessions of a device whose certificate is another one now.
    pub(super) fn forget_device(&self, id: DeviceId) {
        self.keep_only(|caller| caller.device != id);
    }

    fn keep_only(&self, keeps: impl Fn(&Caller) -> bool) {
        let mut sessions = self.lock();
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        sessions.retain(|_, (_, session)| keeps(&session.caller));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccessHash, (Timestamp, Session)>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use renkei_domain::account::DeviceKind;
    use renkei_domain::id::{AffiliationId, OrganizationId, PersonId};
    use renkei_domain::identity::{Actor, Purpose, Role};
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const HASH: AccessHash = [1; 32];

    fn session() -> Session {
        let id = Uuid::from_u128(7);
        let actor = Actor {
            person: PersonId(id),
            person_name: "森 太一".into(),
            organization: OrganizationId(id),
            organization_name: "ひかり診療所".into(),
            role: Role::Nurse,
        };
        let caller = Caller {
            actor,
            login_name: "mori".into(),
            affiliation: AffiliationId(id),
            device: DeviceId(id),
            device_kind: DeviceKind::Certificate,
            session: SessionId(id),
            session_ends_at: NOW.after(MEMORY * 9),
            purpose: Purpose::Treatment,
            stepped_up_at: None,
            service: None,
        };
        let ends = NOW.after(MEMORY * 9);
        Session {
            caller: Arc::new(caller),
            certificate_hash: Some(vec![9; 32]),
            access_expires_at: ends,
            last_seen_at: NOW,
            ended: false,
        }
    }

    #[test]
    fn a_session_is_remembered_for_a_moment_on_a_clock_that_goes_on() {
        let remembered = Remembered::default();
        remembered.keep(HASH, &session(), NOW, remembered.forgotten());
        assert!(remembered.get(&HASH, NOW).is_some());
        assert!(remembered.get(&[2; 32], NOW).is_none(), "another token");
        assert!(remembered.get(&HASH, NOW.after(MEMORY)).is_none(), "too long ago");
        assert!(remembered.get(&HASH, Timestamp(NOW.0 - 1)).is_none(), "the clock was set back");
    }

    #[test]
    fn what_was_looked_up_before_it_was_forgotten_is_not_kept() {
        let remembered = Remembered::default();
        let session = session();
        let before = remembered.forgotten();
        remembered.keep(HASH, &session, NOW, before);
        remembered.forget(session.caller.session);
        assert!(remembered.get(&HASH, NOW).is_none(), "forgotten");
        remembered.keep(HASH, &session, NOW, before);
        assert!(remembered.get(&HASH, NOW).is_none(), "looked up before the token was replaced");
        remembered.keep(HASH, &session, NOW, remembered.forgotten());
        assert!(remembered.get(&HASH, NOW).is_some());
    }
}
