//! Opening entries for the measurements that they hold.

use std::collections::HashMap;

use renkei_domain::observed::{Measurement, Observed, measurements};
use renkei_domain::timeline::Content;
use renkei_domain::{Error, Result};
use renkei_store::Conn;
use renkei_store::timeline::ObservedEntry;
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::app::keys::PatientKey;
use crate::app::timeline::actor;

/// An entry with the measurements that were looked for.
pub(super) type Measured = (ObservedEntry, Vec<Measurement>);

/// Those of the entries that hold measurements with one of these codes, or any where there are none. What does not open
/// is passed over.
pub(super) async fn measured(
    entries: Vec<ObservedEntry>,
    keys: HashMap<u32, PatientKey>,
    codes: Vec<String>,
) -> Result<Vec<Measured>> {
    let work = move || {
        let is_wanted = |one: &Measurement| codes.is_empty() || codes.contains(&one.code.code);
        let opened = |found: ObservedEntry| {
            let key = keys.get(&found.entry.body.key_version);
            let Some(plain) = key.and_then(|key| App::open_scanned(key, &found.entry)) else {
                tracing::error!(seq = found.entry.seq, "an entry does not open");
                return None;
            };
            let content: Content = serde_json::from_slice(&plain).ok()?;
            let values: Vec<Measurement> = measurements(content).into_iter().filter(is_wanted).collect();
            (!values.is_empty()).then_some((found, values))
        };
        entries.into_iter().filter_map(opened).collect()
    };
    spawn_blocking(work).await.map_err(Error::internal)
}

/// The measurements with their authors' names as they are now.
pub(super) async fn with_names(conn: &mut Conn, found: Vec<Measured>) -> Result<Vec<Observed>> {
    let mut actors = HashMap::new();
    let mut observed = Vec::new();
    for (found, values) in found {
        let whose = found.entry.author;
        let author = match actors.get(&whose) {
            Some(author) => author,
            None => actors.entry(whose).or_insert(actor(conn, whose).await?),
        };
        observed.extend(values.into_iter().map(|measurement| Observed {
            measurement,
            observed_at: found.occurred_at,
            entry: found.entry.id,
            author: author.clone(),
        }));
    }
    Ok(observed)
}
