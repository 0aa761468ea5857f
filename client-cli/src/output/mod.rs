//! What a command prints: tables and entries for people, JSON for programs. Data goes to standard
//! output, everything else to standard error.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
};

use clap::ValueEnum;
use serde_json::Value;

use crate::{
    error::{Error, Exit, Result},
    output::line::Line,
    text::msg,
};

pub(crate) mod entry;
pub(crate) mod found;
pub(crate) mod json;
pub(crate) mod label;
pub(crate) mod line;
pub(crate) mod notice;
pub(crate) mod qr;
pub(crate) mod sanitize;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod width;

/// The beginning of a UUID that tells it from others made by the server: its time to the millisecond.
/// `renkei consent` takes it for the whole.
pub(crate) fn short_id(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

const SHORT_ID: usize = "0197f0a0-0000".len();

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
    Jsonl,
}

/// Standard output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
    colours: bool,
    /// Columns of a part of the screen.
    columns: Option<usize>,
    /// Somebody else draws on the terminal.
    quiet: bool,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, colours: io::stdout().is_terminal() && colours_wanted(), columns: None, quiet: false }
    }

    /// For a person, in a part of the screen of so many columns.
    pub(crate) fn of_width(columns: usize) -> Self {
        Self { format: Format::Human, colours: false, columns: Some(columns), quiet: false }
    }

    /// For what is done behind the full screen, also while that has lent the terminal: nothing is said beside it.
    pub(crate) fn quiet() -> Self {
        Self { quiet: true, ..Self::new(Format::Human) }
    }

    pub(crate) fn is_quiet(self) -> bool {
        self.quiet
    }

    pub(crate) fn is_human(self) -> bool {
        self.format == Format::Human
    }

    /// Columns of the terminal, as many as a narrow one has where it does not say; `None` where it is not one.
    pub(crate) fn columns(self) -> Option<usize> {
        if self.columns.is_some() {
            return self.columns;
        }
        io::stdout().is_terminal().then(|| {
            terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0))
        })
    }

    /// Rows of the terminal; `None` where it is not one.
    pub(crate) fn rows(self) -> Option<usize> {
        io::stdout()
            .is_terminal()
            .then(|| terminal_size::terminal_size_of(io::stdout()).map(|(_, height)| usize::from(height.0)))
            .flatten()
    }

    /// Prints one result.
    pub(crate) fn one(self, json: Value, human: impl FnOnce() -> Vec<Line>) -> Result<()> {
        match self.format {
            Format::Human => self.lines(&human()),
            Format::Json => write(&format!("{}\n", escaped(&format!("{json:#}")))),
            Format::Jsonl => self.event(&json),
        }
    }

    /// Prints a list: an array, or an object a line.
    pub(crate) fn list(self, json: Vec<Value>, human: impl FnOnce() -> Vec<Line>) -> Result<()> {
        match self.format {
            Format::Human => self.lines(&human()),
            Format::Json => write(&format!("{}\n", escaped(&format!("{:#}", Value::Array(json))))),
            Format::Jsonl => json.iter().try_for_each(|value| self.event(value)),
        }
    }

    /// Prints one object on a line of its own, at once.
    pub(crate) fn event(self, json: &Value) -> Result<()> {
        write(&format!("{}\n", escaped(&json.to_string())))
    }

    /// Prints lines for a person, at once.
    pub(crate) fn lines(self, lines: &[Line]) -> Result<()> {
        let mut text = String::new();
        for line in lines {
            text.push_str(&if self.colours { line.coloured() } else { line.text() });
            text.push('\n');
        }
        write(&text)
    }

    /// Writes bytes as they are: the content of an attachment, a completion script.
    pub(crate) fn raw(self, content: &mut dyn io::Read) -> Result<()> {
        let mut out = io::stdout().lock();
        io::copy(content, &mut out).and_then(|_| out.flush()).map_err(|error| output_error(&error))
    }
}

/// Says something to the person on standard error.
pub(crate) fn note(line: &Line) {
    let colours = io::stderr().is_terminal() && colours_wanted();
    let text = if colours { line.coloured() } else { line.text() };
    // Nobody may be there to read it, which is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether the person wants colours, and the terminal knows them.
pub(crate) fn colours_wanted() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn write(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| output_error(&error))
}

fn output_error(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Error::output_closed();
    }
    Error::new(Exit::LocalFile, msg!("error-output")).detail(error.to_string())
}

/// JSON lets some characters stand as they are that a terminal would obey; as `\u` they mean the same.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\x7f' || sanitize::is_hazardous(c) {
            let mut units = [0; 2];
            safe.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_harmless_on_a_terminal_and_says_the_same() {
        let value = json!({"text": "a\u{9b}2J\u{202e}\u{e0041}\x1b"});
        let safe = escaped(&value.to_string());
        assert!(!safe.chars().any(|c| c.is_control() || sanitize::is_hazardous(c)), "{safe}");
        assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), value);
    }
}
