//! Tables that fit the terminal: columns of text give way, columns of ids and times never do, because
//! a shortened id cannot be copied. What must be read to the end goes on in further lines.

use crate::output::{
    line::{Line, Style},
    sanitize::neutral,
    width::{pad, truncate, width, wrap},
};

/// How a column behaves where the terminal is too narrow.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Column {
    /// Shown whole.
    Whole,
    /// Cut with `…`.
    Text,
    /// Broken into several lines.
    Wrapped,
}

impl Column {
    /// Columns of the terminal below which it does not give way.
    fn narrowest(self) -> usize {
        match self {
            Self::Whole => usize::MAX,
            Self::Text => 8,
            Self::Wrapped => 16,
        }
    }
}

/// Rows under a heading.
pub(crate) struct Table {
    columns: Vec<(Column, String)>,
    rows: Vec<(Style, Vec<String>)>,
}

impl Table {
    pub(crate) fn new(columns: Vec<(Column, String)>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn row(&mut self, cells: impl AsRef<[String]>) {
        self.styled_row(Style::Plain, cells);
    }

    /// The same in a style.
    pub(crate) fn styled_row(&mut self, style: Style, cells: impl AsRef<[String]>) {
        debug_assert_eq!(cells.as_ref().len(), self.columns.len());
        self.rows.push((style, cells.as_ref().iter().map(|cell| neutral(cell)).collect()));
    }

    /// The lines, in at most so many columns where that is possible; `None` is as wide as it takes.
    pub(crate) fn lines(&self, limit: Option<usize>) -> Vec<Line> {
        let widths = self.widths(limit);
        let heading: Vec<String> = self.columns.iter().map(|(_, heading)| heading.clone()).collect();
        let heading = self.layout(&widths, &heading);
        let mut lines: Vec<Line> =
            heading.into_iter().map(|line| Line::styled(Style::Heading, line)).collect();
        for (style, row) in &self.rows {
            lines.extend(self.layout(&widths, row).into_iter().map(|line| Line::styled(*style, line)));
        }
        lines
    }

    /// A row in one line or several.
    fn layout(&self, widths: &[usize], cells: &[String]) -> Vec<String> {
        let cells: Vec<Vec<String>> = cells
            .iter()
            .zip(&self.columns)
            .zip(widths)
            .map(|((cell, (column, _)), width)| match column {
                Column::Wrapped => wrap(cell, *width),
                Column::Whole | Column::Text => vec![truncate(cell, *width)],
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        let line = |at: usize| {
            let parts = cells.iter().zip(widths);
            let parts: Vec<String> =
                parts.map(|(cell, width)| pad(cell.get(at).map_or("", String::as_str), *width)).collect();
            parts.join(GAP).trim_end().to_owned()
        };
        (0..height).map(line).collect()
    }

    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (_, heading))| {
                let cells = self.rows.iter().map(|(_, row)| width(&row[index]));
                cells.chain([width(heading)]).max().unwrap_or(0)
            })
            .collect();
        let Some(limit) = limit else { return widths };
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        // The widest column that can gives way first.
        while widths.iter().sum::<usize>() + gaps > limit {
            let widest = (0..widths.len())
                .filter(|index| widths[*index] > self.columns[*index].0.narrowest())
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

    #[test]
    fn what_must_be_read_goes_on_below_in_its_column() {
        let mut table = Table::new(vec![
            (Column::Text, "氏名".into()),
            (Column::Wrapped, "区分".into()),
            (Column::Whole, "版".into()),
        ]);
        table.row(["山田".into(), "訪問記録、バイタル、薬剤、検査".into(), "2".into()]);
        let lines: Vec<_> = table.lines(Some(30)).iter().map(Line::text).collect();
        assert_eq!(
            lines,
            ["氏名  区分                  版", "山田  訪問記録、バイタル、  2", "      薬剤、検査"]
        );
    }
}
