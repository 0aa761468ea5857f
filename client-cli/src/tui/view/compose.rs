//! Where texts are typed: the box for messages and the line for a word. The terminal's own cursor stands where the
//! next letter goes, because input methods show their candidates there.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use ratatui_textarea::TextArea;

use crate::{
    output::{
        entry,
        line::{Line, Style},
        width,
    },
    text::{Message, msg},
    tui::{
        compose::{Compose, Purpose},
        state::{Asked, Prompt, State},
        view::{Look, cells, put},
    },
};

pub(super) fn message(frame: &mut Frame<'_>, look: Look<'_>, typed: &Compose, area: Rect) {
    let texts = look.texts;
    let label = match &typed.target.purpose {
        Purpose::New => texts.get("tui-new-message"),
        Purpose::Reply(other) => texts.format(&msg!("tui-reply-to", seq = other.seq, author = other.author)),
        Purpose::Correction(other) => {
            texts.format(&msg!("tui-correction-of", seq = other.seq, author = other.author))
        }
    };
    let mark = |text: String| if text.is_empty() { text } else { format!("{text} ") };
    let urgent = mark(if typed.urgent { texts.get("entry-urgent") } else { String::new() });
    let intent = mark(entry::intent(texts, typed.intent.into()));
    let room = usize::from(area.width).saturating_sub(6 + width::width(&urgent) + width::width(&intent));
    let whom = mark(whom(look, typed, room.saturating_sub(width::width(&label) + 1)));
    let label = width::truncate(&label, room.saturating_sub(width::width(&whom)));
    let used = 4 + [&label, &urgent, &intent, &whom].map(|text| width::width(text)).iter().sum::<usize>();
    let line = Line::styled(Style::Faint, "── ")
        .and(Style::Strong, label)
        .and(Style::Plain, " ")
        .and(Style::Alarm, urgent)
        .and(Style::Strong, intent)
        .and(Style::Plain, whom)
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

/// Whom it is addressed to, as it was typed if there is room for it. Of a draft that went back into the box the number
/// is known.
fn whom(look: Look<'_>, typed: &Compose, room: usize) -> String {
    if let Some(failed) = &typed.whom.failed {
        return width::truncate(&look.texts.format(&msg!("tui-whom-failed", whom = failed)), room);
    }
    let count = typed.whom.mentions.len();
    if count == 0 {
        return String::new();
    }
    let named = look.texts.format(&msg!("tui-whom", whom = typed.whom.typed));
    if typed.whom.typed.is_empty() || width::width(&named) > room {
        return look.texts.format(&msg!("tui-whom-count", count = count));
    }
    named
}

pub(super) fn prompt(frame: &mut Frame<'_>, state: &State, look: Look<'_>, prompt: &Prompt, area: Rect) {
    let room = usize::from(most(area)).saturating_sub(2);
    let label = match &prompt.asked {
        Asked::Words => look.texts.get("tui-ask-words"),
        Asked::Word { seq, .. } => look.texts.format(&msg!("tui-ask-word", seq = seq)),
        Asked::Retraction { entry_id, seq, .. } => {
            about(state, look, entry_id, room, |what| msg!("tui-ask-retraction", seq = seq, what = what))
        }
        Asked::Reason(_) => look.texts.get("tui-ask-reason"),
        Asked::Whom(_) => look.texts.get("tui-ask-whom"),
    };
    let label = format!(" {label} ");
    let used = u16::try_from(width::width(&label)).unwrap_or(u16::MAX).min(most(area));
    put(frame, look, Rect { width: used, ..area }, &Line::styled(Style::Strong, label));
    typing(frame, &prompt.line, Rect { x: area.x + used, width: area.width - used, ..area });
}

/// Columns that a question may take from the line.
fn most(area: Rect) -> u16 {
    area.width / 8 * 5
}

/// A question about an entry, with what it is, by whom, and how it begins, as far as there is room for it.
pub(super) fn about(
    state: &State,
    look: Look<'_>,
    entry_id: &str,
    room: usize,
    question: impl Fn(&str) -> Message,
) -> String {
    let entry = state.timeline.as_ref().and_then(|timeline| timeline.by_id(entry_id));
    let what = entry.map_or_else(String::new, |entry| {
        let author = entry.author.as_ref().map(|author| author.person_name.as_str()).unwrap_or_default();
        let (kind, first) = (entry::kind(look.texts, entry), entry::first_line(look.texts, entry));
        format!("{kind} {author}: {first}")
    });
    let used = width::width(&look.texts.format(&question("")));
    look.texts.format(&question(&width::truncate(&what, room.saturating_sub(used))))
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
