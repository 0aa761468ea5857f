//! Where a watcher stands on each timeline: what it asks for after a lost connection, and what it has
//! printed already. The server sends at least once; this makes it exactly once.

use std::collections::{BTreeMap, BTreeSet};

use renkei_proto::v1::{WatchPosition, WatchRequest};

/// The state of a watcher over all its connections.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    /// The patients that were asked for. Empty: all.
    named: Vec<String>,
    seqs: BTreeMap<String, i64>,
    printed: BTreeMap<String, i64>,
    ended: BTreeSet<String>,
}

impl Positions {
    pub(crate) fn new(named: Vec<String>) -> Self {
        Self { named, ..Self::default() }
    }

    /// What to ask the server for. `None`: the named patients may not be seen any longer, and asking for
    /// none of them would mean all.
    pub(crate) fn request(&self) -> Option<WatchRequest> {
        let patient_ids: Vec<String> =
            self.named.iter().filter(|id| !self.ended.contains(*id)).cloned().collect();
        if patient_ids.is_empty() && !self.named.is_empty() {
            return None;
        }
        let positions = self
            .seqs
            .iter()
            .filter(|(id, _)| self.named.is_empty() || patient_ids.contains(id))
            .map(|(id, seq)| WatchPosition { patient_id: id.clone(), seq: *seq })
            .collect();
        Some(WatchRequest { patient_ids, positions })
    }

    /// The named patients that may still be seen, as far as is known.
    pub(crate) fn named(&self) -> impl Iterator<Item = &String> {
        self.named.iter().filter(|id| !self.ended.contains(*id))
    }

    /// Whether the entry is new; notes that it is printed and how far the server has come.
    pub(crate) fn is_new(&mut self, patient_id: &str, entry_seq: i64, position: i64) -> bool {
        self.advance(patient_id, position);
        let printed = self.printed.entry(patient_id.to_owned()).or_insert(0);
        let new = entry_seq > *printed;
        *printed = entry_seq.max(*printed);
        new
    }

    /// The server has come this far without an entry to show.
    pub(crate) fn advance(&mut self, patient_id: &str, seq: i64) {
        let known = self.seqs.entry(patient_id.to_owned()).or_insert(seq);
        *known = seq.max(*known);
    }

    /// Access began. Returns whether that is news. A position that is known stays: what follows it has
    /// not arrived yet.
    pub(crate) fn access_started(&mut self, patient_id: &str, seq: i64) -> bool {
        let again = self.ended.remove(patient_id);
        let news = again || !self.seqs.contains_key(patient_id);
        self.seqs.entry(patient_id.to_owned()).or_insert(seq);
        news
    }

    pub(crate) fn access_ended(&mut self, patient_id: &str) {
        self.ended.insert(patient_id.to_owned());
    }

    /// How many patients are watched now.
    pub(crate) fn watched(&self) -> usize {
        self.seqs.keys().filter(|id| !self.ended.contains(*id)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(positions: &Positions) -> (Vec<String>, Vec<(String, i64)>) {
        let request = positions.request().unwrap();
        (request.patient_ids, request.positions.into_iter().map(|p| (p.patient_id, p.seq)).collect())
    }

    #[test]
    fn an_entry_is_printed_once_however_often_it_comes() {
        let mut positions = Positions::default();
        positions.access_started("a", 4);
        assert!(positions.is_new("a", 5, 5));
        assert!(!positions.is_new("a", 5, 5));
        assert!(positions.is_new("b", 5, 5), "each patient counts alone");
        assert!(positions.is_new("a", 7, 7));
        assert!(!positions.is_new("a", 5, 7));
    }

    #[test]
    fn a_reconnection_continues_where_it_stood() {
        let mut positions = Positions::default();
        positions.access_started("a", 4);
        positions.access_started("b", 0);
        positions.is_new("a", 6, 6);
        positions.advance("b", 9);
        assert_eq!(asked(&positions), (vec![], vec![("a".into(), 6), ("b".into(), 9)]));
        assert!(!positions.access_started("a", 8), "no news");
        assert_eq!(asked(&positions).1[0], ("a".into(), 6), "7 and 8 have not arrived yet");
    }

    #[test]
    fn patients_who_may_not_be_seen_any_longer_are_not_asked_for() {
        let mut positions = Positions::new(vec!["a".into(), "b".into()]);
        positions.access_started("a", 1);
        positions.access_started("b", 1);
        positions.access_ended("a");
        assert_eq!(asked(&positions), (vec!["b".into()], vec![("b".into(), 1)]));
        assert_eq!(positions.watched(), 1);
        positions.access_ended("b");
        assert!(positions.request().is_none(), "none left must not become all");
        assert!(positions.access_started("a", 3), "access that begins again is news");
        assert_eq!(asked(&positions).0, ["a".to_owned()]);
    }
}
