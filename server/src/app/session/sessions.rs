//! A person's own sessions: which are live, and ending them.

use std::sync::Arc;

use renkei_domain::account::LiveSession;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::SessionId;
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{Wakeup, account, audit, session};

use crate::app::App;

/// Which sessions are to end.
#[derive(Clone, Copy)]
pub(crate) enum EndedSessions {
    /// One.
    One(SessionId),
    /// All of the caller's but the calling one.
    Others,
}

impl App {
    /// The caller's own sessions that are live.
    pub(crate) async fn list_sessions(&self, caller: &Caller) -> Result<Vec<LiveSession>> {
        let (person, now) = (caller.actor.person, self.now());
        let idle = i64::try_from(self.settings.idle.as_micros()).unwrap_or(i64::MAX);
        let idle_since = Timestamp(now.0.saturating_sub(idle));
        self.store
            .read(move |conn| {
                Box::pin(async move { account::live_sessions(conn, person, now, idle_since).await })
            })
            .await
            .map_err(Error::from)
    }

    /// Ends sessions of the caller's own, at once, also on their open streams; says how many. What has ended stays
    /// so, and is no failure.
    ///
    /// # Errors
    /// [`Reason::NotFound`] for a session that is somebody else's, or nobody's.
    pub(crate) async fn end_sessions(
        self: &Arc<Self>,
        caller: &Caller,
        which: EndedSessions,
    ) -> Result<usize> {
        let object = match which {
            EndedSessions::One(id) => id,
            EndedSessions::Others => caller.session,
        };
        let act = Act::of_region(caller.subject(), Action::SessionEnd, object.0);
        let (person, calling, stamp, now) =
            (caller.actor.person, caller.session, self.stamp_of(caller), self.now());
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = match which {
                        EndedSessions::Others => account::end_others(tx, person, calling, now).await?,
                        EndedSessions::One(id) => {
                            if account::whose_session(tx, id).await? != Some(person) {
                                return Err(Error::new(Reason::NotFound));
                            }
                            if session::end(tx, id, now).await? { vec![id] } else { Vec::new() }
                        }
                    };
                    audit::append(tx, stamp, &act).await?;
                    Ok(ended)
                })
            })
            .await;
        if let Err(error) = &ended
            && error.reason() == Reason::NotFound
        {
            self.refuse_in_region(caller, Action::SessionEnd, object.0, Reason::NotFound).await?;
        }
        let ended = ended?;
        self.say_ended(&ended);
        Ok(ended.len())
    }

    /// Lets go of sessions that have ended, here and on their streams everywhere. To be called after the commit.
    pub(in crate::app) fn say_ended(&self, sessions: &[SessionId]) {
        for id in sessions {
            self.remembered.forget(*id);
            self.live.wake(Wakeup::SessionEnded(*id));
        }
    }
}
