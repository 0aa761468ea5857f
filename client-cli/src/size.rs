//! Sizes as people write and read them: `500MB`, `50 GB`, `1TiB`.

use indicatif::BinaryBytes;

use crate::{
    error::{Error, Exit, Result},
    text::msg,
};

/// What a size may end with, and how many bytes that is. Without one it is bytes.
const UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

/// Bytes of a size: a whole number with a unit.
pub(crate) fn parse(text: &str) -> Result<i64> {
    let folded = text.trim().to_ascii_lowercase();
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((folded.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = unit.unwrap_or((&folded, 1));
    let number = number.trim_end();
    let number: Option<u64> =
        number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok()).flatten();
    number
        .and_then(|number| number.checked_mul(bytes))
        .and_then(|bytes| i64::try_from(bytes).ok())
        .ok_or_else(|| Error::new(Exit::Usage, msg!("error-size", text = text)))
}

/// A number of bytes for a person.
pub(crate) fn words(bytes: i64) -> String {
    BinaryBytes(bytes.max(0).unsigned_abs()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal_or_binary() {
        for (text, bytes) in [
            ("500MB", 500_000_000),
            ("50 gb", 50_000_000_000),
            ("1TiB", 1 << 40),
            ("100GiB", 107_374_182_400),
            ("0", 0),
            ("4096", 4096),
            (" 12 b ", 12),
        ] {
            assert_eq!(parse(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "GB", "-1GB", "1.5GB", "1PB", "+1", "１GB", "9999999999TiB", "99999999999999999999"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_in_binary_units() {
        assert_eq!(words(107_374_182_400), "100.00 GiB");
        assert_eq!(words(-1), "0 B");
    }
}
