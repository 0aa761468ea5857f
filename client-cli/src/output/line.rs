//! A line for a person: pieces of text with a style. Colours and neutralising are added where lines are
//! written, so no text reaches a terminal around them.

use crate::output::{
    sanitize::neutral,
    width::{truncate, width, wrap},
};

/// What a piece of text is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// Names and titles.
    Strong,
    /// Ids and other things that are there when looked for.
    Faint,
    /// Headings of tables.
    Heading,
    /// 至急, and errors.
    Alarm,
    /// Not read yet.
    Fresh,
    /// What was searched for.
    Found,
}

impl Style {
    /// Escape sequence that begins the style.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Heading => "\x1b[4m",
            Self::Alarm => "\x1b[1;31m",
            Self::Fresh => "\x1b[1;36m",
            Self::Found => "\x1b[7m",
        }
    }
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line(Vec<(Style, String)>);

impl Line {
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::styled(Style::Plain, text)
    }

    pub(crate) fn styled(style: Style, text: impl Into<String>) -> Self {
        Self::default().and(style, text)
    }

    /// Adds a piece.
    pub(crate) fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// The line further to the right.
    pub(crate) fn indented(mut self, columns: usize) -> Self {
        if columns > 0 && !self.0.is_empty() {
            self.0.insert(0, (Style::Plain, " ".repeat(columns)));
        }
        self
    }

    /// The line in at most so many columns.
    pub(crate) fn truncated(self, columns: usize) -> Self {
        let mut room = columns;
        let mut pieces = Vec::new();
        for (style, text) in self.0 {
            let text = truncate(&neutral(&text), room);
            room = room.saturating_sub(width(&text));
            pieces.push((style, text));
        }
        pieces.retain(|(_, text)| !text.is_empty());
        Self(pieces)
    }

    /// The line in lines of at most so many columns, each piece with its style.
    pub(crate) fn wrapped(&self, columns: usize) -> Vec<Self> {
        let pieces: Vec<(Style, String)> =
            self.0.iter().map(|(style, text)| (*style, neutral(text))).collect();
        let whole: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
        let mut lines = Vec::new();
        let mut at = 0;
        for part in wrap(&whole, columns) {
            // what was left out between the parts is blank
            let start = at + whole[at..].find(&part).unwrap_or(0);
            let end = start + part.len();
            let mut line = Self::default();
            let mut begin = 0;
            for (style, text) in &pieces {
                let range = start.clamp(begin, begin + text.len())..end.clamp(begin, begin + text.len());
                if !range.is_empty() {
                    line = line.and(*style, &whole[range]);
                }
                begin += text.len();
            }
            lines.push(line);
            at = end;
        }
        lines
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pieces in order, not neutralised.
    pub(crate) fn pieces(&self) -> &[(Style, String)] {
        &self.0
    }

    /// The line without the pieces that fit.
    pub(crate) fn without(mut self, fits: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|(_, text)| !fits(text));
        self
    }

    /// The line with other texts in its pieces.
    pub(crate) fn with_texts(mut self, change: impl Fn(String) -> String) -> Self {
        self.0 = self.0.into_iter().map(|(style, text)| (style, change(text))).collect();
        self
    }

    /// The neutralised text without colours.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|(_, text)| neutral(text)).collect()
    }

    /// The neutralised text with colours.
    pub(crate) fn coloured(&self) -> String {
        let mut coloured = String::new();
        for (style, text) in &self.0 {
            let (begin, end) = if *style == Style::Plain { ("", "") } else { (style.code(), "\x1b[0m") };
            coloured.extend([begin, &neutral(text), end]);
        }
        coloured
    }
}
