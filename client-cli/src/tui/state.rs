//! Everything that the screen shows, and nothing of how it came here. [`super::update`] changes it, [`super::view`]
//! draws it.

use std::time::{Duration, Instant};

use ratatui_textarea::TextArea;
use renkei_proto::v1::{AttachmentSummary, FoundEntry};

use crate::{
    draft::Draft,
    error::Error,
    text::Message,
    tui::{
        compose::{Compose, line},
        list::List,
        timeline::Timeline,
    },
};

/// The whole state of the screen.
pub(crate) struct State {
    /// Who sits here, and at which server: known before anything is asked.
    pub(crate) place: Place,
    /// UUID of who sits here, once the server has said it.
    pub(crate) me: Option<String>,
    pub(crate) list: List,
    /// The patient who is open.
    pub(crate) timeline: Option<Timeline>,
    pub(crate) focus: Focus,
    pub(crate) mode: Mode,
    /// Texts that were begun and not sent, the one that is being typed among them.
    pub(crate) typed: Vec<Compose>,
    /// Why entries are retracted: what was begun and not sent, and is not in the line at the bottom.
    pub(crate) reasons: Vec<Reason>,
    /// What was sent and has not arrived.
    pub(crate) outgoing: Vec<Outgoing>,
    pub(crate) link: Link,
    pub(crate) door: Door,
    /// The last thing that was told.
    pub(crate) said: Option<Said>,
    /// What is wrong with the audit log: it stays on the screen.
    pub(crate) alarm: Option<Error>,
    /// When a key was last pressed.
    pub(crate) touched: Instant,
    /// How long nobody may press a key before the screen is locked.
    pub(crate) lock_after: Duration,
}

/// Who and where.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) login_name: String,
    /// Host and port.
    pub(crate) server: String,
}

/// Which half the keys go to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Focus {
    List,
    Timeline,
}

/// What the keys do.
#[derive(Debug)]
pub(crate) enum Mode {
    Normal,
    Help,
    /// The text of this index is being typed.
    Compose(usize),
    Prompt(Box<Prompt>),
    /// What a search found.
    Found(Found),
    /// Something too long for the status line.
    Told(Message),
    /// Whether to finalise this entry.
    Finalize {
        entry_id: String,
        seq: i64,
    },
    /// One of several files is chosen.
    Files(Vec<AttachmentSummary>),
    /// Whether to end although something is unsent.
    Leave,
}

/// A line that is asked for.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) asked: Asked,
    pub(crate) line: TextArea<'static>,
}

/// What a line is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    /// The words of a search.
    Words,
    /// The word with which an entry is acknowledged.
    Word { patient_id: String, entry_id: String, seq: i64 },
    /// Why the text of this index corrects its entry.
    Reason(usize),
    /// Why an entry is retracted.
    Retraction { patient_id: String, entry_id: String, seq: i64 },
    /// Whom the text of this index is addressed to.
    Whom(usize),
}

/// Why an entry is retracted, as far as it was typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reason {
    pub(crate) patient_id: String,
    pub(crate) entry_id: String,
    pub(crate) text: String,
}

impl Prompt {
    /// What was typed.
    pub(crate) fn text(&self) -> String {
        self.line.lines().join(" ").trim().to_owned()
    }
}

impl Asked {
    /// The text that it is asked for, which is open meanwhile.
    fn of(&self) -> Option<usize> {
        match self {
            Self::Reason(at) | Self::Whom(at) => Some(*at),
            Self::Words | Self::Word { .. } | Self::Retraction { .. } => None,
        }
    }
}

impl Mode {
    /// The text that is open.
    pub(crate) fn text(&self) -> Option<usize> {
        match self {
            Self::Compose(at) => Some(*at),
            Self::Prompt(prompt) => prompt.asked.of(),
            _ => None,
        }
    }

    /// What a line was asked from.
    pub(crate) fn before(asked: &Asked) -> Self {
        asked.of().map_or(Self::Normal, Self::Compose)
    }

    /// What stays where the patient is taken off the screen: what is being typed, so that the keys go on into it.
    pub(crate) fn typing(self) -> Self {
        match self {
            Self::Compose(_) | Self::Prompt(_) => self,
            _ => Self::Normal,
        }
    }

