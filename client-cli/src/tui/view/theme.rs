//! How things look: on light and dark ground, and without colours, where weight says it.

use ratatui::{
    style::{Color, Modifier, Style},
    text::{Line, Span},
};

use crate::output::{line, sanitize::neutral};

/// Whether there are colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    pub(crate) colours: bool,
}

impl Theme {
    pub(super) fn style(self, style: line::Style) -> Style {
        let plain = Style::default();
        match style {
            line::Style::Plain => plain,
            line::Style::Strong => plain.add_modifier(Modifier::BOLD),
            line::Style::Faint => plain.add_modifier(Modifier::DIM),
            line::Style::Heading => plain.add_modifier(Modifier::UNDERLINED),
            line::Style::Alarm => self.coloured(Color::Red).add_modifier(Modifier::BOLD),
            line::Style::Fresh => self.coloured(Color::Cyan).add_modifier(Modifier::BOLD),
            line::Style::Found => plain.add_modifier(Modifier::REVERSED),
        }
    }

    /// What is under the cursor of the half that has the keys, or of the other one.
    pub(super) fn cursor(self, has_keys: bool) -> Style {
        let style = Style::default().add_modifier(Modifier::BOLD);
        if has_keys { style.add_modifier(Modifier::REVERSED) } else { style }
    }

    /// A line with its styles, neutralised.
    pub(super) fn line(self, line: &line::Line) -> Line<'static> {
        let spans = line.pieces().iter().map(|(style, text)| Span::styled(neutral(text), self.style(*style)));
        Line::from(spans.collect::<Vec<_>>())
    }

    fn coloured(self, colour: Color) -> Style {
        if self.colours { Style::default().fg(colour) } else { Style::default() }
    }
}
