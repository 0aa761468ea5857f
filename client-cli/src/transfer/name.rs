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

/// The name under which the system's program may open a file of this type: it ends as the type says, whatever the
/// uploader called it. `None` for what might do more than be looked at or listened to.
pub(crate) fn viewable_name(name: &str, kind: &str) -> Option<String> {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_harmless = matches!(kind.as_str(), "application/pdf" | "text/plain")
        || ["image/", "audio/", "video/"].iter().any(|media| kind.starts_with(media));
    let (ending, _) = CONTENT_TYPES.iter().find(|(_, known)| is_harmless && *known == kind)?;
    if content_type(name) == kind {
        return Some(name.to_owned());
    }
    Some(shortened(&format!("{name}.{ending}")))
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

    #[test]
    fn only_what_is_looked_at_is_opened_and_under_the_ending_of_its_type() {
        let name = viewable_name;
        assert_eq!(name("創部.JPEG", "image/jpeg").as_deref(), Some("創部.JPEG"));
        assert_eq!(name("run.desktop", "image/png").as_deref(), Some("run.desktop.png"));
        assert_eq!(name("letter", "application/pdf; version=1.7").as_deref(), Some("letter.pdf"));
        let long = name(&"a".repeat(200), "text/plain").unwrap();
        assert!(long.len() <= 200 && long.ends_with("a.txt"), "{long}");
        for (file, kind) in [
            ("photo.jpg", "application/x-sh"),
            ("page.html", "text/html"),
            ("a.svg", "image/svg+xml"),
            ("a.csv", "text/csv"),
            ("a.exe", "application/octet-stream"),
            ("photo.jpg", ""),
        ] {
            assert_eq!(name(file, kind), None, "{file} {kind}");
        }
    }
}
