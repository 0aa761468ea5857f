//! Reads one message of an entry's content after the other, and knows where it is and how strict to be.

use std::time::Duration;

use jiff::civil::Date;
use renkei_domain::Timestamp;
use renkei_domain::timeline::{Coding, Quantity};
use renkei_proto::v1 as proto;

use crate::grpc::parse::Fields;

/// Characters of a text, for example a part of a note.
const MAX_TEXT: usize = 20_000;
/// Characters of a single line, for example a name.
const MAX_LINE: usize = 200;
/// What is told of cannot be later than this; some clocks are a little wrong.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// What an entry is posted with.
#[derive(Clone, Copy)]
pub(super) struct Posted {
    /// The server's time.
    pub(super) now: Timestamp,
    /// How many files it has.
    pub(super) files: usize,
}

/// Notes every violation in `fields`. A required text or line that is wrong reads as it is; what else is required
/// and wrong reads as absent.
pub(super) struct Parser<'a> {
    fields: &'a mut Fields,
    /// Of the message that is read.
    path: String,
    /// Absent: a template is read. It may lack what is required, and has the same bounds.
    posted: Option<Posted>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(fields: &'a mut Fields, path: &str, posted: Option<Posted>) -> Self {
        Self { fields, path: path.to_owned(), posted }
    }

    /// Reads the message that stands at `name`.
    pub(super) fn at<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path = self.path(name);
        let value = read(self);
        self.path.truncate(length);
        value
    }

    fn path(&self, name: &str) -> String {
        if name.is_empty() { self.path.clone() } else { format!("{}.{name}", self.path) }
    }

    /// Notes a violation of a field, or with an empty name of the message that is read.
    pub(super) fn wrong(&mut self, name: &str, description: &'static str) {
        self.fields.wrong(self.path(name), description);
    }

    /// Notes a violation unless `there`, which a template does not want.
    pub(super) fn wants(&mut self, there: bool, name: &str, description: &'static str) {
        if !there && self.posted.is_some() {
            self.wrong(name, description);
        }
    }

    /// Whether a file comes with it.
    pub(super) fn has_file(&self) -> bool {
        self.posted.is_some_and(|posted| posted.files > 0)
    }

    /// An entry that wants a file has none: a violation of the request, not of its content.
    pub(super) fn wants_file(&mut self) {
        if self.posted.is_some() && !self.has_file() {
            self.fields.wrong("attachment_ids", "must not be empty with this kind of entry");
        }
    }

    /// A text that may be left out. White space alone says nothing.
    pub(super) fn text(&mut self, name: &str, text: &str) -> String {
        let text = self.fields.text(&self.path(name), text.to_owned(), MAX_TEXT);
        if text.trim().is_empty() { String::new() } else { text }
    }

    pub(super) fn required_text(&mut self, name: &str, text: &str) -> String {
        let text = self.text(name, text);
        self.wants(!text.is_empty(), name, "must not be empty");
        text
    }

    /// A line that may be left out.
    pub(super) fn line(&mut self, name: &str, line: &str) -> String {
        self.line_of(name, line, MAX_LINE)
    }

    pub(super) fn line_of(&mut self, name: &str, line: &str, most: usize) -> String {
        self.fields.line(&self.path(name), line, 0, most)
    }

    pub(super) fn required_line(&mut self, name: &str, line: &str) -> String {
        self.required_line_of(name, line, MAX_LINE)
    }

    fn required_line_of(&mut self, name: &str, line: &str, most: usize) -> String {
        let line = self.line_of(name, line, most);
        self.wants(!line.is_empty(), name, "must not be empty");
        line
    }

    /// A number that may be left out, which is 0.
    pub(super) fn number(&mut self, name: &str, number: i32, most: u16) -> Option<u16> {
        let known = u16::try_from(number).ok().filter(|number| *number <= most);
        if known.is_none() {
            self.wrong(name, "must not be negative or so large");
        }
        known.filter(|number| *number > 0)
    }

    /// A value of an enum that may be left out.
    pub(super) fn value<T>(&mut self, name: &str, value: i32, from: impl Fn(i32) -> Option<T>) -> Option<T> {
        let known = from(value);
        if known.is_none() && value != 0 {
            self.wrong(name, "must be a known value, or be left out");
        }
        known
    }

    pub(super) fn required_value<T>(
        &mut self,
        name: &str,
        value: i32,
        from: impl Fn(i32) -> Option<T>,
    ) -> Option<T> {
        if value == 0 {
            self.wants(false, name, "is required");
            return None;
        }
        self.value(name, value, from)
    }

    /// A time that may be left out.
    pub(super) fn time(&mut self, name: &str, time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        self.fields.time(&self.path(name), time)
    }

    /// A time that may be left out, of what was already.
    pub(super) fn past(&mut self, name: &str, time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        let time = self.time(name, time)?;
        if self.posted.is_some_and(|posted| time > posted.now.after(AHEAD)) {
            self.wrong(name, "must not be later than a day ahead");
        }
        Some(time)
    }

    pub(super) fn required_past(
        &mut self,
        name: &str,
        time: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        self.wants(time.is_some(), name, "is required");
        self.past(name, time)
    }

    /// A day that may be left out.
    pub(super) fn date(&mut self, name: &str, date: Option<proto::Date>) -> Option<Date> {
        self.fields.optional_date(&self.path(name), date)
    }

    /// A day that may be left out, of what was already.
    pub(super) fn past_date(&mut self, name: &str, date: Option<proto::Date>) -> Option<Date> {
        let date = self.date(name, date);
        if let Some(posted) = self.posted {
            self.fields.not_ahead(&self.path(name), date, posted.now);
        }
        date
    }

    pub(super) fn required_date(&mut self, name: &str, date: Option<proto::Date>) -> Option<Date> {
        self.wants(date.is_some(), name, "is required");
        self.date(name, date)
    }

    /// The day at `name` is not before the first.
    pub(super) fn in_order(&mut self, first: Option<Date>, name: &str, last: Option<Date>) {
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            self.wrong(name, "must not be before the first day");
        }
    }

    /// Items, of which there may be none.
    pub(super) fn items<P, T>(
        &mut self,
        name: &str,
        items: &[P],
        most: usize,
        mut read: impl FnMut(&mut Self, &P) -> T,
    ) -> Vec<T> {
        if items.len() > most {
            self.wrong(name, "has too many items");
        }
        let read = |(i, item)| self.at(&format!("{name}[{i}]"), |parser| read(parser, item));
        items.iter().take(most).enumerate().map(read).collect()
    }

    pub(super) fn required_items<P, T>(
        &mut self,
        name: &str,
        items: &[P],
        most: usize,
        read: impl FnMut(&mut Self, &P) -> T,
    ) -> Vec<T> {
        self.wants(!items.is_empty(), name, "must not be empty");
        self.items(name, items, most, read)
    }

    /// A code that may be left out.
    pub(super) fn coding(&mut self, name: &str, coding: Option<&proto::Coding>) -> Option<Coding> {
        let proto::Coding { system, code, display } = coding?;
        Some(self.at(name, |parser| Coding {
            system: parser.required_line("system", system),
            code: parser.required_line_of("code", code, 64),
            display: parser.line("display", display),
        }))
    }

    pub(super) fn required_coding(&mut self, name: &str, coding: Option<&proto::Coding>) -> Coding {
        self.coding(name, Some(coding.unwrap_or(&proto::Coding::default()))).unwrap_or_default()
    }

    /// An amount that may be left out.
    pub(super) fn quantity(&mut self, name: &str, quantity: Option<&proto::Quantity>) -> Option<Quantity> {
        let proto::Quantity { value, unit } = quantity?;
        Some(self.at(name, |parser| {
            parser.wants(!value.is_empty(), "value", "must not be empty");
            Quantity {
                value: parser.decimal("value", value),
                unit: parser.required_line_of("unit", unit, 32),
            }
        }))
    }

    pub(super) fn required_quantity(&mut self, name: &str, quantity: Option<&proto::Quantity>) -> Quantity {
        self.quantity(name, Some(quantity.unwrap_or(&proto::Quantity::default()))).unwrap_or_default()
    }

    /// A decimal that may be left out, kept exactly as written.
    pub(super) fn decimal(&mut self, name: &str, decimal: &str) -> String {
        if !decimal.is_empty() && !is_decimal(decimal) {
            self.wrong(name, "must be a decimal like 36.8, at most 24 characters");
        }
        decimal.to_owned()
    }
}

pub(super) fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    text.len() <= 24
        && match unsigned.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(unsigned),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        assert!(["36.8", "-1", "120", "0.00"].into_iter().all(is_decimal));
        assert!(
            ["", ".", "1.", ".5", "1e5", "NaN", "１２", "--1", "1234567890123456789012345"]
                .into_iter()
                .all(|text| !is_decimal(text))
        );
    }
}
