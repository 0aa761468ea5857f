//! Where texts are typed: the box for messages and the line for a word. The terminal's own cursor stands where the
//! next letter goes, because input methods show their candidates there.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use ratatui_textarea::TextArea;

use crate::{
    output::{
        line::{Line, Style},
        width,
    },
    text::msg,
    tui::{
        compose::Compose,
        state::{Asked, Prompt},
        view::{Look, cells, put},
    },
};

pub(super) fn message(frame: &mut Frame<'_>, look: Look<'_>, typed: &Compose, area: Rect) {
    let texts = look.texts;
    let label = match &typed.target.reply_to {
        None => texts.get("tui-new-message"),
        Some(reply) => texts.format(&msg!("tui-reply-to", seq = reply.seq, author = reply.author)),
    };
    let urgent = if typed.urgent { format!("{} ", texts.get("entry-urgent")) } else { String::new() };
    let label = width::truncate(&label, usize::from(area.width).saturating_sub(13));
    let used = 4 + width::width(&label) + width::width(&urgent);
    let line = Line::styled(Style::Faint, "── ")
        .and(Style::Strong, label)
        .and(Style::Plain, " ")
        .and(Style::Alarm, urgent)
        .and(Style::Faint, "─".repeat(usize::from(area.width).saturating_sub(used)));
    put(frame, look, Rect { height: 1, ..area }, &line);
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    typing(frame, &typed.area, inner);
}

pub(super) fn prompt(frame: &mut Frame<'_>, look: Look<'_>, prompt: &Prompt, area: Rect) {
    let label = match &prompt.asked {
        Asked::Words => look.texts.get("tui-ask-words"),
        Asked::Word { seq, .. } => look.texts.format(&msg!("tui-ask-word", seq = seq)),
    };
    let label = format!(" {label} ");
    let used = u16::try_from(width::width(&label)).unwrap_or(u16::MAX).min(area.width / 2);
    put(frame, look, Rect { width: used, ..area }, &Line::styled(Style::Strong, label));
    typing(frame, &prompt.line, Rect { x: area.x + used, width: area.width - used, ..area });
}

fn typing(frame: &mut Frame<'_>, typed: &TextArea<'_>, area: Rect) {
    frame.render_widget(typed, area);
    cells::mend(frame.buffer_mut(), area);
    let (cursor, (top, left)) = (typed.screen_cursor(), typed.scroll_offset());
    let at = |place: usize, from: u16, room: u16| {
        let place = u16::try_from(place).unwrap_or(u16::MAX).saturating_sub(from);
        place.min(room.saturating_sub(1))
    };
    let (x, y) = (at(cursor.col, left, area.width), at(cursor.row, top, area.height));
    frame.set_cursor_position(Position { x: area.x + x, y: area.y + y });
}
