//! What a watcher prints: events for programs, entries with the patient's name for people. Each is
//! flushed at once.

use std::collections::HashMap;

use renkei_proto::v1::Entry;
use serde_json::{Value, json};

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
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

    pub(crate) async fn entry(&mut self, entry: &Entry, patient_id: &str, seq: i64) -> Result<()> {
        if !self.context.out.is_human() {
            let position = json!({"patient_id": patient_id, "seq": seq});
            return self.event(&json!({"event": "entry", "entry": entry.json(), "position": position}));
        }
        let name = self.name(patient_id).await;
        let mut lines = vec![Line::styled(Style::Strong, format!("■ {name}"))];
        lines.extend(entry::one(self.context.texts, self.context.out, entry, 0));
        self.context.out.lines(&lines)
    }

    /// `news`: it did not begin just because the connection did.
    pub(crate) async fn access_started(&mut self, patient_id: &str, seq: i64, news: bool) -> Result<()> {
        if !self.context.out.is_human() {
            return self.event(&json!({"event": "access_started", "patient_id": patient_id, "seq": seq}));
        }
        if news {
            let name = self.name(patient_id).await;
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
