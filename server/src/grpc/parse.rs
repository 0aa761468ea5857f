//! From fields to domain values. A [`Fields`] collects every violation; nothing stops at the first.

use std::collections::BTreeSet;

use renkei_domain::error::Violation;
use renkei_domain::id::PatientId;
use renkei_domain::identity::Purpose;
use renkei_domain::{Error, Result, Timestamp};
use renkei_proto::v1 as proto;
use uuid::Uuid;

use super::convert;
use crate::app::PageRequest;

/// The answer's headers take 8 KiB.
const VIOLATIONS: usize = 20;

/// Collects what is wrong with a request.
#[derive(Default)]
pub(super) struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    /// Notes a violation. More than a client can be told in its headers are not kept.
    pub(super) fn wrong(&mut self, field: impl Into<String>, description: &'static str) {
        if self.violations.len() == VIOLATIONS {
            return;
        }
        self.violations.push(Violation { field: field.into(), description });
    }

    /// The values are good if nothing was noted.
    pub(super) fn finish<T>(self, value: T) -> Result<T> {
        if self.violations.is_empty() { Ok(value) } else { Err(Error::invalid(self.violations)) }
    }

    /// A required UUID. The value is a placeholder if it is wrong: [`Self::finish`] refuses it.
    pub(super) fn uuid(&mut self, field: &str, text: &str) -> Uuid {
        // the hyphenated form only, so that one id has one spelling
        match Uuid::try_parse(text) {
            Ok(id) if text.len() == 36 && !id.is_nil() && !id.is_max() => id,
            _ => {
                self.wrong(field, "must be a UUID like 01890a5d-ac96-774b-bcce-b302099a8057");
                Uuid::nil()
            }
        }
    }

    /// A UUID that may be left out.
    pub(super) fn optional_uuid(&mut self, field: &str, text: &str) -> Option<Uuid> {
        (!text.is_empty()).then(|| self.uuid(field, text))
    }

    /// Several UUIDs, each once.
    pub(super) fn uuids(&mut self, field: &str, texts: &[String], most: usize) -> Vec<Uuid> {
        if texts.len() > most {
            self.wrong(field, "has too many items");
            return Vec::new();
        }
        let ids: Vec<Uuid> =
            texts.iter().enumerate().map(|(i, text)| self.uuid(&format!("{field}[{i}]"), text)).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() != ids.len() {
            self.wrong(field, "must hold each id once");
        }
        ids
    }

    /// Several values of an enum, each once: those that `from` knows.
    pub(super) fn values<T: Ord>(
        &mut self,
        field: &str,
        values: &[i32],
        from: impl Fn(i32) -> Option<T>,
    ) -> BTreeSet<T> {
        let mut known = BTreeSet::new();
        // no enum has a hundred values, so that more than these cannot be right
        for (i, value) in values.iter().enumerate().take(100) {
            if !from(*value).is_some_and(|value| known.insert(value)) {
                self.wrong(format!("{field}[{i}]"), "must be a known value that is valid here, each once");
            }
        }
        known
    }

    /// One line of text with `least` to `most` characters, trimmed, without control characters.
    pub(super) fn line(&mut self, field: &str, text: &str, least: usize, most: usize) -> String {
        let text = text.trim();
        if text.chars().any(|c| c.is_control() || turns_or_breaks(c)) {
            self.wrong(field, "must not contain control characters");
        }
        self.length(field, text, least, most);
        text.to_owned()
    }

    /// The name of a file as its uploader gave it, which is cleaned when the file is accepted.
    pub(super) fn file_name(&mut self, field: &str, name: &str) -> String {
        if name.contains(['/', '\\']) || name == "." || name == ".." {
            self.wrong(field, "must be a name without a path");
        } else if name.contains(char::is_control) {
            self.wrong(field, "must not contain control characters");
        }
        self.length(field, name, 1, 255);
        name.to_owned()
    }

    /// Text with line breaks, kept as it was written.
    pub(super) fn text(&mut self, field: &str, text: String, most: usize) -> String {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(field, "must not contain control characters other than line breaks and tabs");
        }
        self.length(field, &text, 0, most);
        text
    }

    /// The same, which must say something.
    pub(super) fn required_text(&mut self, field: &str, text: String, most: usize) -> String {
        if text.trim().is_empty() {
            self.wrong(field, "must not be empty");
        }
        self.text(field, text, most)
    }

    /// What a session is for: treatment, unless another purpose is named, which is never an emergency.
    pub(super) fn session_purpose(&mut self, purpose: i32) -> Purpose {
        let named = convert::from_named_purpose(purpose);
        if named.is_none() && purpose != 0 {
            self.wrong("purpose", "must be a known purpose other than EMERGENCY, or be left out");
        }
        named.unwrap_or(Purpose::Treatment)
    }

    /// A password. What it must be to be set is decided where it is set.
    pub(super) fn password(&mut self, field: &str, password: &str) {
        if password.is_empty() || password.chars().count() > 256 {
            self.wrong(field, "must have 1 to 256 characters");
        }
    }

    fn length(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if length < least {
            self.wrong(field, if length == 0 { "must not be empty" } else { "is too short" });
        } else if length > most {
            self.wrong(field, "is too long");
        }
    }

    /// A point in time that may be left out.
    pub(super) fn time(&mut self, field: &str, time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        let time = time?;
        let parsed = Timestamp::from_parts(time.seconds, time.nanos);
        // years 1 to 9999, as the proto type allows
        let sane = parsed.filter(|_| (-62_135_596_800..253_402_300_800).contains(&time.seconds));
        if sane.is_none() {
            self.wrong(field, "must be a valid time");
        }
        sane
    }

    /// Start and end of a period, where each may be left out.
    pub(super) fn period(
        &mut self,
        field: &str,
        period: Option<proto::Period>,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        let period = period.unwrap_or_default();
        let start = self.time(&format!("{field}.start"), period.start);
        let end = self.time(&format!("{field}.end"), period.end);
        if let (Some(start), Some(end)) = (start, end)
            && end <= start
        {
            self.wrong(format!("{field}.end"), "must be later than the start");
        }
        (start, end)
    }

    /// A required calendar day. The value is a placeholder, before every other day, if it is wrong.
    pub(super) fn date(&mut self, field: &str, date: Option<proto::Date>) -> jiff::civil::Date {
        self.optional_date(field, Some(date.unwrap_or_default())).unwrap_or(jiff::civil::Date::ZERO)
    }

    /// A calendar day that may be left out.
    pub(super) fn optional_date(
        &mut self,
        field: &str,
        date: Option<proto::Date>,
    ) -> Option<jiff::civil::Date> {
        let date = date?;
        let day = || {
            let year = i16::try_from(date.year).ok().filter(|year| *year >= 1868)?;
            jiff::civil::Date::new(year, date.month.try_into().ok()?, date.day.try_into().ok()?).ok()
        };
        let parsed = day();
        if parsed.is_none() {
            self.wrong(field, "must be a calendar day of the year 1868 or later");
        }
        parsed
    }

    /// A day that cannot be later than tomorrow, by the server's clock.
    pub(super) fn not_ahead(&mut self, field: &str, day: Option<jiff::civil::Date>, now: Timestamp) {
        if day.is_some_and(|day| day > tomorrow(now)) {
            self.wrong(field, "must not be later than tomorrow");
        }
    }

    /// How many leaves a log has: 0 or more.
    pub(super) fn size(&mut self, field: &str, size: i64) -> u64 {
        u64::try_from(size).unwrap_or_else(|_| {
            self.wrong(field, "must not be negative");
            0
        })
    }

    /// Cuts the page size to what the method gives.
    pub(super) fn page(&mut self, size: i32, token: String, usual: i64, most: i64) -> PageRequest {
        if size < 0 {
            self.wrong("page_size", "must not be negative");
        }
        let size = if size == 0 { usual } else { i64::from(size).min(most) };
        PageRequest { size, token }
    }
}

