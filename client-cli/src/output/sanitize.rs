//! Text from others, made harmless for a terminal: escape sequences could move the cursor, rewrite what
//! stands there or set the clipboard, and direction marks could make a text read as something else.

/// Shows control characters and direction marks instead of obeying them. One character in, one out.
pub(crate) fn neutral(text: &str) -> String {
    text.chars().map(neutral_char).collect()
}

fn neutral_char(c: char) -> char {
    match c {
        '\t' => ' ',
        // The pictures of the control characters stand in the same order.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        _ if is_hazardous(c) => '\u{fffd}',
        _ => c,
    }
}

/// C1 controls, direction marks and overrides, separators of lines, invisible tags.
pub(crate) fn is_hazardous(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_not_obeyed() {
        assert_eq!(neutral("\x1b]0;title\x07\x1b[2J\r"), "␛]0;title␇␛[2J␍");
        assert_eq!(neutral("a\u{9b}31mb"), "a\u{fffd}31mb");
        assert_eq!(neutral("\u{202e}gpj.exe"), "\u{fffd}gpj.exe");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let text = "山田 太郎 が、ヴァ 36.8℃ 👩‍⚕️ 葛󠄀";
        assert_eq!(neutral(text), text);
    }
}
