//! What happens to the screen, and what the screen wants done.

use std::time::Instant;

use crossterm::event::KeyEvent;
use renkei_proto::v1::{Entry, EntryMarked, FoundEntry, InboxView, Mention, Patient};

use crate::{draft::Draft, error::Error, text::Message, tui::compose::Target};

/// Something that happens.
#[derive(Debug)]
pub(crate) enum Event {
    Key(KeyEvent, Instant),
    Paste(String, Instant),
    /// Once a second.
    Tick(Instant),
    Answer(Answer),
}

/// What became of something that was wanted.
#[derive(Debug)]
pub(crate) enum Answer {
    Patients {
        entries: Vec<Patient>,
        next: String,
        round: u64,
    },
    Inbox {
        view: InboxView,
        entries: Vec<Entry>,
        next: String,
        round: u64,
    },
    Entries {
        patient_id: String,
        entries: Vec<Entry>,
        next: String,
        is_first: bool,
    },
    Entry(Box<Entry>),
    Read {
        patient_id: String,
        entry_ids: Vec<String>,
    },
    Acknowledged {
        patient_id: String,
        entry_id: String,
        seq: i64,
    },
    /// The entry as it stands since.
    Finalized(Box<Entry>),
    /// Who sits here: UUID of the person.
    Me(String),
    /// Whom the text for this target is addressed to; an error: as before.
    Addressed {
        target: Target,
        typed: String,
        mentions: Result<Vec<Mention>, Error>,
    },
    Found {
        query: String,
        entries: Vec<FoundEntry>,
        next: String,
    },
    /// It is on the disk.
    Kept {
        draft_id: String,
    },
    /// It is not on the disk, and was not sent.
    NotKept {
        draft_id: String,
        error: Error,
    },
    Sent {
        draft_id: String,
        entry: Option<Box<Entry>>,
    },
    /// It stays in the outbox; `is_final`: sending it again as it is would be of no use.
    NotSent {
        draft_id: String,
        error: Error,
        is_final: bool,
    },
    /// What to tell of a file that was opened.
    Opened(Message),
    /// There is no program for the file: where it is.
    Downloaded(Message),
    Watch(Watched),
    /// The audit log is not what it was.
    Alarm(Error),
    Say(Message),
    Failed(Task, Error),
    /// The log-in is over; nothing if it failed.
    LoggedIn,
    /// The form is over.
    Returned,
}

/// What a failure is about, as far as the screen must know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Task {
    /// Who sits here: the server will say whose an entry is.
    Me,
    List,
    /// The page of this patient; the token that it was asked with.
    Entries {
        patient_id: String,
        token: String,
    },
    Read {
        patient_id: String,
    },
    Search,
    /// Something that the person asked for.
    Other,
}

/// What the stream says.
#[derive(Debug)]
pub(crate) enum Watched {
    Online,
    Offline,
    Entry(Box<Entry>),
    /// Something was done to an entry.
    Marked(Box<EntryMarked>),
    /// The stream tells of the patient from behind this place on.
    AccessStarted {
        patient_id: String,
        seq: i64,
    },
    AccessEnded(String),
}

/// Something that is wanted.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Begins to watch, keeps the session alive, looks at the audit log.
    Begin,
    Patients {
        token: String,
        round: u64,
    },
    Inbox {
        view: InboxView,
        token: String,
        round: u64,
    },
    Entries {
        patient_id: String,
        token: String,
    },
    Entry {
        patient_id: String,
        entry_id: String,
    },
    MarkRead {
        patient_id: String,
        entry_ids: Vec<String>,
    },
    Acknowledge {
        patient_id: String,
        entry_id: String,
        seq: i64,
        word: String,
    },
    Finalize {
        patient_id: String,
        entry_id: String,
    },
    /// Who sits here?
    Me,
    /// Looks up whom a text is addressed to.
    Address {
        target: Target,
        typed: String,
    },
    Search {
        patient_id: String,
        query: String,
        token: String,
    },
    /// `is_kept`: it is on the disk from an earlier try.
    Send {
        draft: Box<Draft>,
        is_kept: bool,
    },
    Open {
        patient_id: String,
        attachment_id: String,
    },
    /// Stops everything, ends the session and forgets it.
    Lock,
    /// Stops everything: there is no session.
    Stop,
    /// Leaves the screen to `renkei login`.
    LogIn,
    /// Leaves the screen to `renkei post`, or to `renkei entry correct`, with the form in the editor.
    Form {
        patient_id: String,
        /// UUID of the entry that is corrected.
        corrects: Option<String>,
    },
    /// Draws everything anew.
    Redraw,
    Quit,
}
