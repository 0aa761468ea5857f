//! Noticing what `renkei-server keys …` does beside a running server: keys that were destroyed leave the memory,
//! and open streams look again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use renkei_store::root_key;

use super::held::GRACE;
use crate::app::App;

/// How often the database is asked. A destroyed key is in memory for so long at most, and for the time of a look.
const PERIOD: Duration = Duration::from_secs(1);

impl App {
    /// Follows changes of keys for as long as the server runs.
    pub(crate) async fn follow_keys(self: Arc<Self>) {
        let mut changed_at: Option<Instant> = None;
        let mut told = String::new();
        loop {
            tokio::time::sleep(PERIOD).await;
            let generation =
                self.store.look(|conn| Box::pin(async move { root_key::generation(conn).await }));
            // a database that does not answer is told of by everything else
            let Ok(generation) = generation.await else { continue };
            let changed = generation != self.keys.generation();
            if changed {
                changed_at = Some(Instant::now());
                tracing::info!(generation, "keys have changed");
            } else if changed_at.is_none_or(|at| at.elapsed() > GRACE + PERIOD) {
                continue;
            }
            // for a while after a change: versions of the root key that are gone leave the memory too
            let looked = self.keys.look_again(&self.store).await;
            if changed {
                self.live.look_again();
            }
            let trouble = match looked {
                Ok(_) => String::new(),
                Err(error) => error.internal_text().unwrap_or_else(|| error.to_string()),
            };
            if trouble != told {
                if !trouble.is_empty() {
                    tracing::error!(trouble, "the root key is not in order");
                }
                told = trouble;
            }
        }
    }
}
