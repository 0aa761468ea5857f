//! The right half: the entries of one patient, where one stands in them, and which of them were on the screen.

use std::collections::{BTreeMap, BTreeSet};

use renkei_proto::v1::{Entry, EntryMarked};

use crate::tui::sheet::Sheet;

/// The state of the right half.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// UUID.
    pub(crate) patient_id: String,
    /// By `seq`.
    pub(crate) entries: BTreeMap<i64, Entry>,
    pub(crate) older: Older,
    /// `seq` of the entry under the cursor.
    pub(crate) selected: Option<i64>,
    anchor: Anchor,
    /// Older pages are fetched until this entry is there.
    pub(crate) goal: Option<i64>,
    /// Is brought into sight with the next layout.
    reveal: Option<i64>,
    /// What the view laid out last.
    pub(crate) sheet: Sheet,
    /// What was on the screen at the last tick.
    seen: BTreeSet<i64>,
    /// The server is being told what was read.
    pub(crate) is_marking: bool,
}

/// What lies before the entries that are there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Older {
    /// Nothing has arrived yet; this is the first page's turn.
    Unasked,
    Loading,
    /// Token of the next page.
    More(String),
    /// The page of this token, or the first, could not be fetched: tried again when somebody looks for it.
    Failed(String),
    End,
}

/// The first line in sight, said so that it stays when others come before it or the width changes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Anchor {
    Bottom,
    At { seq: i64, line: usize },
}

