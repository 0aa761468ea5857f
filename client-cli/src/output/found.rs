//! What a search found as people read it: whose entry, and the places with the words marked.

use renkei_proto::v1::{Category, Excerpt, FoundEntry};

use crate::{
    output::{
        Output,
        entry::{actor, restriction_of},
        label::words,
        line::{Line, Style},
        time,
        width::{UNLIMITED, width, wrap},
    },
    text::Texts,
};

/// One entry, with an empty line after it.
pub(crate) fn lines(texts: &Texts, out: Output, entry: &FoundEntry) -> Vec<Line> {
    let room = out.columns().unwrap_or(UNLIMITED).saturating_sub(INDENT);
    let mut heading = Line::styled(Style::Faint, format!("#{} ", entry.seq))
        .and(Style::Plain, format!("{}  ", time::local(entry.post_time.as_ref())))
        .and(Style::Strong, actor(texts, entry.author.as_ref()))
        .and(Style::Plain, format!("  {}", words::<Category>(texts, entry.category)));
    if let Some(restriction) = restriction_of(texts, entry.sensitivity) {
        heading = heading.and(Style::Plain, "  ").and(Style::Strong, restriction);
    }
    let mut lines = vec![heading];
    for place in &entry.excerpts {
        lines.extend(excerpt(texts, place, room).into_iter().map(|line| line.indented(INDENT)));
    }
    lines.push(Line::styled(Style::Faint, entry.entry_id.as_str()).indented(INDENT));
    lines.push(Line::empty());
    lines
}

fn excerpt(texts: &Texts, excerpt: &Excerpt, room: usize) -> Vec<Line> {
    let mark = match excerpt.field.as_str() {
        "visit_note.subjective" => "S  ".to_owned(),
        "visit_note.objective" => "O  ".to_owned(),
        "visit_note.assessment" => "A  ".to_owned(),
        "visit_note.plan" => "P  ".to_owned(),
        "attachments.file_name" => format!("{}: ", texts.get("entry-attachment")),
        _ => String::new(),
    };
    let indent = width(&mark);
    let mut lines = Vec::new();
    for (number, line) in marked(excerpt, room.saturating_sub(indent)).into_iter().enumerate() {
        let before = if number == 0 { mark.clone() } else { " ".repeat(indent) };
        let whole = Line::styled(Style::Strong, before);
        lines.push(line.into_iter().fold(whole, |whole, (style, text)| whole.and(style, text)));
    }
    lines
}

/// The excerpt in lines of pieces, each found or not.
fn marked(excerpt: &Excerpt, room: usize) -> Vec<Vec<(Style, String)>> {
    let mut text: Vec<(char, bool)> = Vec::new();
    let is_found = |at: i32| excerpt.ranges.iter().any(|range| (range.start..range.end).contains(&at));
    // Line breaks become spaces: an excerpt is one paragraph, and every character keeps its number.
    let flat = |c: char| if c.is_control() { ' ' } else { c };
    text.extend(excerpt.more_before.then_some(('…', false)));
    text.extend(excerpt.text.chars().zip(0..).map(|(c, at)| (flat(c), is_found(at))));
    text.extend(excerpt.more_after.then_some(('…', false)));
    let whole: String = text.iter().map(|(c, _)| *c).collect();
    let mut rest = text.into_iter().peekable();
    let mut lines = Vec::new();
    for line in wrap(whole.trim(), room) {
        // What wrapping left out is white space where lines break.
        let first = line.chars().next();
        while rest.next_if(|(c, _)| c.is_whitespace() && Some(*c) != first).is_some() {}
        let mut pieces: Vec<(Style, String)> = Vec::new();
        for (c, is_found) in rest.by_ref().take(line.chars().count()) {
            let style = if is_found { Style::Found } else { Style::Plain };
            match pieces.last_mut() {
                Some((last, piece)) if *last == style => piece.push(c),
                _ => pieces.push((style, c.to_string())),
            }
        }
        lines.push(pieces);
    }
    lines
}

const INDENT: usize = 4;

#[cfg(test)]
mod tests {
    use renkei_proto::v1::TextRange;

    use super::*;

    fn excerpt_of(text: &str, ranges: &[(i32, i32)]) -> Excerpt {
        Excerpt {
            text: text.to_owned(),
            ranges: ranges.iter().map(|(start, end)| TextRange { start: *start, end: *end }).collect(),
            ..Default::default()
        }
    }

    fn found(lines: &[Vec<(Style, String)>]) -> String {
        let found = lines.iter().flatten().filter(|(style, _)| *style == Style::Found);
        found.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn marks_stay_on_their_words_where_lines_break() {
        let text = "痛みは軽い。\n\n 仙骨部の 発赤 は消退した。sacrum red";
        let place = excerpt_of(text, &[(0, 2), (14, 16), (23, 29)]);
        let whole = marked(&place, UNLIMITED);
        assert_eq!((whole.len(), found(&whole)), (1, "痛み|発赤|sacrum".to_owned()));
        for room in 10..60 {
            let lines = marked(&place, room);
            let marks = found(&lines).replace('|', "");
            assert_eq!(marks, "痛み発赤sacrum", "{room}");
            for line in &lines {
                let text: String = line.iter().map(|(_, text)| text.as_str()).collect();
                assert!(width(&text) <= room, "{room}: {text}");
            }
        }
    }

    #[test]
    fn what_is_left_out_is_told() {
        let place =
            Excerpt { more_before: true, more_after: true, ..excerpt_of("発赤は消退", &[(0, 2)]) };
        let lines = marked(&place, 80);
        assert_eq!(
            lines,
            [[
                (Style::Plain, "…".to_owned()),
                (Style::Found, "発赤".into()),
                (Style::Plain, "は消退…".into())
            ]]
        );
    }
}
