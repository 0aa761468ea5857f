//! Folding: what texts are compared by, so that it does not matter how they were typed. Width and other forms of the
//! same character (NFKC), case, and katakana or hiragana make no difference; the long-vowel mark, accents and voiced
//! marks do.

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Folds the reading of a name: as every text, and without white space.
pub fn fold_kana(reading: &str) -> String {
    // Composed again at the end: NFKC writes a voiced mark of its own (゛) as a space and a combining mark,
    // and the mark joins its letter only when the space is gone.
    letters(reading.chars()).filter(|c| !c.is_whitespace()).nfkc().collect()
}

/// Folds an identifier: NFKC, lower case, trimmed.
pub fn fold_identifier(identifier: &str) -> String {
    identifier.nfkc().flat_map(char::to_lowercase).nfkc().collect::<String>().trim().to_owned()
}

/// Folds a text for search.
pub fn fold_text(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded, |_, _| {});
    folded
}

/// Appends the folded `text` to `folded`, piece by piece. `piece` is told where each begins, in bytes: in `text`, and
/// in `folded`. A piece folds by itself: whatever stands around it, it becomes the same.
pub fn fold_into(text: &str, folded: &mut String, mut piece: impl FnMut(usize, usize)) {
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        piece(start, folded.len());
        let mut is_alone = true;
        while chars.next_if(|(_, next)| !begins_piece(*next)).is_some() {
            is_alone = false;
        }
        match simple(c) {
            Some(letter) if is_alone => folded.push(letter),
            _ => {
                let end = chars.peek().map_or(text.len(), |(next, _)| *next);
                folded.extend(letters(text[start..end].chars().map(combining)).nfkc());
            }
        }
    }
}

/// Whether a piece begins with `c`, whatever stands before it: nothing in it joins what is before.
pub fn begins_piece(c: char) -> bool {
    if simple(c).is_some() {
        return true;
    }
    let mut first = None;
    decompose_compatible(combining(c), |part| {
        first.get_or_insert(part);
    });
    first.is_some_and(|first| {
        canonical_combining_class(first) == 0 && is_nfc_quick(std::iter::once(first)) == IsNormalized::Yes
    })
}

/// What most characters fold to, without the tables.
fn simple(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' => Some(c.to_ascii_lowercase()),
        'ぁ'..='ゖ' | '、'..='〛' | '一'..='\u{9fff}' | 'ー' | '・' => Some(c),
        'ァ'..='ヶ' => shifted(c, 0x60),
        '！'..='～' => shifted(c, 0xfee0).map(|ascii| ascii.to_ascii_lowercase()),
        '\u{3000}' => Some(' '),
        _ => None,
    }
}

fn shifted(c: char, by: u32) -> Option<char> {
    char::from_u32(u32::from(c) - by)
}

/// Marks that stand by themselves, as the ones that join a letter: there is no space between in a text.
fn combining(c: char) -> char {
    match c {
        '゛' => '\u{3099}',
        '゜' => '\u{309a}',
        other => other,
    }
}

fn letters(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    text.nfkc().flat_map(char::to_lowercase).flat_map(to_hiragana)
}

fn to_hiragana(c: char) -> impl Iterator<Item = char> {
    const VOICED: Option<char> = Some('\u{3099}');
    let (letter, mark) = match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => (char::from_u32(c as u32 - 0x60).unwrap_or(c), None),
        // These have no hiragana of one character.
        'ヷ' => ('わ', VOICED),
        'ヸ' => ('ゐ', VOICED),
        'ヹ' => ('ゑ', VOICED),
        'ヺ' => ('を', VOICED),
        other => (other, None),
    };
    std::iter::once(letter).chain(mark)
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