impl Timeline {
    pub(crate) fn new(patient_id: &str) -> Self {
        Self {
            patient_id: patient_id.to_owned(),
            entries: BTreeMap::new(),
            older: Older::Unasked,
            selected: None,
            anchor: Anchor::Bottom,
            goal: None,
            reveal: None,
            sheet: Sheet::default(),
            seen: BTreeSet::new(),
            is_marking: false,
        }
    }

    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.entries.get(&self.selected?)
    }

    pub(crate) fn by_id(&self, entry_id: &str) -> Option<&Entry> {
        self.entries.values().find(|entry| entry.entry_id == entry_id)
    }

    /// Takes a page. Entries that arrived otherwise meanwhile are replaced: the page is newer. A first page that is
    /// fetched again says nothing of how far one has come.
    pub(crate) fn add_page(&mut self, entries: Vec<Entry>, next: String, is_first: bool) {
        if !is_first || self.entries.is_empty() {
            self.older = if next.is_empty() { Older::End } else { Older::More(next) };
        }
        self.entries.extend(entries.into_iter().map(|entry| (entry.seq, entry)));
        self.sheet.forget_all();
        if let Some(goal) = self.goal
            && (self.entries.contains_key(&goal) || self.older == Older::End)
        {
            self.goal = None;
            self.select(goal);
        }
    }

    /// Takes an entry as it stands now. One that arrives never takes the cursor: only a key moves it, so that what the
    /// next key does is done to the entry that was looked at. At the end the view goes on to what arrives, as far as the
    /// entry under the cursor stays in sight.
    pub(crate) fn put(&mut self, entry: Entry) {
        let seq = entry.seq;
        let is_at_bottom = self.is_at_bottom();
        let is_new = self.entries.insert(seq, entry).is_none();
        self.sheet.forget(seq);
        if is_new && is_at_bottom {
            self.anchor = Anchor::Bottom;
        }
        // The first of all stands where nothing could be taken for it.
        if self.selected.is_none() && self.older == Older::End {
            self.selected = Some(seq);
        }
    }

    /// Takes how an entry stands now, if it is there.
    pub(crate) fn mark(&mut self, marked: &EntryMarked) {
        let Some(entry) = self.entries.values_mut().find(|entry| entry.entry_id == marked.entry_id) else {
            return;
        };
        entry.status = marked.status;
        entry.amended_by_entry_id.clone_from(&marked.amended_by_entry_id);
        if let Some(responsible) = &mut entry.responsible {
            responsible.finalize_time = marked.finalize_time;
        }
        entry.question_state = marked.question_state;
        entry.acknowledged = marked.acknowledged;
        entry.read |= marked.read;
        self.sheet.forget(entry.seq);
    }

    /// What could not be fetched is wanted again.
    pub(crate) fn try_again(&mut self) {
        if let Older::Failed(token) = &mut self.older {
            let token = std::mem::take(token);
            self.older = if token.is_empty() { Older::Unasked } else { Older::More(token) };
        }
    }

    pub(crate) fn newest(&self) -> Option<i64> {
        self.entries.keys().next_back().copied()
    }

    /// Puts the cursor on an entry, and brings it into sight with the next layout.
    pub(crate) fn select(&mut self, seq: i64) {
        self.selected = self.entries.contains_key(&seq).then_some(seq).or_else(|| self.newest());
        self.reveal = self.selected;
    }

    /// Goes to an entry, wherever it is: older pages are fetched until it is there.
    pub(crate) fn go_to(&mut self, seq: i64) {
        if self.entries.contains_key(&seq) {
            self.select(seq);
        } else {
            self.goal = Some(seq);
        }
    }

    /// One entry, or one line where an entry is higher than the screen.
    pub(crate) fn step(&mut self, down: bool) {
        self.reveal = None;
        let Some(selected) = self.selected.or_else(|| self.newest()) else { return };
        let (top, height) = (self.top(), self.sheet.height());
        let (start, end) = self.sheet.range(selected);
        if down && end > top + height {
            return self.scroll_to(top + 1);
        }
        if !down && start < top {
            return self.scroll_to(top - 1);
        }
        let next = if down {
            self.entries.range(selected + 1..).next()
        } else {
            self.entries.range(..selected).next_back()
        };
        self.selected = Some(next.map_or(selected, |(seq, _)| *seq));
        if let Some(seq) = self.selected {
            self.show(seq, down);
        }
    }

    /// A screen up or down. The cursor goes along.
    pub(crate) fn page(&mut self, down: bool) {
        self.reveal = None;
        let most = self.sheet.height().saturating_sub(1).max(1);
        let top = if down { self.top() + most } else { self.top().saturating_sub(most) };
        self.scroll_to(top);
        let at = if down { self.top() + self.sheet.height().saturating_sub(1) } else { self.top() };
        self.selected = self.sheet.at(at).map(|(seq, _)| seq).or(self.selected);
    }

    /// The oldest that is there, or the newest.
    pub(crate) fn end(&mut self, down: bool) {
        self.reveal = None;
        self.selected = if down { self.newest() } else { self.entries.keys().next().copied() };
        if down {
            self.anchor = Anchor::Bottom;
        } else if let Some(seq) = self.selected {
            self.anchor = Anchor::At { seq, line: 0 };
        }
    }

    /// Whether older entries should be fetched: one is near the first, or looks for one.
    pub(crate) fn wants_older(&self) -> bool {
        match self.older {
            Older::Unasked => true,
            Older::Loading | Older::Failed(_) | Older::End => false,
            Older::More(_) => {
                let is_laid_out = self.sheet.len() == self.entries.len();
                self.goal.is_some() || is_laid_out && self.top() < self.sheet.height()
            }
        }
    }

    fn is_at_bottom(&self) -> bool {
        self.top() + self.sheet.height() >= self.sheet.total()
    }

    /// First line in sight.
    pub(crate) fn top(&self) -> usize {
        let last = self.sheet.total().saturating_sub(self.sheet.height());
        match self.anchor {
            Anchor::Bottom => last,
            Anchor::At { seq, line } => (self.sheet.range(seq).0 + line).min(last),
        }
    }

    /// The view has laid out the entries: what was to be brought into sight is.
    pub(crate) fn laid_out(&mut self) {
        if let Some(seq) = self.reveal.take() {
            self.show(seq, false);
        }
        self.hold();
        let top = self.top();
        self.sheet.note_shown(top);
    }

    /// Entries that the person had in sight since the last tick and has not read. Called with each tick.
    pub(crate) fn read_meanwhile(&mut self) -> Vec<String> {
        let shown = self.sheet.shown().clone();
        let lasting = shown.intersection(&self.seen).filter_map(|seq| self.entries.get(seq));
        // Nobody has read what does not open.
        let unread = lasting.filter(|entry| !entry.read && !entry.damaged);
        let ids = unread.map(|entry| entry.entry_id.clone()).collect();
        self.seen = shown;
        ids
    }

    pub(crate) fn mark_read(&mut self, entry_ids: &[String]) {
        for entry in self.entries.values_mut().filter(|entry| entry_ids.contains(&entry.entry_id)) {
            entry.read = true;
            self.sheet.forget(entry.seq);
        }
    }

    fn scroll_to(&mut self, top: usize) {
        let last = self.sheet.total().saturating_sub(self.sheet.height());
        self.anchor = match self.sheet.at(top) {
            Some((seq, line)) if top < last => Anchor::At { seq, line },
            _ => Anchor::Bottom,
        };
    }

    /// At the end the entry under the cursor is not scrolled away: of one that is higher than the screen the end stays.
    fn hold(&mut self) {
        let Some(seq) = self.selected.filter(|_| self.anchor == Anchor::Bottom) else { return };
        let (start, end) = self.sheet.range(seq);
        let first = start.max(end.saturating_sub(self.sheet.height()));
        if first < self.top() {
            self.scroll_to(first);
        }
    }

    /// Scrolls as little as needed. Of what is higher than the screen the beginning is shown, or the end if one comes
    /// from below.
    fn show(&mut self, seq: i64, from_above: bool) {
        let (start, end) = self.sheet.range(seq);
        let (top, height) = (self.top(), self.sheet.height());
        if end - start > height {
            self.scroll_to(if from_above { start } else { end - height });
        } else if start < top {
            self.scroll_to(start);
        } else if end > top + height {
            self.scroll_to(end - height);
        }
    }
}

#[cfg(test)]
mod tests;
