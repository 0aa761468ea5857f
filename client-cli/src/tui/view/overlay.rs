//! What stands in front of the halves.

use ratatui::{
    Frame,
    layout::Rect,
    widgets::{Block, Clear},
};
use renkei_proto::v1::AttachmentSummary;

use crate::{
    output::{
        line::{Line, Style},
        width,
    },
    text::{Message, msg},
    tui::{
        state::{Door, State},
        view::{Look, put},
    },
};

/// The keys, as a table.
pub(super) fn help(frame: &mut Frame<'_>, look: Look<'_>, area: Rect) {
    let lines: Vec<Line> = look
        .texts
        .get("tui-help")
        .lines()
        .map(|line| {
            let (keys, does) = line.split_once(" : ").unwrap_or(("", line));
            Line::styled(Style::Strong, width::pad(keys.trim(), KEYS)).and(Style::Plain, does.trim())
        })
        .collect();
    framed(frame, look, &look.texts.get("tui-help-title"), &lines, area);
}

pub(super) fn files(frame: &mut Frame<'_>, look: Look<'_>, files: &[AttachmentSummary], area: Rect) {
    let lines: Vec<Line> = (1..=9)
        .zip(files)
        .map(|(number, file)| {
            let size = indicatif::BinaryBytes(file.size.unsigned_abs());
            Line::styled(Style::Strong, format!("{number}  "))
                .and(Style::Plain, format!("{} ({size})", file.file_name))
        })
        .collect();
    framed(frame, look, &look.texts.get("tui-files"), &lines, area);
}

pub(super) fn told(frame: &mut Frame<'_>, look: Look<'_>, message: &Message, area: Rect) {
    framed(frame, look, "", &wrapped(&look.texts.format(message), area), area);
}

/// What would be left unsent.
pub(super) fn leave(frame: &mut Frame<'_>, state: &State, look: Look<'_>, area: Rect) {
    let texts = look.texts;
    let typed = state.begun();
    let mut lines = Vec::new();
    if typed > 0 {
        lines.extend(wrapped(&texts.format(&msg!("tui-leave-typed", count = typed)), area));
    }
    if !state.outgoing.is_empty() {
        let text = texts.format(&msg!("tui-leave-outgoing", count = state.outgoing.len()));
        lines.extend(wrapped(&text, area));
    }
    framed(frame, look, &texts.get("tui-leave"), &lines, area);
}

/// Instead of the halves while nothing may be shown.
pub(super) fn door(frame: &mut Frame<'_>, state: &State, look: Look<'_>, area: Rect) {
    let texts = look.texts;
    let (title, mut lines) = match &state.door {
        Door::LoggedOut(error) => (
            texts.get("tui-logged-out"),
            error.lines(texts).iter().flat_map(|line| wrapped(line, area)).collect(),
        ),
        _ => (texts.get("tui-locked"), wrapped(&texts.get("tui-locked-why"), area)),
    };
    if state.has_unsent() {
        lines.push(Line::empty());
        lines.extend(wrapped(&texts.get("tui-unsent-stays"), area));
    }
    lines.push(Line::empty());
    lines.push(Line::styled(Style::Strong, texts.get("tui-log-in")));
    framed(frame, look, &title, &lines, area);
}

fn wrapped(text: &str, area: Rect) -> Vec<Line> {
    let room = usize::from(area.width).saturating_sub(6).min(70);
    width::wrap(text, room).into_iter().map(Line::plain).collect()
}

/// Lines in a frame in the middle.
fn framed(frame: &mut Frame<'_>, look: Look<'_>, title: &str, lines: &[Line], area: Rect) {
    let widest = lines.iter().map(|line| width::width(&line.text())).max().unwrap_or(0);
    let columns = widest.max(width::width(title) + 2) + 4;
    let columns = u16::try_from(columns).unwrap_or(u16::MAX).min(area.width);
    let rows = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let outer = Rect {
        x: area.x + (area.width - columns) / 2,
        y: area.y + (area.height - rows) / 2,
        width: columns,
        height: rows,
    };
    cut_wide(frame, outer);
    frame.render_widget(Clear, outer);
    let title = if title.is_empty() { String::new() } else { format!(" {title} ") };
    let block = Block::bordered().title(title);
    let inner = block.inner(outer);
    frame.render_widget(block, outer);
    for (y, line) in (inner.y..inner.bottom()).zip(lines) {
        let row = Rect { x: inner.x + 1, y, width: inner.width.saturating_sub(2), height: 1 };
        put(frame, look, row, line);
    }
}

/// A wide character that begins left of the frame would reach into it.
fn cut_wide(frame: &mut Frame<'_>, outer: Rect) {
    let Some(x) = outer.x.checked_sub(1) else { return };
    for y in outer.y..outer.bottom() {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, y)).filter(|cell| width::width(cell.symbol()) > 1)
        {
            cell.set_symbol(" ");
        }
    }
}

/// Columns of the keys in the help.
const KEYS: usize = 17;