/// Characters that make a name look like another one: directions of writing, line and paragraph breaks.
fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The page of a list that has no other field.
pub(super) fn page(size: i32, token: String, usual: i64, most: i64) -> Result<PageRequest> {
    let mut fields = Fields::default();
    let page = fields.page(size, token, usual, most);
    fields.finish(page)
}

/// The page of a list that is of one patient.
pub(super) fn page_of(
    patient: &str,
    size: i32,
    token: String,
    usual: i64,
    most: i64,
) -> Result<(PatientId, PageRequest)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", patient));
    let page = fields.page(size, token, usual, most);
    fields.finish((patient, page))
}

/// The day after today in UTC, so that no zone's today is later.
fn tomorrow(now: Timestamp) -> jiff::civil::Date {
    let instant = jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::MAX);
    jiff::tz::Offset::UTC.to_datetime(instant).date().saturating_add(jiff::Span::new().days(1))
}

/// The fields that a request is refused for.
#[cfg(test)]
pub(super) fn violated<T>(parsed: Result<T>) -> Vec<String> {
    let error = parsed.err().expect("the request was taken");
    error.violations().iter().map(|violation| violation.field.clone()).collect()
}

/// What was made of a request that breaks no rule.
#[cfg(test)]
pub(super) fn taken<T>(parsed: Result<T>) -> T {
    parsed.unwrap_or_else(|error| panic!("the request was refused: {:?}", error.violations()))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