    /// Asks for a line, which begins with `text`.
    pub(crate) fn ask(asked: Asked, text: &str) -> Self {
        Self::Prompt(Box::new(Prompt { asked, line: line(text) }))
    }
}

/// What a search found, newest first.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) query: String,
    pub(crate) entries: Vec<FoundEntry>,
    pub(crate) selected: usize,
    pub(crate) is_complete: bool,
}

/// Something on its way. It is on the disk as a draft.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) draft: Draft,
    pub(crate) stage: Stage,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stage {
    /// It is being written to the disk.
    Keeping,
    Sending,
    /// The server could not be reached: it is sent again with the next connection.
    Waiting,
    /// It was refused, and stays in the outbox until the person changes or discards it there.
    Refused,
}

/// The connection, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Link {
    Connecting,
    Online,
    Offline,
}

/// Whether anything of patients may be shown.
#[derive(Clone, Debug)]
pub(crate) enum Door {
    Open,
    /// Nobody has pressed a key for long, or somebody asked for it: the session has ended.
    Locked,
    /// There is no session, or it has ended.
    LoggedOut(Error),
}

impl Door {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

/// Something told in the status line.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Word(Message),
    Error(Error),
}

impl State {
    pub(crate) fn new(place: Place, lock_after: Duration, now: Instant) -> Self {
        Self {
            place,
            me: None,
            list: List::default(),
            timeline: None,
            focus: Focus::List,
            mode: Mode::Normal,
            typed: Vec::new(),
            reasons: Vec::new(),
            outgoing: Vec::new(),
            link: Link::Connecting,
            door: Door::Open,
            said: None,
            alarm: None,
            touched: now,
            lock_after,
        }
    }

    pub(crate) fn say(&mut self, message: Message) {
        self.said = Some(Said::Word(message));
    }

    /// Whether something would be left unsent.
    pub(crate) fn has_unsent(&self) -> bool {
        !self.outgoing.is_empty() || self.begun() > 0
    }

    /// Texts that were begun and not sent. Why one corrects belongs to its text.
    pub(crate) fn begun(&self) -> usize {
        let typed = self.typed.iter().filter(|typed| !typed.is_blank()).count();
        typed + self.reasons.len() + usize::from(self.asked_reason().is_some())
    }

    /// Why an entry is retracted, as it stands in the line at the bottom.
    fn asked_reason(&self) -> Option<Reason> {
        let Mode::Prompt(prompt) = &self.mode else { return None };
        let Asked::Retraction { patient_id, entry_id, .. } = &prompt.asked else { return None };
        let (patient_id, entry_id, text) = (patient_id.clone(), entry_id.clone(), prompt.text());
        (!text.is_empty()).then_some(Reason { patient_id, entry_id, text })
    }

    /// Takes a reason out of the line at the bottom to what was begun: it stands there when it is asked for again. The
    /// line must be left then.
    pub(crate) fn put_aside(&mut self) {
        self.reasons.extend(self.asked_reason());
        if let Mode::Prompt(prompt) = &self.mode
            && let Asked::Reason(at) = prompt.asked
            && let Some(typed) = self.typed.get_mut(at)
        {
            typed.reason = prompt.text();
        }
    }

    /// The open timeline, if it is that patient's.
    pub(crate) fn timeline_of(&mut self, patient_id: &str) -> Option<&mut Timeline> {
        self.timeline.as_mut().filter(|timeline| timeline.patient_id == patient_id)
    }

    /// Takes everything of patients off the screen and out of memory, except what was typed and not sent.
    pub(crate) fn close(&mut self, door: Door) {
        self.list = List::in_view(self.list.view);
        if let Some(timeline) = &mut self.timeline {
            *timeline = Timeline::new(&timeline.patient_id);
        }
        self.mode = match std::mem::replace(&mut self.mode, Mode::Normal) {
            // Whoever comes back is asked nothing unexpected.
            Mode::Prompt(prompt) if prompt.text().is_empty() => Mode::before(&prompt.asked),
            mode => mode.typing(),
        };
        self.me = None;
        self.said = None;
        self.link = Link::Connecting;
        self.door = door;
    }
}
