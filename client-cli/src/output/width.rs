//! Text in columns: kanji and kana take two, half-width kana and their sound marks one, combining marks none.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that the text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most so many columns, with `…` where it was cut.
pub(crate) fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > columns {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

/// Room where there is no terminal: lines are not broken.
pub(crate) const UNLIMITED: usize = usize::MAX / 2;

/// The text padded with spaces to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text in lines of at most so many columns. Lines break at spaces, or between any two wide
/// characters except where Japanese typesetting forbids it, or, as a last resort, anywhere.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(MINIMUM);
    text.lines().flat_map(|line| wrap_line(line.trim_end(), columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    while width(rest) > columns {
        let at = break_at(rest, columns);
        lines.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    lines.push(rest.to_owned());
    lines
}

/// The byte where the line is broken: the last good place within the columns.
fn break_at(line: &str, columns: usize) -> usize {
    let mut used = 0;
    let mut good = None;
    let mut before: Option<char> = None;
    for (at, c) in line.char_indices() {
        if let Some(before) = before
            && may_break(before, c)
        {
            good = Some(at);
        }
        used += c.width().unwrap_or(0);
        if used > columns {
            return good.unwrap_or(at);
        }
        before = Some(c);
    }
    line.len()
}

/// Whether a line may end between the two.
pub(crate) fn may_break(before: char, after: char) -> bool {
    if before.is_whitespace() {
        return true;
    }
    let wide = |c: char| c.width() == Some(2);
    (wide(before) || wide(after)) && stands(before, after)
}

/// Whether Japanese typesetting lets a line end with the one and the next begin with the other.
pub(crate) fn stands(before: char, after: char) -> bool {
    !NOT_AT_START.contains(after) && !NOT_AT_END.contains(before)
}

/// 行頭禁則.
const NOT_AT_START: &str = "、。，．・：；？！」』）］｝〉》】ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮゝゞヽヾ…‥％〕’”,.:;?!)]}%℃";
/// 行末禁則.
const NOT_AT_END: &str = "「『（［｛〈《【〔‘“([{";
const MINIMUM: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kanji_take_two_columns() {
        assert_eq!(width("患者A"), 5);
        assert_eq!(pad("患者", 6), "患者  ");
        assert_eq!(width("がぎ"), 4);
        assert_eq!(width("ｶﾞｰｾﾞ"), 5);
    }

    #[test]
    fn truncation_never_exceeds_the_columns() {
        assert_eq!(truncate("訪問看護ステーション", 9), "訪問看護…");
        assert_eq!(truncate("訪問看護ステーション", 10), "訪問看護…");
        assert_eq!(truncate("訪問", 4), "訪問");
        assert_eq!(truncate("ｶﾞｰｾﾞ交換", 7), "ｶﾞｰｾﾞ…");
        for columns in 1..20 {
            assert!(width(&truncate("訪問abc看護ステーション", columns)) <= columns);
        }
    }

    #[test]
    fn japanese_wraps_between_characters_but_not_before_punctuation() {
        assert_eq!(
            wrap("仙骨部の発赤は消退した。経過をみる。", 24),
            ["仙骨部の発赤は消退した。", "経過をみる。"]
        );
        assert_eq!(
            wrap("仙骨部の発赤は消退した。経過をみる。", 22),
            ["仙骨部の発赤は消退し", "た。経過をみる。"]
        );
        for line in wrap("「あいうえお」、「かきくけこ」。（さしすせそ）", 12) {
            assert!(width(&line) <= 12, "{line}");
            assert!(!line.starts_with(['、', '。', '」']) && !line.ends_with(['「', '（']), "{line}");
        }
    }

    #[test]
    fn words_wrap_at_spaces_and_long_ones_anywhere() {
        assert_eq!(wrap("one two three four", 10), ["one two", "three four"]);
        assert_eq!(wrap("aaaaaaaaaaaaaaa", 10), ["aaaaaaaaaa", "aaaaa"]);
        assert_eq!(wrap("a\n\nb", 10), ["a", "", "b"]);
    }
}
