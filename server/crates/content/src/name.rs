//! File names that no file system, shell or terminal stumbles over.

use unicode_normalization::UnicodeNormalization as _;

/// Longest safe name, in bytes of UTF-8: what the usual file systems take.
const LONGEST: usize = 255;
/// Longest extension that is kept when a name is cut, in bytes with its dot.
const LONGEST_EXTENSION: usize = 32;

/// `name` as it may be written to a disk and to a terminal: NFC, 1 to 255 bytes, without control characters and
/// characters that cannot be seen or that turn the direction of writing, without a path, without a dot at the
/// beginning, a dot or space at the end, and none of the names that Windows keeps for devices. What a file system
/// keeps for itself becomes `_`; a name of which nothing is left becomes "file". A name that is too long is cut
/// between characters in front of its extension. `safe_name(safe_name(x)) == safe_name(x)`.
pub fn safe_name(name: &str) -> String {
    // Taking characters out may bring a letter and its accent together, and cutting may bare a space.
    let visible: String = name.chars().filter(|c| !is_unseen(*c)).map(replaced).collect();
    let mut name: String = trimmed(&visible.nfc().collect::<String>()).to_owned();
    name = shortened(name);
    if is_device(&name) {
        name.insert(0, '_');
        name = shortened(name);
    }
    if name.is_empty() { "file".to_owned() } else { name }
}

fn trimmed(name: &str) -> &str {
    name.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end_matches(is_loose)
}

/// Windows drops these from the end of a name: what is left would have another extension.
fn is_loose(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// Without a picture of its own: control characters, marks of direction, zero widths, variation selectors, tags, the
/// fillers, and what is no character.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
        || u32::from(c) & 0xFFFE == 0xFFFE
}

fn replaced(c: char) -> char {
    match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        // Look like a separator, and some systems map them to one.
        '\u{2044}' | '\u{2215}' | '\u{29F8}' | '\u{29F5}' | '\u{FE68}' | '\u{FF0F}' | '\u{FF3C}' => '_',
        c if c.is_whitespace() && c != '\u{3000}' => ' ',
        c => c,
    }
}

/// Whether Windows opens a device under this name, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        let digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "¹", "²", "³"];
        stem.strip_prefix(prefix).is_some_and(|rest| digits.contains(&rest))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || numbered("COM")
        || numbered("LPT")
}

/// At most [`LONGEST`] bytes, with the extension if it is one.
fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let extension = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= LONGEST_EXTENSION => &name[dot..],
        _ => "",
    };
    let stem = &name[..name.floor_char_boundary(LONGEST - extension.len())];
    let stem = if extension.is_empty() { stem.trim_end_matches(is_loose) } else { stem };
    format!("{stem}{extension}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_be_stumbled_over_is_taken_out() {
        for (given, safe) in [
            ("傷の写真.jpg", "傷の写真.jpg"),
            ("ハ\u{309A}ス.pdf", "パス.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\temp\\x.txt", "C__temp_x.txt"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("a\u{200B}b\u{0}c\u{1B}[31m.txt", "abc[31m.txt"),
            (".bashrc", "bashrc"),
            ("evil.exe. . ", "evil.exe"),
            ("evil.exe\u{3000}", "evil.exe"),
            ("con", "_con"),
            ("NUL.tar.gz", "_NUL.tar.gz"),
            ("com1 .txt", "_com1 .txt"),
            ("COM¹", "_COM¹"),
            ("console.txt", "console.txt"),
            ("a\u{200B}\u{301}.txt", "á.txt"),
            ("", "file"),
            (" . \u{FEFF}. ", "file"),
        ] {
            assert_eq!(safe_name(given), safe, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        let safe = safe_name(&format!("{}.jpeg", "傷".repeat(200)));
        assert_eq!(safe, format!("{}.jpeg", "傷".repeat(83)));
        assert_eq!(safe_name(&"x".repeat(300)).len(), 255);
        assert_eq!(safe_name(&format!("x.{}", "y".repeat(300))).len(), 255);
    }

    proptest! {
        #[test]
        fn a_safe_name_is_safe_whatever_came_in(name in any_name()) {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= 255);
            let has_any = safe.contains(['/', '\\', '\0', '\u{202E}', '\u{200B}']);
            prop_assert!(!has_any);
            prop_assert!(!safe.starts_with('.') && !safe.ends_with(['.', ' ']));
            prop_assert!(!is_device(&safe));
            prop_assert_eq!(&safe.nfc().collect::<String>(), &safe);
            prop_assert_eq!(safe_name(&safe), safe);
        }
    }

    /// Names of everything, and long ones of what is handled apart.
    fn any_name() -> impl Strategy<Value = String> {
        let special =
            "[. _\u{3000}\u{301}\u{309A}\u{200B}\u{202E}conCON1¹/\\\\a傷é\u{1100}\u{1161}\u{11A8}]{0,300}";
        prop_oneof![any::<String>(), special]
    }
}
