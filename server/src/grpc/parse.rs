//! From fields to domain values. A [`Fields`] collects every violation; nothing stops at the first.

use renkei_domain::error::Violation;
use renkei_domain::{Error, Result, Timestamp};
use renkei_proto::v1 as proto;
use uuid::Uuid;

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

    /// One line of text with `least` to `most` characters, trimmed, without control characters.
    pub(super) fn line(&mut self, field: &str, text: &str, least: usize, most: usize) -> String {
        let text = text.trim();
        if text.chars().any(|c| c.is_control() || turns_or_breaks(c)) {
            self.wrong(field, "must not contain control characters");
        }
        self.length(field, text, least, most);
        text.to_owned()
    }

    /// Text with line breaks, kept as it was written.
    pub(super) fn text(&mut self, field: &str, text: String, most: usize) -> String {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(field, "must not contain control characters other than line breaks and tabs");
        }
        self.length(field, &text, 0, most);
        text
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

    /// A calendar day.
    pub(super) fn date(&mut self, field: &str, date: Option<proto::Date>) -> jiff::civil::Date {
        let parsed = date.and_then(|date| {
            let year = i16::try_from(date.year).ok().filter(|year| *year >= 1868)?;
            jiff::civil::Date::new(year, date.month.try_into().ok()?, date.day.try_into().ok()?).ok()
        });
        parsed.unwrap_or_else(|| {
            self.wrong(field, "must be a calendar day of the year 1868 or later");
            jiff::civil::Date::ZERO
        })
    }
}

/// Characters that make a name look like another one: directions of writing, line and paragraph breaks.
fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cuts the page size to what the method gives.
pub(super) fn page(size: i32, token: String, usual: i64, most: i64) -> Result<PageRequest> {
    let size = match i64::from(size) {
        0 => usual,
        size if size < 0 => return Err(Error::invalid_field("page_size", "must not be negative")),
        size => size.min(most),
    };
    Ok(PageRequest { size, token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_reported_at_once() {
        let mut fields = Fields::default();
        fields.uuid("a", "nonsense");
        fields.line("b", "", 1, 5);
        fields.line("c", "one\u{1b}[2J", 1, 50);
        fields.date("d", Some(proto::Date { year: 2026, month: 2, day: 30 }));
        let error = fields.finish(()).unwrap_err();
        let named: Vec<&str> = error.violations().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(named, ["a", "b", "c", "d"]);
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        let mut fields = Fields::default();
        fields.line("name", "訪問看護師", 1, 5);
        assert!(fields.finish(()).is_ok());
    }

    #[test]
    fn a_name_cannot_hide_its_ending() {
        let mut fields = Fields::default();
        fields.line("file_name", "photo\u{202e}gpj.exe", 1, 50);
        assert!(fields.finish(()).is_err());
    }

    #[test]
    fn an_id_has_one_spelling() {
        let mut fields = Fields::default();
        fields.uuid("id", "01890A5DAC96774BBCCEB302099A8057");
        assert!(fields.finish(()).is_err());
    }
}
