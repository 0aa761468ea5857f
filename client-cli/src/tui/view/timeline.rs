//! The right half: who the patient is, the entries, and the box below them.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use crate::{
    output::{
        Output, found,
        line::{Line, Style},
        time, width,
    },
    text::msg,
    tui::{
        fold::fold,
        state::{Focus, Found, Mode, State},
        timeline::Older,
        view::{Look, cells, compose, list, put},
    },
};

pub(super) fn draw(frame: &mut Frame<'_>, state: &mut State, look: Look<'_>, area: Rect) {
    let box_height = state.mode.text().map_or(0, |_| (area.height / 3).clamp(4, 10));
    let rows = [Constraint::Length(1), Constraint::Min(1), Constraint::Length(box_height)];
    let [heading, entries, box_] = Layout::vertical(rows).areas(area);
    put(frame, look, heading, &heading_line(state, look));
    match &state.mode {
        Mode::Found(found) => results(frame, found, look, entries),
        _ => sheet(frame, state, look, entries),
    }
    if let Some(at) = state.mode.text()
        && let Some(typed) = state.typed.get(at)
    {
        compose::message(frame, look, typed, box_);
    }
}

fn heading_line(state: &State, look: Look<'_>) -> Line {
    let texts = look.texts;
    let Some(timeline) = &state.timeline else { return Line::default() };
    let name = list::name(&state.list, &timeline.patient_id, look);
    let mut line = Line::plain(" ").and(Style::Strong, name);
    if let Some(who) = state.list.patients.get(&timeline.patient_id) {
        let born = who.birth_date.as_ref().map(time::day).unwrap_or_default();
        let born = texts.format(&msg!("patient-born", day = born));
        line = line.and(Style::Plain, format!("  {}  {born}  {}", who.kana, who.local_identifier));
    }
    if let Mode::Found(found) = &state.mode {
        let text = texts.format(&msg!("tui-found", query = found.query, count = found.entries.len()));
        return Line::plain(" ").and(Style::Strong, text);
    }
    if timeline.older == Older::Loading { line.and(Style::Faint, "  …") } else { line }
}

fn sheet(frame: &mut Frame<'_>, state: &mut State, look: Look<'_>, area: Rect) {
    let has_keys = state.focus == Focus::Timeline && matches!(state.mode, Mode::Normal);
    let Some(timeline) = &mut state.timeline else {
        return hint(frame, look, "tui-no-patient", area);
    };
    if timeline.entries.is_empty() {
        let key = match timeline.older {
            Older::End => "timeline-empty",
            Older::Failed(_) => "tui-not-loaded",
            _ => "tui-loading",
        };
        return hint(frame, look, key, area);
    }
    let columns = usize::from(area.width.saturating_sub(2));
    timeline.sheet.lay_out(look.texts, &timeline.entries, (columns, area.height.into()));
    timeline.laid_out();
    let selected = timeline.selected;
    // Few entries stand where the newest ones do: at the bottom.
    let free = area.height.saturating_sub(u16::try_from(timeline.sheet.total()).unwrap_or(u16::MAX));
    for (y, (seq, line)) in (area.y + free..area.bottom()).zip(timeline.sheet.visible(timeline.top())) {
        if seq.is_some() && seq == selected && !line.is_empty() {
            let mark = if has_keys { "▌" } else { "▏" };
            put(frame, look, Rect { y, width: 1, height: 1, ..area }, &Line::styled(Style::Fresh, mark));
        }
        let right = Rect { x: area.x + 1, y, width: area.width - 1, height: 1 };
        cells::write(frame.buffer_mut(), right, &look.theme.line(&line));
    }
}

/// What a search found, scrolled to the one under the cursor.
fn results(frame: &mut Frame<'_>, found: &Found, look: Look<'_>, area: Rect) {
    if found.entries.is_empty() {
        let key = if found.is_complete { "search-none" } else { "tui-searching" };
        return hint(frame, look, key, area);
    }
    let columns = usize::from(area.width.saturating_sub(2));
    let out = Output::of_width(columns);
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for (at, entry) in found.entries.iter().enumerate() {
        let id = entry.entry_id.as_str();
        let printed = found::lines(look.texts, out, entry);
        let printed = printed.iter().filter(|line| line.text().trim() != id);
        lines.extend(printed.flat_map(|line| fold(line, columns)).map(|line| (at, line)));
    }
    let height = usize::from(area.height);
    let end = lines.iter().rposition(|(at, _)| *at == found.selected).map_or(0, |last| last + 1);
    let start = lines.iter().position(|(at, _)| *at == found.selected).unwrap_or(0);
    let first = end.saturating_sub(height).min(start);
    for (y, (at, line)) in (area.y..area.bottom()).zip(&lines[first..]) {
        if *at == found.selected && !line.is_empty() {
            put(frame, look, Rect { y, width: 1, height: 1, ..area }, &Line::styled(Style::Fresh, "▌"));
        }
        let right = Rect { x: area.x + 1, y, width: area.width - 1, height: 1 };
        cells::write(frame.buffer_mut(), right, &look.theme.line(line));
    }
}

fn hint(frame: &mut Frame<'_>, look: Look<'_>, key: &str, area: Rect) {
    let lines = width::wrap(&look.texts.get(key), usize::from(area.width.saturating_sub(2)));
    for (y, text) in (area.y + area.height / 3..area.bottom()).zip(lines) {
        let line = Line::styled(Style::Faint, format!(" {text}"));
        put(frame, look, Rect { y, height: 1, ..area }, &line);
    }
}
