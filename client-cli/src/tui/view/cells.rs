//! Lines into cells, as wide as a terminal draws them. Ratatui gives a half-width kana with a sound mark (ｶﾞ) a column
//! too many: what stands behind it would be moved, and lost at the edge.

use std::num::NonZeroU16;

use ratatui::{
    buffer::{Buffer, Cell, CellDiffOption},
    layout::Rect,
    style::Style,
    text::Line,
};

use crate::output::width::width;

/// Writes the line into the first row of the area, as far as it fits.
pub(super) fn write(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    let mut x = area.x;
    for grapheme in line.styled_graphemes(Style::default()) {
        let columns = u16::try_from(width(grapheme.symbol)).unwrap_or(u16::MAX);
        if columns == 0 {
            continue;
        }
        if columns > area.right().saturating_sub(x) {
            break;
        }
        let Some(cell) = buffer.cell_mut((x, area.y)) else { break };
        cell.set_symbol(grapheme.symbol).set_style(grapheme.style);
        force(cell);
        for behind in x + 1..x + columns {
            if let Some(cell) = buffer.cell_mut((behind, area.y)) {
                cell.reset();
                cell.set_style(grapheme.style);
            }
        }
        x += columns;
    }
}

/// The same for what a widget has drawn: the column too many is at least empty.
pub(super) fn mend(buffer: &mut Buffer, area: Rect) {
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            force(cell);
        }
    }
}

fn force(cell: &mut Cell) {
    if cell.symbol().contains(['\u{ff9e}', '\u{ff9f}']) {
        let columns = u16::try_from(width(cell.symbol())).ok().and_then(NonZeroU16::new);
        cell.set_diff_option(columns.map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
    }
}
