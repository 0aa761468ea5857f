//! The form of a kind of entry: a text with a section a field, which a person fills in with an editor, and the
//! assignments of `--set`. It follows the description of the kind, so every kind has one.
//!
//! ```text
//! # 区分 ＊: 処方 / 調剤 / 残薬 / 服薬状況
//! [event]
//! 処方
//! ```
//!
//! A line that begins with `# ` is a comment; `#1` is not, because problems are numbered so. `\` before a line that
//! would be a comment or a mark makes it text.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value};
use renkei_proto::v1::{EntryContent, EntryKind};

use crate::{
    error::{Error, Exit, Result},
    output::label,
    reflect::{self, Known},
    text::{Texts, msg},
};

mod coded;
mod list;
mod name;
mod value;

pub(crate) use coded::item_code;

/// What is filled in of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    kind: EntryKind,
    message: DynamicMessage,
}

impl Form {
    /// Nothing is filled in yet.
    ///
    /// # Errors
    ///
    /// For a kind that nobody can post.
    pub(crate) fn blank(kind: EntryKind) -> Result<Self> {
        let unpostable = || {
            let name = label::name::<EntryKind>(kind.into());
            Error::usage(msg!("error-kind-not-posted", kind = name))
        };
        Ok(Self { kind, message: reflect::blank(kind).ok_or_else(unpostable)? })
    }

    /// What a content says: of a template, or of an entry that is corrected.
    pub(crate) fn of(content: &EntryContent) -> Result<Self> {
        let kind = reflect::kind_of(content).unwrap_or_default();
        let mut form = Self::blank(kind)?;
        if let Some((_, said)) = reflect::said(content) {
            form.message = said;
        }
        Ok(form)
    }

    pub(crate) fn kind(&self) -> EntryKind {
        self.kind
    }

    /// Whether nothing is filled in.
    pub(crate) fn is_empty(&self) -> bool {
        self.message.fields().next().is_none()
    }

    /// Whether a content is what the form's own text reads as: nobody changed it.
    pub(crate) fn is_unchanged(&self, texts: &Texts, content: &EntryContent) -> bool {
        let same = Self::read(self.kind, &self.text(texts, "")).and_then(Self::unfinished);
        same.is_ok_and(|same| same == *content)
    }

    /// Does what `FIELD=VALUE` says: sets a field, or adds an item to a list. `FIELD=` leaves it empty.
    pub(crate) fn set(&mut self, assignment: &str) -> Result<()> {
        let wrong = || {
            Error::usage(msg!("error-set", text = assignment)).next(msg!("next-set", fields = self.names()))
        };
        let (name, text) = assignment.split_once(['=', '＝']).ok_or_else(wrong)?;
        let field = name::field(&self.message.descriptor(), name).ok_or_else(wrong)?;
        if !field.is_list() || text.trim().is_empty() {
            return self.put(&field, text);
        }
        for value in list::read(&field, text)? {
            if let Value::List(values) = self.message.get_field_mut(&field) {
                values.push(value);
            }
        }
        Ok(())
    }

    /// The content.
    ///
    /// # Errors
    ///
    /// Names the first field that must be filled in and is not.
    pub(crate) fn content(self) -> Result<EntryContent> {
        check(&self.message)?;
        self.unfinished()
    }

    /// The content, in which what must be filled in may be missing.
    pub(crate) fn unfinished(self) -> Result<EntryContent> {
        let answer = || Error::new(Exit::Other, msg!("error-answer"));
        reflect::content(self.kind, self.message).ok_or_else(answer)
    }

