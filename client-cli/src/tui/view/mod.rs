//! The state as a picture. Nothing that others wrote reaches the terminal around
//! [`neutral`](crate::output::sanitize::neutral).

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::Paragraph,
};

use crate::{
    output::{
        line::{Line, Style},
        width,
    },
    text::{Texts, msg},
    tui::{
        state::{Focus, Link, Mode, Said, Stage, State},
        view::theme::Theme,
    },
};

mod cells;
mod compose;
mod list;
mod overlay;
pub(crate) mod theme;
mod timeline;

/// What drawing needs besides the state.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) texts: &'a Texts,
    pub(crate) theme: Theme,
}

/// Draws the whole screen.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &mut State, look: Look<'_>) {
    let area = frame.area();
    if let Some(timeline) = &mut state.timeline {
        timeline.sheet.hide();
    }
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = width::truncate(&look.texts.get("tui-too-small"), area.width.into());
        return frame.render_widget(Paragraph::new(text), area);
    }
    let rows = [Constraint::Length(1), Constraint::Min(1), Constraint::Length(1), Constraint::Length(1)];
    let [title, middle, status, footer] = Layout::vertical(rows).areas(area);
    put(frame, look, title, &title_line(state, look));
    if state.door.is_open() {
        halves(frame, state, look, middle);
    } else {
        overlay::door(frame, state, look, middle);
    }
    match &state.mode {
        Mode::Prompt(prompt) if state.door.is_open() => compose::prompt(frame, state, look, prompt, status),
        Mode::Finalize { entry_id, seq } if state.door.is_open() => {
            let room = usize::from(status.width).saturating_sub(2);
            let asked = |what: &str| msg!("tui-ask-finalize", seq = seq, what = what);
            let question = compose::about(state, look, entry_id, room, asked);
            put(frame, look, status, &Line::styled(Style::Strong, format!(" {question}")));
        }
        _ => put(frame, look, status, &status_line(state, look)),
    }
    put(frame, look, footer, &footer_line(state, look));
    match &state.mode {
        Mode::Help if state.door.is_open() => overlay::help(frame, look, area),
        Mode::Told(message) if state.door.is_open() => overlay::told(frame, look, message, area),
        Mode::Files(files) if state.door.is_open() => overlay::files(frame, look, files, area),
        Mode::Leave => overlay::leave(frame, state, look, area),
        _ => return,
    }
    // Nobody reads behind what covers the entries.
    if let Some(timeline) = &mut state.timeline {
        timeline.sheet.hide();
    }
}

/// Both halves, or where there is little room the one that has the keys.
fn halves(frame: &mut Frame<'_>, state: &mut State, look: Look<'_>, area: Rect) {
    if area.width < NARROW {
        return match state.focus {
            // The box is in the other half.
            Focus::List if state.mode.text().is_none() => list::draw(frame, state, look, area),
            _ => timeline::draw(frame, state, look, area),
        };
    }
    let left = (area.width / 4).clamp(20, 34);
    let columns = [Constraint::Length(left), Constraint::Length(1), Constraint::Min(1)];
    let [left, middle, right] = Layout::horizontal(columns).areas(area);
    list::draw(frame, state, look, left);
    for y in middle.y..middle.bottom() {
        put(frame, look, Rect { y, height: 1, ..middle }, &Line::styled(Style::Faint, "│"));
    }
    timeline::draw(frame, state, look, right);
}

fn title_line(state: &State, look: Look<'_>) -> Line {
    let place = &state.place;
    let line = Line::styled(Style::Strong, " Renkei").and(Style::Plain, format!("  {}", place.login_name));
    let line = line.and(Style::Faint, format!(" @ {}", place.server));
    match &state.alarm {
        None => line,
        Some(alarm) => {
            let text = alarm.lines(look.texts).into_iter().next().unwrap_or_default();
            line.and(Style::Plain, "  ").and(Style::Alarm, text)
        }
    }
}

fn status_line(state: &State, look: Look<'_>) -> Line {
    let texts = look.texts;
    let mut line = match state.link {
        _ if !state.door.is_open() => Line::plain(" "),
        Link::Connecting => Line::styled(Style::Faint, format!(" ○ {}", texts.get("tui-connecting"))),
        Link::Online => Line::styled(Style::Faint, format!(" ● {}", texts.get("tui-online"))),
        Link::Offline => Line::styled(Style::Alarm, format!(" ○ {}", texts.get("tui-offline"))),
    };
    let count = |stage| state.outgoing.iter().filter(|outgoing| outgoing.stage == stage).count();
    let (waiting, refused) = (count(Stage::Waiting), count(Stage::Refused));
    let sending = state.outgoing.len() - waiting - refused;
    let typed = state.begun();
    for (count, message) in [
        (sending, msg!("tui-sending", count = sending)),
        (waiting, msg!("tui-waiting", count = waiting)),
        (refused, msg!("tui-refused", count = refused)),
        (typed, msg!("tui-typed", count = typed)),
    ] {
        if count > 0 {
            line = line.and(Style::Plain, "  ").and(Style::Strong, texts.format(&message));
        }
    }
    state.said.as_ref().map_or(line.clone(), |said| said_after(line, said, texts))
}

/// What was told last, behind what the line says already.
fn said_after(line: Line, said: &Said, texts: &Texts) -> Line {
    match said {
        Said::Word(message) => line.and(Style::Plain, format!("  {}", texts.format(message))),
        Said::Error(error) => line.and(Style::Plain, "  ").and(Style::Alarm, error.lines(texts).join("  ")),
    }
}

/// The keys that are of use now; what was told where its own line is being typed into.
fn footer_line(state: &State, look: Look<'_>) -> Line {
    if let (Mode::Prompt(_), Some(said), true) = (&state.mode, &state.said, state.door.is_open()) {
        return said_after(Line::default(), said, look.texts);
    }
    let key = match &state.mode {
        Mode::Leave => "tui-keys-leave",
        _ if !state.door.is_open() => "tui-keys-door",
        Mode::Normal if state.focus == Focus::List => "tui-keys-list",
        Mode::Normal => "tui-keys-timeline",
        Mode::Help | Mode::Told(_) => "tui-keys-any",
        Mode::Compose(_) => "tui-keys-compose",
        Mode::Prompt(_) => "tui-keys-prompt",
        Mode::Found(_) => "tui-keys-found",
        Mode::Finalize { .. } => "tui-keys-finalize",
        Mode::Files(_) => "tui-keys-files",
    };
    Line::styled(Style::Faint, format!(" {}", look.texts.get(key)))
}

/// Draws a line, cut where the area ends.
fn put(frame: &mut Frame<'_>, look: Look<'_>, area: Rect, line: &Line) {
    let mut room = usize::from(area.width);
    let mut cut = Line::default();
    for (style, text) in line.pieces() {
        let shown = width::truncate(text, room);
        room = room.saturating_sub(width::width(&shown));
        let is_cut = shown != *text;
        cut = cut.and(*style, shown);
        if is_cut || room == 0 {
            break;
        }
    }
    cells::write(frame.buffer_mut(), area, &look.theme.line(&cut));
}

/// Columns and lines below which nothing sensible can be shown.
const LEAST: (u16, u16) = (30, 8);
/// Columns below which there is room for one half.
const NARROW: u16 = 54;

#[cfg(test)]
mod tests;
