//! Secrets that people type: groups of four symbols in Crockford's base32 (no I, L, O, U).

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

const GROUP_LEN: usize = 4;

/// `XXXX-XXXX-…`.
pub(crate) fn write(secret: &[u8]) -> String {
    let mut text = String::new();
    for (place, symbol) in CROCKFORD.encode(secret).chars().enumerate() {
        if place > 0 && place % GROUP_LEN == 0 {
            text.push('-');
        }
        text.push(symbol);
    }
    text
}

/// Reads characters in NFKC as people type them: case, spaces and hyphens do not matter; O is read as 0, I and L as 1.
/// `None`: they are not `N` bytes.
pub(crate) fn read<const N: usize>(typed: impl Iterator<Item = char>) -> Option<[u8; N]> {
    let symbols: String = typed.filter(|c| !c.is_whitespace() && !is_hyphen(*c)).collect();
    if CROCKFORD.decode_len(symbols.len()) != Ok(N) {
        return None;
    }
    let mut secret = [0; N];
    let written = CROCKFORD.decode_mut(symbols.as_bytes(), &mut secret).ok()?;
    (written == N).then_some(secret)
}

/// Hyphens, dashes, the minus sign, and the long-vowel mark, which Japanese keyboards have in its place.
pub(crate) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}')
}

static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.encoding().expect("32 different symbols, translated to themselves")
});
