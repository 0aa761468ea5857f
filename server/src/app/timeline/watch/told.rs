//! How far a stream has come with one patient.

use renkei_domain::Timestamp;
use renkei_domain::id::EntryId;
use renkei_domain::timeline::Entry;
use renkei_store::care_team::Mark;

use super::{Marked, Position, WatchEvent};

/// How far one patient's timeline was sent.
pub(super) struct Timeline {
    /// The last entry and the last mark that the client knows of.
    pub(super) told: Position,
    /// Up to here there is nothing more to send under this epoch; at least `told`.
    pub(super) scanned: Position,
    pub(super) visible: bool,
    pub(super) mark: Mark,
    pub(super) changes_at: Option<Timestamp>,
    /// Place of a mark behind `told` that says more than one thing, and of which entries that was said already.
    pub(super) begun: (i64, Vec<EntryId>),
}

/// Something to be sent.
pub(super) enum News {
    Entry(Box<Entry>),
    Marked(Marked),
}

impl Timeline {
    /// The client knows of this from now on.
    pub(super) fn with(&mut self, news: News) -> WatchEvent {
        match news {
            News::Entry(entry) => {
                (self.told.seq, self.scanned.seq) = (entry.seq, entry.seq);
                WatchEvent::Entry(entry, self.told)
            }
            News::Marked(marked) => {
                if marked.is_last {
                    (self.told.mark, self.scanned.mark) = (marked.place, marked.place);
                    self.begun = (0, Vec::new());
                } else {
                    if self.begun.0 != marked.place {
                        self.begun = (marked.place, Vec::new());
                    }
                    self.begun.1.push(marked.entry);
                }
                WatchEvent::Marked(Box::new(marked), self.told)
            }
        }
    }

    /// Whether the client was told of this before, by a look that came no further. Without asking, a slow client would be
    /// sent the beginning of a mark again and again, and never its end.
    pub(super) fn has_told(&self, news: &News) -> bool {
        let News::Marked(marked) = news else { return false };
        let (place, entries) = &self.begun;
        !marked.is_last && *place == marked.place && entries.contains(&marked.entry)
    }

    /// There is nothing more to send up to what the look saw.
    pub(super) fn has_scanned(&mut self, mark: &Mark) {
        self.scanned.seq = self.scanned.seq.max(mark.head_seq);
        self.scanned.mark = self.scanned.mark.max(mark.head_mark);
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::id::PatientId;
    use renkei_domain::timeline::{Mark as EntryMark, Status};
    use uuid::Uuid;

    use super::*;

    fn marked(place: i64, is_last: bool, entry: u128) -> News {
        News::Marked(Marked {
            place,
            is_last,
            patient: PatientId(Uuid::nil()),
            entry: EntryId(Uuid::from_u128(entry)),
            seq: 1,
            mark: EntryMark::Answered,
            marked_at: Timestamp(0),
            status: Status::Final,
            amended_by: None,
            finalized_at: None,
            is_open: Some(true),
            acknowledged: false,
            read: true,
        })
    }

    fn timeline() -> Timeline {
        let position = Position { seq: 9, mark: 0 };
        let mark = Mark { patient: PatientId(Uuid::nil()), head_seq: 9, head_mark: 0, epoch: 1 };
        Timeline {
            told: position,
            scanned: position,
            visible: true,
            mark,
            changes_at: None,
            begun: (0, Vec::new()),
        }
    }

    /// What a look reads: two answers were taken back, the first of a question that was corrected, and in between
    /// something else was done to the same entries.
    fn behind(place: i64) -> Vec<News> {
        let all = [(4, false, 1), (4, false, 2), (4, true, 3), (5, true, 1), (6, false, 1), (6, true, 4)];
        let left = all.into_iter().filter(|(at, ..)| *at > place);
        left.map(|(at, is_last, entry)| marked(at, is_last, entry)).collect()
    }

    #[test]
    fn whoever_takes_one_thing_a_look_is_told_everything_once_and_in_order() {
        let (mut timeline, mut told) = (timeline(), Vec::new());
        for _ in 0..6 {
            let next = behind(timeline.told.mark).into_iter().find(|news| !timeline.has_told(news));
            let WatchEvent::Marked(marked, position) = timeline.with(next.unwrap()) else { unreachable!() };
            told.push((marked.place, marked.entry.0.as_u128(), position.mark));
        }
        assert_eq!(told, [(4, 1, 0), (4, 2, 0), (4, 3, 4), (5, 1, 5), (6, 1, 5), (6, 4, 6)]);
        assert!(behind(timeline.told.mark).is_empty() && timeline.begun.1.is_empty());
    }

    #[test]
    fn what_ends_a_mark_is_told_even_if_it_was_told_before_as_its_beginning() {
        let mut timeline = timeline();
        timeline.with(marked(4, false, 1));
        assert!(timeline.has_told(&marked(4, false, 1)) && !timeline.has_told(&marked(4, false, 2)));
        assert!(!timeline.has_told(&marked(5, false, 1)), "that is another mark");
        // the access changed, and nothing else of the mark may be told any longer
        assert!(!timeline.has_told(&marked(4, true, 1)));
        timeline.with(marked(4, true, 1));
        assert_eq!((timeline.told.mark, timeline.scanned.mark), (4, 4));
    }
}
