//! The left half.

use ratatui::{Frame, layout::Rect};

use crate::{
    output::{
        line::{Line, Style},
        sanitize::neutral,
        short_id, width,
    },
    tui::{
        list::{List, View},
        state::{Focus, Mode, State},
        view::{Look, cells, put},
    },
};

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, look: Look<'_>, area: Rect) {
    let list = &state.list;
    let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    put(frame, look, row(0), &heading(list, look));
    let rows = list.rows();
    if rows.is_empty() {
        let key = if list.is_loading() { "tui-loading" } else { empty(list.view) };
        for (y, text) in (1..area.height).zip(width::wrap(&look.texts.get(key), usize::from(area.width - 1)))
        {
            put(frame, look, row(y), &Line::styled(Style::Faint, format!(" {text}")));
        }
        return;
    }
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    let place = list.place();
    let first = (place + 1).saturating_sub(room);
    let opened = state.timeline.as_ref().map(|timeline| timeline.patient_id.as_str());
    let has_keys = state.focus == Focus::List && matches!(state.mode, Mode::Normal);
    for (y, (at, patient)) in (1..area.height).zip(rows.iter().enumerate().skip(first)) {
        let count = list.of_view().count(patient);
        let is_urgent = list.of_view().is_urgent(patient);
        let text = row_text(name(list, patient, look), count, is_urgent, opened == Some(patient), area.width);
        let style = match (at == place, count > 0) {
            (true, _) => look.theme.cursor(has_keys),
            (_, _) if is_urgent => look.theme.style(Style::Alarm),
            (_, true) => look.theme.style(Style::Strong),
            _ => look.theme.style(Style::Plain),
        };
        cells::write(frame.buffer_mut(), row(y), &ratatui::text::Line::styled(text, style));
    }
}

fn heading(list: &List, look: Look<'_>) -> Line {
    let place = View::ALL.iter().position(|view| *view == list.view).unwrap_or(0) + 1;
    let line = Line::styled(Style::Faint, format!(" {place}/5 "));
    let line = line.and(Style::Heading, look.texts.get(title(list.view)));
    if list.is_loading() { line.and(Style::Faint, " …") } else { line }
}

fn title(view: View) -> &'static str {
    match view {
        View::Unread => "tui-view-unread",
        View::Mentions => "tui-view-mentions",
        View::Questions => "tui-view-questions",
        View::ToFinalize => "tui-view-to-finalize",
        View::All => "tui-view-all",
    }
}

fn empty(view: View) -> &'static str {
    match view {
        View::Unread => "tui-none-unread",
        View::All => "tui-none-all",
        _ => "tui-none-waiting",
    }
}

/// What a patient is called here.
pub(super) fn name(list: &List, patient_id: &str, look: Look<'_>) -> String {
    match list.patients.get(patient_id) {
        Some(who) if who.damaged => look.texts.get("entry-damaged"),
        Some(who) if !who.name.is_empty() => neutral(&who.name),
        Some(who) if !who.local_identifier.is_empty() => neutral(&who.local_identifier),
        _ if list.loading.patients => "…".to_owned(),
        _ => short_id(patient_id).to_owned(),
    }
}

fn row_text(name: String, count: usize, is_urgent: bool, is_open: bool, columns: u16) -> String {
    let mark = if is_open { "▸" } else { " " };
    let count = match (count, is_urgent) {
        (0, _) => String::new(),
        (count, false) => format!(" {count}"),
        (count, true) => format!(" !{count}"),
    };
    let room = usize::from(columns).saturating_sub(2 + width::width(&count));
    let name = width::pad(&width::truncate(&name, room), room);
    format!("{mark}{name}{count} ")
}