    /// The text to fill in, or to change. `introduction`: lines that stand above it.
    pub(crate) fn text(&self, texts: &Texts, introduction: &str) -> String {
        let mut text = String::new();
        for line in introduction.lines().chain(texts.get("form-rules").lines()) {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        for field in self.message.descriptor().fields() {
            for line in hint(texts, &field).lines() {
                text.push_str(&format!("\n# {line}"));
            }
            text.push_str(&format!("\n[{}]\n", name::mark(&field)));
            if self.message.has_field(&field) {
                text.push_str(&written(texts, &field, &self.message.get_field(&field)));
                text.push('\n');
            }
        }
        text
    }

    /// Reads such a text. A form in which nothing is filled in is empty, not wrong.
    ///
    /// # Errors
    ///
    /// Names what does not read, and what stands in no section.
    pub(crate) fn read(kind: EntryKind, text: &str) -> Result<Self> {
        let mut form = Self::blank(kind)?;
        let described = form.message.descriptor();
        let mut sections: Vec<(FieldDescriptor, String)> = Vec::new();
        for line in text.lines().filter(|line| !is_comment(line)) {
            if let Some(field) = name::marked(&described, line) {
                if sections.iter().any(|(before, _)| *before == field) {
                    let twice = msg!("error-form-twice", field = name::mark(&field));
                    return Err(Error::usage(twice).next(msg!("next-form-twice")));
                }
                sections.push((field, String::new()));
            } else if let Some((_, section)) = sections.last_mut() {
                section.push_str(unescaped(&described, line));
                section.push('\n');
            } else if !line.trim().is_empty() {
                return Err(Error::usage(msg!("error-form-section", text = line.trim())));
            }
        }
        for (field, text) in sections {
            form.put(&field, text.trim())?;
        }
        Ok(form)
    }

    fn put(&mut self, field: &FieldDescriptor, text: &str) -> Result<()> {
        if text.trim().is_empty() {
            self.message.clear_field(field);
            return Ok(());
        }
        let value = if field.is_list() {
            let items = text.lines().filter(|line| !line.trim().is_empty());
            let read = items.map(|line| list::read(field, line)).collect::<Result<Vec<_>>>()?;
            Value::List(read.into_iter().flatten().collect())
        } else {
            value::read(field, text)?
        };
        self.message.set_field(field, value);
        Ok(())
    }

    pub(crate) fn names(&self) -> String {
        let described = self.message.descriptor();
        described.fields().map(|field| field.name().to_owned()).collect::<Vec<_>>().join(", ")
    }
}

/// What must be filled in, after what the interface says of each field.
fn check(message: &DynamicMessage) -> Result<()> {
    for field in message.descriptor().fields() {
        let there = message.has_field(&field);
        // 0 points are a score.
        if !there && name::is_required(&field) && !matches!(field.kind(), Kind::Int32) {
            return Err(Error::usage(msg!("error-form-required", field = name::mark(&field)))
                .next(msg!("next-form-required", field = name::mark(&field))));
        }
        if there && reflect::known(&field).is_none() {
            match &*message.get_field(&field) {
                Value::Message(inner) => check(inner)?,
                Value::List(values) => values.iter().filter_map(Value::as_message).try_for_each(check)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// What a section wants, as the comment above it.
fn hint(texts: &Texts, field: &FieldDescriptor) -> String {
    let mut hint = reflect::field_label(texts, field);
    if name::is_required(field) {
        hint.push_str(&texts.get("form-required"));
    }
    let more = match (field.kind(), reflect::known(field)) {
        _ if field.is_list() => list::hint(texts, field),
        (Kind::Enum(values), _) => {
            let values = values.values().filter(|value| value.number() != 0);
            values.map(|value| value::of_enum(texts, &value)).collect::<Vec<_>>().join(" / ")
        }
        (Kind::Bool, _) => texts.get("form-bool"),
        (_, Some(Known::Timestamp)) => texts.get("form-time"),
        (_, Some(Known::Date)) => texts.get("form-day"),
        (_, Some(Known::Coding)) => texts.get("form-coding"),
        _ => return hint,
    };
    format!("{hint}: {more}")
}

/// What a field holds, as it is typed.
fn written(texts: &Texts, field: &FieldDescriptor, value: &Value) -> String {
    let text = match value {
        Value::List(values) => list::written(texts, field, values),
        value => value::written(texts, field, value),
    };
    let described = field.parent_message();
    let safe = |line: &str| {
        if is_taken(described, line) { format!("\\{line}") } else { line.to_owned() }
    };
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

/// `# `, a lone `#`, and the remarks of the editor.
fn is_comment(line: &str) -> bool {
    line == "#" || line.starts_with("# ") || line.starts_with("#! ")
}

/// Whether a line of text needs a `\` before it.
fn is_taken(described: &MessageDescriptor, line: &str) -> bool {
    is_comment(line) || line.starts_with('\\') || name::marked(described, line).is_some()
}

/// The line without the `\` that made it text; any other `\` is text itself.
fn unescaped<'a>(described: &MessageDescriptor, line: &'a str) -> &'a str {
    line.strip_prefix('\\').filter(|rest| is_taken(described, rest)).unwrap_or(line)
}

#[cfg(test)]
mod tests;
