//! The left half: patients, with what waits of them.

use std::collections::BTreeMap;

use renkei_proto::v1::{Date, Entry, InboxView, Patient};

/// What the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum View {
    #[default]
    Unread,
    Mentions,
    Questions,
    ToFinalize,
    /// Every patient, whether something waits or not.
    All,
}

impl View {
    pub(crate) const ALL: [Self; 5] =
        [Self::Unread, Self::Mentions, Self::Questions, Self::ToFinalize, Self::All];

    /// What the server is asked for; what is unread is known anyway.
    pub(crate) fn inbox(self) -> Option<InboxView> {
        match self {
            Self::Mentions => Some(InboxView::Mentions),
            Self::Questions => Some(InboxView::OpenQuestions),
            Self::ToFinalize => Some(InboxView::ToFinalize),
            Self::Unread | Self::All => None,
        }
    }

    /// The view so many places further, around the end.
    pub(crate) fn further(self, places: usize) -> Self {
        let at = Self::ALL.iter().position(|view| *view == self).unwrap_or(0);
        Self::ALL[(at + places) % Self::ALL.len()]
    }
}

/// Who a patient is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) kana: String,
    pub(crate) local_identifier: String,
    pub(crate) birth_date: Option<Date>,
    pub(crate) damaged: bool,
}

/// Entries that wait, by patient. A patient stays where it is once nothing waits any longer, so that rows do not
/// jump away under a hand.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Vec<(String, Vec<Item>)>);

#[derive(Debug, PartialEq)]
struct Item {
    entry_id: String,
    urgent: bool,
}

impl Waiting {
    pub(crate) fn add(&mut self, entry: &Entry) {
        let item = Item { entry_id: entry.entry_id.clone(), urgent: entry.urgent };
        match self.0.iter_mut().find(|(patient, _)| *patient == entry.patient_id) {
            Some((_, items)) if items.iter().any(|known| known.entry_id == item.entry_id) => {}
            Some((_, items)) => items.push(item),
            None => self.0.push((entry.patient_id.clone(), vec![item])),
        }
    }

    pub(crate) fn remove(&mut self, patient_id: &str, entry_ids: &[String]) {
        for (_, items) in self.0.iter_mut().filter(|(patient, _)| patient == patient_id) {
            items.retain(|item| !entry_ids.contains(&item.entry_id));
        }
    }

    fn forget(&mut self, patient_id: &str) {
        self.0.retain(|(patient, _)| patient != patient_id);
    }

    pub(crate) fn count(&self, patient_id: &str) -> usize {
        self.of(patient_id).len()
    }

    pub(crate) fn is_urgent(&self, patient_id: &str) -> bool {
        self.of(patient_id).iter().any(|item| item.urgent)
    }

    pub(crate) fn has(&self, patient_id: &str, entry_id: &str) -> bool {
        self.of(patient_id).iter().any(|item| item.entry_id == entry_id)
    }

    fn of(&self, patient_id: &str) -> &[Item] {
        self.0.iter().find(|(patient, _)| patient == patient_id).map_or(&[], |(_, items)| items)
    }

    fn patients(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(patient, _)| patient)
    }
}

/// The state of the left half.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) view: View,
    pub(crate) patients: BTreeMap<String, Who>,
    pub(crate) unread: Waiting,
    /// Of the view, where it is neither what is unread nor everybody.
    pub(crate) waiting: Waiting,
    /// What has arrived so far of a list that is asked for again.
    coming: [Waiting; 2],
    /// UUID of the patient under the cursor.
    pub(crate) selected: Option<String>,
    /// What has not arrived yet.
    pub(crate) loading: Loading,
    /// Answers to an older question than this one are late.
    pub(crate) round: u64,
    /// The view is asked for again with the next tick.
    pub(crate) is_stale: bool,
}

/// Which lists are under way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Loading {
    pub(crate) patients: bool,
    pub(crate) unread: bool,
    pub(crate) waiting: bool,
}

impl List {
    pub(crate) fn in_view(view: View) -> Self {
        Self { view, ..Self::default() }
    }

    /// The patients to show, in order.
    pub(crate) fn rows(&self) -> Vec<&str> {
        match self.view {
            View::All => {
                let mut all: Vec<(&String, &Who)> = self.patients.iter().collect();
                all.sort_by(|(_, a), (_, b)| (&a.kana, &a.name).cmp(&(&b.kana, &b.name)));
                all.into_iter().map(|(id, _)| id.as_str()).collect()
            }
            View::Unread => self.unread.patients().map(String::as_str).collect(),
            _ => self.waiting.patients().map(String::as_str).collect(),
        }
    }

