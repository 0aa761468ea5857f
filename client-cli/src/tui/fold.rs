//! Styled lines broken to the width of the screen.

use crate::output::{
    line::{Line, Style},
    width,
};

/// The line in lines of at most so many columns. What follows the first is as far to the right.
pub(crate) fn fold(line: &Line, columns: usize) -> Vec<Line> {
    let text = line.text();
    if width::width(&text) <= columns {
        return vec![line.clone()];
    }
    let indent = text.len() - text.trim_start_matches(' ').len();
    let indent = indent.min(columns / 2);
    let mut rest = line
        .pieces()
        .iter()
        .flat_map(|(style, text)| text.chars().map(|c| (*style, c)))
        .skip_while(|(_, c)| *c == ' ')
        .peekable();
    let mut folded = Vec::new();
    for part in parts(text.trim_start_matches(' '), columns - indent) {
        // What wrapping left out is white space where lines break.
        let first = part.chars().next();
        while rest.next_if(|(_, c)| c.is_whitespace() && Some(*c) != first).is_some() {}
        let mut whole = Line::default();
        let mut piece: Option<(Style, String)> = None;
        for (style, c) in rest.by_ref().take(part.chars().count()) {
            match &mut piece {
                Some((last, text)) if *last == style => text.push(c),
                _ => {
                    whole = piece.take().into_iter().fold(whole, |line, (style, text)| line.and(style, text));
                    piece = Some((style, c.to_string()));
                }
            }
        }
        whole = piece.into_iter().fold(whole, |line, (style, text)| line.and(style, text));
        folded.push(whole.indented(indent));
    }
    folded
}

/// Broken between two spaces, which set the parts of a heading apart, where that does not leave a line half empty.
fn parts(text: &str, columns: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while width::width(rest) > columns {
        let fits = |at: &usize| width::width(&rest[..*at]) <= columns;
        let last = rest.match_indices("  ").map(|(at, _)| at).take_while(fits).last();
        let Some(at) = last.filter(|at| width::width(&rest[..*at]) * 2 > columns) else { break };
        parts.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    parts.extend(width::wrap(rest, columns));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_stay_on_their_words_and_nothing_is_lost() {
        let line = Line::styled(Style::Faint, "#12 ")
            .and(Style::Plain, "2026-07-01 09:30  ")
            .and(Style::Strong, "佐藤 花子（看護師・ひまわり訪問看護ステーション）")
            .and(Style::Fresh, "未読");
        for columns in 20..70 {
            let folded = fold(&line, columns);
            let squeezed = |text: String| text.split_whitespace().collect::<String>();
            let text: String = folded.iter().map(|line| line.text() + " ").collect();
            assert_eq!(squeezed(text), squeezed(line.text()), "{columns}");
            for part in &folded {
                assert!(width::width(&part.text()) <= columns, "{columns}: {}", part.text());
            }
            let strong: String = folded
                .iter()
                .flat_map(|line| line.pieces())
                .filter(|(style, _)| *style == Style::Strong)
                .map(|(_, text)| text.as_str())
                .collect();
            assert_eq!(
                squeezed(strong),
                squeezed("佐藤 花子（看護師・ひまわり訪問看護ステーション）".into())
            );
        }
    }

    #[test]
    fn the_parts_of_a_heading_stay_whole() {
        let line = Line::plain("#3 2026-07-01 09:30  田中 一郎（医師・みどり診療所）  お知らせ  未読");
        let folded: Vec<String> = fold(&line, 60).iter().map(Line::text).collect();
        assert_eq!(folded, ["#3 2026-07-01 09:30  田中 一郎（医師・みどり診療所）", "お知らせ  未読"]);
    }

    #[test]
    fn what_follows_is_as_far_to_the_right() {
        let line = Line::plain("    aaaa bbbb cccc dddd");
        let folded: Vec<String> = fold(&line, 16).iter().map(Line::text).collect();
        assert_eq!(folded, ["    aaaa bbbb", "    cccc dddd"]);
    }
}
