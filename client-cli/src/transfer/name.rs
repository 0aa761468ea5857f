//! Names and types of files: ours as they are announced, theirs as names for files here.

use crate::output::sanitize;

/// A name from elsewhere as the name of a file here: no path, nothing hidden, nothing that a terminal or
/// another system reads as something else.
pub(crate) fn safe_name(name: &str, otherwise: &str) -> String {
    let mapped: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            _ if c.is_control() || sanitize::is_hazardous(c) => '_',
            _ => c,
        })
        .collect();
    let trimmed = mapped.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = trimmed.split('.').next().unwrap_or_default().to_ascii_uppercase();
    if trimmed.is_empty() || RESERVED.contains(&stem.as_str()) {
        return otherwise.to_owned();
    }
    shortened(trimmed)
}

/// The type that a name's ending stands for.
pub(crate) fn content_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    CONTENT_TYPES
        .iter()
        .find(|(known, _)| *known == ending)
        .map_or("application/octet-stream", |(_, kind)| kind)
}

/// At most 200 bytes, so that it fits every file system with room for a suffix; the ending is kept.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| ending.len() <= 10);
    let suffix = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let cut = name.floor_char_boundary(LONGEST_NAME - suffix.len());
    format!("{}{suffix}", &name[..cut])
}

const LONGEST_NAME: usize = 200;
/// Names that Windows keeps for devices.
const RESERVED: &[&str] = &[
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
    "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];
const CONTENT_TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("dcm", "application/dicom"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("wav", "audio/wav"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_elsewhere_are_harmless() {
        for (given, safe) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
            (".bashrc", "bashrc"),
            ("..", "otherwise"),
            ("", "otherwise"),
            ("nul.txt", "otherwise"),
            ("a\x1b[2J\u{202e}gpj.exe", "a_[2J_gpj.exe"),
            ("褥瘡 写真.jpg", "褥瘡 写真.jpg"),
        ] {
            assert_eq!(safe_name(given, "otherwise"), safe);
        }
        let long = safe_name(&format!("{}.jpg", "創".repeat(300)), "otherwise");
        assert!(long.len() <= LONGEST_NAME && long.ends_with(".jpg"));
    }
}
