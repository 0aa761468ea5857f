//! What a watcher prints: events for programs, entries with the patient's name for people. Each is
//! flushed at once.

use std::collections::HashMap;

use renkei_proto::v1::{Entry, EntryMark, EntryMarked, QuestionState, WatchPosition};
use serde_json::{Value, json};

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        label::words,
        line::{Line, Style},
        time,
    },
    text::{Message, msg},
};

/// Prints, and remembers the names of patients.
pub(crate) struct Printer<'a> {
    context: &'a Context<'a>,
    connection: Connection,
    names: HashMap<String, String>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(context: &'a Context<'a>, connection: Connection) -> Self {
        Self { context, connection, names: HashMap::new() }
    }

    pub(crate) async fn entry(&mut self, entry: &Entry, position: &WatchPosition) -> Result<()> {
        if !self.context.out.is_human() {
            let position = position.json();
            return self.event(&json!({"event": "entry", "entry": entry.json(), "position": position}));
        }
        let name = self.name(&position.patient_id).await;
        let mut lines = vec![Line::styled(Style::Strong, format!("■ {name}"))];
        lines.extend(entry::one(self.context.texts, self.context.out, entry, 0));
        self.context.out.lines(&lines)
    }

    /// That something was done to an entry, in a line.
    pub(crate) async fn marked(&mut self, marked: &EntryMarked) -> Result<()> {
        if !self.context.out.is_human() {
            let mut event = json!({"event": "entry_marked"});
            if let (Value::Object(event), Value::Object(fields)) = (&mut event, marked.json()) {
                event.extend(fields);
            }
            return self.event(&event);
        }
        let name = self.name(&marked.patient_id).await;
        let is_open = marked.mark() == EntryMark::Answered && marked.question_state() == QuestionState::Open;
        let what = match is_open {
            true => self.context.texts.get("watch-question-open"),
            false => words::<EntryMark>(self.context.texts, marked.mark),
        };
        let time = time::local(marked.mark_time.as_ref());
        let told = msg!("watch-marked", patient = name, seq = marked.seq, what = what, time = time);
        let id = Line::styled(Style::Faint, format!("  {}", marked.entry_id));
        self.context.out.lines(&[self.context.line(&told), id])
    }

    /// `news`: it did not begin just because the connection did.
    pub(crate) async fn access_started(&mut self, position: &WatchPosition, news: bool) -> Result<()> {
        if !self.context.out.is_human() {
            let mut event = json!({"event": "access_started"});
            if let (Value::Object(event), Value::Object(fields)) = (&mut event, position.json()) {
                event.extend(fields);
            }
            return self.event(&event);
        }
        if news {
            let name = self.name(&position.patient_id).await;
            self.context.out.lines(&[self.context.line(&msg!("watch-access-started", patient = name))])?;
        }
        Ok(())
    }

    pub(crate) fn access_ended(&mut self, patient_id: &str) -> Result<()> {
        if !self.context.out.is_human() {
            return self.event(&json!({"event": "access_ended", "patient_id": patient_id}));
        }
        // The name is not asked for any longer, and not kept.
        let name = self.names.remove(patient_id).unwrap_or_else(|| patient_id.to_owned());
        self.context.out.lines(&[self.context.line(&msg!("watch-access-ended", patient = name))])
    }

    pub(crate) fn connected(&self, again: bool) -> Result<()> {
        if again {
            self.context.note(&msg!("watch-reconnected"));
        }
        self.program(&json!({"event": "connected"}))
    }

    /// The first burst of events is over.
    pub(crate) fn watching(&self, patients: usize) {
        if self.context.out.is_human() {
            self.context.note(&msg!("watch-watching", count = patients));
        }
    }

    pub(crate) fn disconnected(&self, reason: &str) -> Result<()> {
        self.note(&msg!("watch-disconnected", reason = reason));
        self.program(&json!({"event": "disconnected", "reason": reason}))
    }

    fn note(&self, message: &Message) {
        self.context.note(message);
    }

    fn program(&self, event: &Value) -> Result<()> {
        if self.context.out.is_human() { Ok(()) } else { self.event(event) }
    }

    fn event(&self, event: &Value) -> Result<()> {
        self.context.out.event(event)
    }

    /// Asked for once per patient, and only when there is something to say.
    async fn name(&mut self, patient_id: &str) -> String {
        if let Some(name) = self.names.get(patient_id) {
            return name.clone();
        }
        let patient = resolve::get_patient(&self.connection, patient_id).await.ok();
        match patient.and_then(|patient| patient.demographics) {
            Some(demographics) => {
                self.names.insert(patient_id.to_owned(), demographics.name.clone());
                demographics.name
            }
            None => patient_id.to_owned(),
        }
    }
}
