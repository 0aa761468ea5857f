//! Where a text breaks into lines of a width: at spaces, or between two characters of which one is wide, except where
//! Japanese typesetting forbids it (禁則); what has no such place breaks where it must.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use crate::output::width;

/// Ranges of bytes, a line each; spaces where it breaks belong to none. `first` is the room of the first line, `rest` that
/// of the others, in the unit of `advance`. A line is wider than its room only if it is one character.
pub(crate) fn lines(text: &str, first: f32, rest: f32, advance: impl Fn(char) -> f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let room = if lines.is_empty() { first } else { rest };
        let Some(length) = break_at(&text[start..], room, &advance) else {
            lines.push(start..start + text[start..].trim_end().len());
            return lines;
        };
        let end = start + length;
        lines.push(start..start + text[start..end].trim_end().len());
        start = end + (text[end..].len() - text[end..].trim_start().len());
    }
}

/// The byte where the next line begins; `None` if all of it fits.
fn break_at(text: &str, room: f32, advance: impl Fn(char) -> f32) -> Option<usize> {
    let (mut used, mut before) = (0.0, None);
    let (mut good, mut passable, mut any) = (None, None, None);
    for (at, c) in text.char_indices() {
        if let Some(before) = before {
            if width::may_break(before, c) {
                good = Some(at);
            }
            // A mark stays with the character that it is on.
            if c.width() != Some(0) {
                any = Some(at);
                if width::stands(before, c) {
                    passable = any;
                }
            }
        }
        used += advance(c);
        // A space at the end of a line takes no room.
        if used > room + TOLERANCE && !c.is_whitespace() {
            return good
                .or(passable)
                .or(any)
                .or_else(|| Some(at + c.len_utf8()).filter(|end| *end < text.len()));
        }
        before = Some(c);
    }
    None
}

/// Sums of widths are not exact.
const TOLERANCE: f32 = 0.001;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns(c: char) -> f32 {
        c.width().unwrap_or(0) as f32
    }

    fn broken(text: &str, room: f32) -> Vec<&str> {
        lines(text, room, room, columns).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn no_line_begins_with_what_ends_a_sentence_or_ends_with_what_opens_one() {
        assert_eq!(broken("発赤は消退した。経過をみる。", 14.0), ["発赤は消退し", "た。経過をみ", "る。"]);
        assert_eq!(broken("発赤、消退（済）。", 12.0), ["発赤、消退", "（済）。"]);
        assert_eq!(broken("すぐに「受診」", 8.0), ["すぐに", "「受診」"]);
        assert_eq!(broken("ベッドサイドでコーヒー", 10.0), ["ベッドサイ", "ドでコー", "ヒー"]);
    }

    #[test]
    fn words_stay_whole_and_long_ones_break_where_they_must() {
        assert_eq!(broken("one two three", 8.0), ["one two", "three"]);
        assert_eq!(
            broken("カルボシステイン錠500mg「サワイ」", 20.0),
            ["カルボシステイン錠", "500mg「サワイ」"]
        );
        assert_eq!(broken("aaaaaaaaaa", 4.0), ["aaaa", "aaaa", "aa"]);
        assert_eq!(broken("aaaa。aaaa", 4.0), ["aaa", "a。", "aaaa"]);
        assert_eq!(broken("。。。。", 4.0), ["。。", "。。"], "nothing else is possible");
        assert_eq!(broken("", 4.0), [""]);
        assert_eq!(broken("訪", 1.0), ["訪"]);
        assert_eq!(broken("訪問", 1.0), ["訪", "問"]);
    }

    #[test]
    fn the_first_line_may_have_another_room() {
        let text = "訪問看護記録";
        let ranges = lines(text, 4.0, 8.0, columns);
        assert_eq!(ranges.into_iter().map(|range| &text[range]).collect::<Vec<_>>(), ["訪問", "看護記録"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_line_fits(text in "[a-z 、。「」訪問看護ー（）ぁっ😀e\u{301}]{0,80}", room in 2u8..40) {
            let room = f32::from(room);
            let broken = broken(&text, room);
            for line in &broken {
                prop_assert!(line.chars().map(columns).sum::<f32>() <= room, "{line:?}");
            }
            let without = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(without(&broken.concat()), without(&text));
        }
    }
}
