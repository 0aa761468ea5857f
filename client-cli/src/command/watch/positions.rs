//! Where a watcher stands on each timeline: what it asks for after a lost connection, and what it has
//! printed already. The server sends at least once; this makes it exactly once.

use std::collections::{BTreeMap, BTreeSet};

use renkei_proto::v1::{WatchPosition, WatchRequest};

/// The state of a watcher over all its connections.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    /// The patients that were asked for. Empty: all.
    named: Vec<String>,
    reached: BTreeMap<String, WatchPosition>,
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
            .reached
            .iter()
            .filter(|(id, _)| self.named.is_empty() || patient_ids.contains(id))
            .map(|(_, position)| position.clone())
            .collect();
        Some(WatchRequest { patient_ids, positions })
    }

    /// The named patients that may still be seen, as far as is known.
    pub(crate) fn named(&self) -> impl Iterator<Item = &String> {
        self.named.iter().filter(|id| !self.ended.contains(*id))
    }

    /// Whether the entry is new; notes that it is printed and how far the server has come.
    pub(crate) fn is_new(&mut self, entry_seq: i64, position: &WatchPosition) -> bool {
        self.advance(position);
        let printed = self.printed.entry(position.patient_id.clone()).or_insert(0);
        let new = entry_seq > *printed;
        *printed = entry_seq.max(*printed);
        new
    }

    /// The server has come this far: with a mark, or without anything to show. (It tells no mark twice to who says how
    /// far it came.)
    pub(crate) fn advance(&mut self, position: &WatchPosition) {
        let known = self.reached.entry(position.patient_id.clone()).or_insert_with(|| position.clone());
        known.seq = known.seq.max(position.seq);
        // an older server tells no marks
        known.mark = known.mark.max(position.mark);
    }

    /// Access began. Returns whether that is news. A position that is known stays: what follows it has
    /// not arrived yet.
    pub(crate) fn access_started(&mut self, position: &WatchPosition) -> bool {
        let id = &position.patient_id;
        let again = self.ended.remove(id);
        let news = again || !self.reached.contains_key(id);
        self.reached.entry(id.clone()).or_insert_with(|| position.clone());
        news
    }

    pub(crate) fn access_ended(&mut self, patient_id: &str) {
        self.ended.insert(patient_id.to_owned());
    }

    /// How many patients are watched now.
    pub(crate) fn watched(&self) -> usize {
        self.reached.keys().filter(|id| !self.ended.contains(*id)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(patient_id: &str, seq: i64) -> WatchPosition {
        WatchPosition { patient_id: patient_id.into(), seq, mark: None }
    }

    fn asked(positions: &Positions) -> (Vec<String>, Vec<(String, i64)>) {
        let request = positions.request().unwrap();
        (request.patient_ids, request.positions.into_iter().map(|p| (p.patient_id, p.seq)).collect())
    }

    #[test]
    fn an_entry_is_printed_once_however_often_it_comes() {
        let mut positions = Positions::default();
        positions.access_started(&at("a", 4));
        assert!(positions.is_new(5, &at("a", 5)));
        assert!(!positions.is_new(5, &at("a", 5)));
        assert!(positions.is_new(5, &at("b", 5)), "each patient counts alone");
        assert!(positions.is_new(7, &at("a", 7)));
        assert!(!positions.is_new(5, &at("a", 7)));
    }

    #[test]
    fn a_reconnection_continues_where_it_stood() {
        let mut positions = Positions::default();
        positions.access_started(&at("a", 4));
        positions.access_started(&at("b", 0));
        positions.is_new(6, &at("a", 6));
        positions.advance(&at("b", 9));
        assert_eq!(asked(&positions), (vec![], vec![("a".into(), 6), ("b".into(), 9)]));
        assert!(!positions.access_started(&at("a", 8)), "no news");
        assert_eq!(asked(&positions).1[0], ("a".into(), 6), "7 and 8 have not arrived yet");
    }

    #[test]
    fn marks_go_on_where_they_stood_too() {
        let marked = |seq, mark| WatchPosition { mark: Some(mark), ..at("a", seq) };
        let mut positions = Positions::default();
        positions.access_started(&marked(4, 0));
        let asked = |positions: &Positions| positions.request().unwrap().positions[0].clone();
        assert_eq!(asked(&positions), marked(4, 0), "what is done while the connection is lost is the first");
        positions.advance(&marked(4, 2));
        assert!(positions.is_new(5, &marked(5, 2)));
        positions.access_started(&marked(9, 7));
        assert_eq!(asked(&positions), marked(5, 2), "the others have not arrived yet");
    }

    #[test]
    fn patients_who_may_not_be_seen_any_longer_are_not_asked_for() {
        let mut positions = Positions::new(vec!["a".into(), "b".into()]);
        positions.access_started(&at("a", 1));
        positions.access_started(&at("b", 1));
        positions.access_ended("a");
        assert_eq!(asked(&positions), (vec!["b".into()], vec![("b".into(), 1)]));
        assert_eq!(positions.watched(), 1);
        positions.access_ended("b");
        assert!(positions.request().is_none(), "none left must not become all");
        assert!(positions.access_started(&at("a", 3)), "access that begins again is news");
        assert_eq!(asked(&positions).0, ["a".to_owned()]);
    }
}
