//! How the root key is written down.
//!
//! The first version alone is 32 bytes, as `init` writes it. Otherwise a text: a line `VERSION:KEY` for each version,
//! the key as 64 hexadecimal digits, versions ascending; empty lines and lines that begin with `#` are passed over.

use std::collections::BTreeMap;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use renkei_crypto::key::Key;
use zeroize::Zeroizing;

/// The most that can make sense, in bytes: far more versions than anybody keeps.
pub(super) const MAX_LEN: u64 = 64 * 1024;

const HEAD: &str = "\
# Root key of a Renkei installation: VERSION:KEY, the newest last. Whoever has this file and the database can read
# everything; without it nobody can. Old versions are needed for backups that were made before a rotation.
";

/// The versions in `content`.
///
/// # Errors
/// What is wrong, by line. Nothing of the content is repeated.
pub(super) fn parse(content: &[u8]) -> Result<BTreeMap<u32, Key>, String> {
    if let Ok(key) = <[u8; 32]>::try_from(content) {
        return Ok(BTreeMap::from([(1, Key::from_bytes(key))]));
    }
    let text = std::str::from_utf8(content)
        .map_err(|_| "is neither 32 bytes nor a text: it is damaged or no root key".to_owned())?;
    let mut keys = BTreeMap::<u32, Key>::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| format!("line {number}: {what}");
        let (version, digits) =
            line.split_once(':').ok_or_else(|| wrong("must be VERSION:KEY, or a comment behind #"))?;
        let version: u32 = version
            .trim()
            .parse()
            .ok()
            .filter(|version| *version > 0 && *version < i32::MAX.unsigned_abs())
            .ok_or_else(|| wrong("the version must be a number from 1 on"))?;
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.trim().as_bytes()).map(Zeroizing::new);
        let key = bytes
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
            .map(Key::from_bytes)
            .ok_or_else(|| wrong("the key must be 64 hexadecimal digits"))?;
        if keys.last_key_value().is_some_and(|(last, _)| version <= *last) {
            return Err(wrong("versions must ascend"));
        }
        if keys.values().any(|other| other.expose() == key.expose()) {
            return Err(wrong("the key of this version is that of another"));
        }
        keys.insert(version, key);
    }
    if keys.is_empty() { Err("holds no key".to_owned()) } else { Ok(keys) }
}

/// The text for these versions.
pub(super) fn written<'a>(keys: impl IntoIterator<Item = (u32, &'a Key)>) -> Zeroizing<String> {
    // one buffer from the start: growing would leave copies behind that nobody wipes
    let keys: Vec<_> = keys.into_iter().collect();
    let mut text = Zeroizing::new(String::with_capacity(HEAD.len() + keys.len() * 80));
    text.push_str(HEAD);
    for (version, key) in keys {
        text.push_str(&version.to_string());
        text.push(':');
        HEXLOWER.encode_append(key.expose(), &mut text);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0101010101010101010101010101010101010101010101010101010101010101";
    const B: &str = "02020202020202020202020202020202020202020202020202020202020202Ab";

    fn read(content: impl AsRef<[u8]>) -> Result<Vec<(u32, [u8; 32])>, String> {
        parse(content.as_ref())
            .map(|keys| keys.iter().map(|(version, key)| (*version, *key.expose())).collect())
    }

    #[test]
    fn thirty_two_bytes_are_the_first_version() {
        assert_eq!(read([7; 32]).unwrap(), [(1, [7; 32])]);
    }

    #[test]
    fn what_was_written_is_read() {
        let keys = [(3, Key::from_bytes([1; 32])), (9, Key::from_bytes([2; 32]))];
        let text = written(keys.iter().map(|(version, key)| (*version, key)));
        assert_eq!(read(text.as_bytes()).unwrap(), [(3, [1; 32]), (9, [2; 32])]);
        assert!(text.lines().count() > 2, "it says what it is");
    }

    #[test]
    fn people_may_write_it_with_comments() {
        let text = format!("# kept in the safe\r\n\r\n 1 : {A}\r\n2:{B}");
        assert_eq!(read(text).unwrap().len(), 2);
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        for (content, told) in [
            (String::new(), "holds no key"),
            ("# nothing\n".to_owned(), "holds no key"),
            (A.to_owned(), "line 1: must be VERSION:KEY"),
            (format!("0:{A}"), "line 1: the version"),
            (format!("v1:{A}"), "line 1: the version"),
            (format!("4294967295:{A}"), "line 1: the version"),
            (format!("1:{}", &A[1..]), "line 1: the key must be 64"),
            (format!("1:{A}00"), "line 1: the key must be 64"),
            (format!("1:{}", A.replace('0', "g")), "line 1: the key must be 64"),
            (format!("#\n2:{A}\n1:{B}"), "line 3: versions must ascend"),
            (format!("2:{A}\n2:{B}"), "line 2: versions must ascend"),
            (format!("1:{A}\n2:{A}"), "line 2: the key of this version is that of another"),
        ] {
            let error = read(&content).unwrap_err();
            assert!(error.starts_with(told), "{error}");
            assert!(!error.contains("0101"), "{error}");
        }
        for content in [&[7; 31][..], &[7; 33], &[0xff; 64]] {
            assert!(read(content).is_err());
        }
    }
}