    /// What waits of the patient in this view.
    pub(crate) fn of_view(&self) -> &Waiting {
        if self.view.inbox().is_some() { &self.waiting } else { &self.unread }
    }

    pub(crate) fn is_loading(&self) -> bool {
        match self.view {
            View::All => self.loading.patients,
            View::Unread => self.loading.unread,
            _ => self.loading.waiting,
        }
    }

    /// Begins to ask anew. What is shown stays until the answer is complete.
    pub(crate) fn ask_again(&mut self) -> u64 {
        self.round += 1;
        self.is_stale = false;
        self.coming = Default::default();
        self.loading.unread = true;
        self.loading.waiting = self.view.inbox().is_some();
        self.round
    }

    /// Takes a part of the answer.
    pub(crate) fn take(&mut self, view: InboxView, entries: &[Entry], is_last: bool) {
        let is_unread = view == InboxView::Unread;
        let coming = &mut self.coming[usize::from(is_unread)];
        entries.iter().for_each(|entry| coming.add(entry));
        if !is_last {
            return;
        }
        let coming = std::mem::take(coming);
        let place = self.place();
        if is_unread {
            self.unread = coming;
            self.loading.unread = false;
        } else {
            self.waiting = coming;
            self.loading.waiting = false;
        }
        if !self.rows().iter().any(|row| self.selected.as_deref() == Some(*row)) {
            self.select(place);
        }
    }

    /// Something has arrived that the caller has not read.
    pub(crate) fn add_unread(&mut self, entry: &Entry) {
        self.unread.add(entry);
        self.coming[1].add(entry);
    }

    /// The caller has read it.
    pub(crate) fn read(&mut self, patient_id: &str, entry_ids: &[String]) {
        self.unread.remove(patient_id, entry_ids);
        self.coming[1].remove(patient_id, entry_ids);
    }

    pub(crate) fn learn(&mut self, patient: Patient) {
        let demographics = patient.demographics.unwrap_or_default();
        let who = Who {
            name: demographics.name,
            kana: demographics.name_kana,
            local_identifier: demographics.local_identifier,
            birth_date: demographics.birth_date,
            damaged: patient.damaged,
        };
        self.patients.insert(patient.patient_id, who);
    }

    /// The patient may not be seen any longer.
    pub(crate) fn forget(&mut self, patient_id: &str) {
        self.patients.remove(patient_id);
        self.unread.forget(patient_id);
        self.waiting.forget(patient_id);
    }

    /// Place of the cursor among the rows.
    pub(crate) fn place(&self) -> usize {
        let rows = self.rows();
        let selected = self.selected.as_deref();
        rows.iter().position(|row| Some(*row) == selected).unwrap_or(0)
    }

    /// Puts the cursor on the row of this place, or the last one.
    pub(crate) fn select(&mut self, place: usize) {
        let rows = self.rows();
        let row = rows.get(place).or(rows.last()).map(|row| (*row).to_owned());
        self.selected = row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(patient: &str, id: &str) -> Entry {
        Entry { patient_id: patient.into(), entry_id: id.into(), ..Default::default() }
    }

    #[test]
    fn an_entry_waits_once_and_its_patient_keeps_the_row() {
        let mut waiting = Waiting::default();
        for (patient, id) in [("a", "1"), ("b", "2"), ("a", "1"), ("a", "3")] {
            waiting.add(&entry(patient, id));
        }
        assert_eq!((waiting.count("a"), waiting.count("b"), waiting.count("c")), (2, 1, 0));
        waiting.remove("a", &["1".into(), "3".into()]);
        assert_eq!(waiting.count("a"), 0);
        assert_eq!(waiting.patients().collect::<Vec<_>>(), ["a", "b"]);
        waiting.forget("a");
        assert_eq!(waiting.patients().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn the_cursor_stays_on_its_patient_when_others_come_before() {
        let mut list = List::in_view(View::All);
        let who = |kana: &str| Who { kana: kana.into(), ..Who::default() };
        list.patients.insert("x".into(), who("サトウ"));
        list.select(0);
        list.patients.insert("y".into(), who("アベ"));
        assert_eq!(list.rows(), ["y", "x"]);
        assert_eq!(list.place(), 1);
        list.select(99);
        assert_eq!(list.selected.as_deref(), Some("x"));
    }

    #[test]
    fn views_go_around() {
        assert_eq!(View::Unread.further(1), View::Mentions);
        assert_eq!(View::All.further(1), View::Unread);
        assert_eq!(View::Unread.further(4), View::All);
    }
}
