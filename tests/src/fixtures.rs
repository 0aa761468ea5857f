//! Real files with invented content: what a visit brings home.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

/// A photo as a tablet takes it: JPEG, 800 × 600, a painted wound with a ruler under it.
pub const PHOTO: &[u8] = include_bytes!("../fixtures/wound.jpg");

/// The name of the photo in [`Files`].
pub const PHOTO_NAME: &str = "創部写真.jpg";

/// A consent paper: PDF, one page, invented people and facilities.
pub const PAPER: &[u8] = include_bytes!("../fixtures/consent.pdf");

/// How many characters [`long_note`] has.
pub const LONG_NOTE_CHARS: usize = 10_000;

/// The files, laid into a folder.
pub struct Files {
    /// [`PHOTO`].
    pub photo: PathBuf,
    /// [`PAPER`].
    pub paper: PathBuf,
    /// [`long_note`].
    pub note: PathBuf,
}

impl Files {
    /// Writes the files into `folder`, under names as people give them.
    ///
    /// # Errors
    /// If they can not be written.
    pub fn lay_into(folder: &Path) -> Result<Self> {
        let files = Self {
            photo: folder.join(PHOTO_NAME),
            paper: folder.join("同意書.pdf"),
            note: folder.join("看護記録.txt"),
        };
        fs::create_dir_all(folder)?;
        fs::write(&files.photo, PHOTO)?;
        fs::write(&files.paper, PAPER)?;
        fs::write(&files.note, long_note())?;
        Ok(files)
    }
}

/// A nursing record of exactly 10,000 Japanese characters, no two lines alike.
pub fn long_note() -> String {
    let mut note = String::from("訪問看護記録（架空の内容）\n");
    for day in 1.. {
        let systolic = 118 + day * 7 % 23;
        let degree = 1 + day % 3;
        note.push_str(&format!(
            "第{day}日　仙骨部の創は縮小傾向、滲出液は{degree}度。除圧と体位変換を続けた。収縮期血圧は{systolic}。\
             食事は八割、水分は一日に一リットル弱。𠮷田さん（長女）が手技を覚え、夜間の不安は減ったと話す。\n"
        ));
        if note.chars().count() >= LONG_NOTE_CHARS {
            break;
        }
    }
    note.chars().take(LONG_NOTE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixtures_are_what_they_say() {
        assert_eq!(&PHOTO[..3], b"\xff\xd8\xff");
        assert_eq!(&PAPER[..5], b"%PDF-");
        assert_eq!(long_note().chars().count(), LONG_NOTE_CHARS);
        assert!(long_note().len() > 2 * LONG_NOTE_CHARS, "mostly characters of three bytes");
    }
}
