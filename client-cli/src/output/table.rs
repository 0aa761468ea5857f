//! Tables that fit the terminal: columns of text give way, columns of ids and times never do, because
//! a shortened id cannot be copied.

use crate::output::{
    line::{Line, Style},
    sanitize::neutral,
    width::{pad, truncate, width},
};

/// How a column behaves where the terminal is too narrow.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Column {
    /// Shown whole.
    Whole,
    /// Cut with `…`.
    Text,
}

/// Rows under a heading.
pub(crate) struct Table {
    columns: Vec<(Column, String)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: Vec<(Column, String)>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.iter().map(|cell| neutral(cell)).collect());
    }

    /// The lines, in at most so many columns where that is possible; `None` is as wide as it takes.
    pub(crate) fn lines(&self, limit: Option<usize>) -> Vec<Line> {
        let widths = self.widths(limit);
        let layout = |cells: &mut dyn Iterator<Item = &String>| -> String {
            let cells: Vec<String> =
                cells.zip(&widths).map(|(cell, width)| pad(&truncate(cell, *width), *width)).collect();
            cells.join(GAP).trim_end().to_owned()
        };
        let heading = layout(&mut self.columns.iter().map(|(_, heading)| heading));
        let mut lines = vec![Line::styled(Style::Heading, heading)];
        lines.extend(self.rows.iter().map(|row| Line::plain(layout(&mut row.iter()))));
        lines
    }

    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (_, heading))| {
                let cells = self.rows.iter().map(|row| width(&row[index]));
                cells.chain([width(heading)]).max().unwrap_or(0)
            })
            .collect();
        let Some(limit) = limit else { return widths };
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        // The widest column of text gives way first.
        while widths.iter().sum::<usize>() + gaps > limit {
            let widest = (0..widths.len())
                .filter(|index| self.columns[*index].0 == Column::Text && widths[*index] > NARROWEST)
                .max_by_key(|index| widths[*index]);
            match widest {
                Some(index) => widths[index] -= 1,
                None => break,
            }
        }
        widths
    }
}

const GAP: &str = "  ";
const NARROWEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(vec![
            (Column::Text, "名称".into()),
            (Column::Text, "職種".into()),
            (Column::Whole, "ID".into()),
        ]);
        table.row(["ひまわり訪問看護ステーション".into(), "看護師".into(), "0197f0a0-0000".into()]);
        table.row(["A\x1b[2J".into(), "医師".into(), "1".into()]);
        table
    }

    fn text(limit: Option<usize>) -> Vec<String> {
        table().lines(limit).iter().map(Line::text).collect()
    }

    #[test]
    fn columns_line_up_with_kanji() {
        assert_eq!(text(None)[1], "ひまわり訪問看護ステーション  看護師  0197f0a0-0000");
        assert_eq!(text(None)[2], "A␛[2J                         医師    1");
    }

    #[test]
    fn text_gives_way_and_ids_do_not() {
        let lines = text(Some(40));
        assert_eq!(lines[1], "ひまわり訪問看護…  看護師  0197f0a0-0000");
        assert!(text(Some(5))[1].ends_with("0197f0a0-0000"));
    }
}
