//! Which files of the entry that it corrects a correction keeps: all but those that the person leaves out.

use renkei_proto::v1::AttachmentSummary;

use crate::{
    command::resolve,
    error::{Error, Result},
    text::msg,
};

/// Those of `files` that stay, in their order. `without`: what is left out, each by its name or UUID.
///
/// # Errors
///
/// If there is no such file, or several have the name.
pub(crate) fn kept(files: &[AttachmentSummary], without: &[String]) -> Result<Vec<AttachmentSummary>> {
    let mut left_out = Vec::new();
    for named in without {
        let id = resolve::uuid(named).ok();
        let is_meant = |file: &&AttachmentSummary| match &id {
            Some(id) if file.attachment_id == *id => true,
            _ => !file.damaged && file.file_name == *named,
        };
        let meant: Vec<_> = files.iter().filter(is_meant).collect();
        match meant.as_slice() {
            [file] => left_out.push(file.attachment_id.as_str()),
            [] => {
                return Err(
                    Error::usage(msg!("error-no-kept-file", file = named)).next(msg!("next-kept-file"))
                );
            }
            _ => {
                return Err(Error::usage(msg!("error-kept-files", file = named)).next(msg!("next-kept-file")));
            }
        }
    }
    let stays = |file: &&AttachmentSummary| !left_out.contains(&file.attachment_id.as_str());
    Ok(files.iter().filter(stays).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    const IDS: [&str; 4] = [
        "0197f0a0-0000-7000-8000-000000000001",
        "0197f0a0-0000-7000-8000-000000000002",
        "0197f0a0-0000-7000-8000-000000000003",
        "0197f0a0-0000-7000-8000-000000000004",
    ];

    fn ids(without: &[&str]) -> Result<Vec<String>> {
        let mut files = [IDS[0], IDS[1], IDS[2], IDS[3]].map(|id| AttachmentSummary {
            attachment_id: id.into(),
            file_name: "創部.jpg".into(),
            ..Default::default()
        });
        files[0].file_name = "紹介状.pdf".into();
        files[3] = AttachmentSummary { attachment_id: IDS[3].into(), damaged: true, ..Default::default() };
        let without: Vec<String> = without.iter().map(|&one| one.to_owned()).collect();
        Ok(kept(&files, &without)?.into_iter().map(|file| file.attachment_id).collect())
    }

    #[test]
    fn all_are_kept_but_those_that_are_named() {
        assert_eq!(ids(&[]).unwrap(), IDS);
        assert_eq!(ids(&["紹介状.pdf"]).unwrap(), IDS[1..]);
        // Of two with one name the UUID tells, and it names a damaged one, which has no name.
        let [second, last] = [IDS[1].to_uppercase(), IDS[3].to_owned()];
        assert_eq!(ids(&[&second, &last]).unwrap(), [IDS[0], IDS[2]]);
        assert_eq!(ids(&["紹介状.pdf", IDS[0]]).unwrap(), IDS[1..], "twice the same");
    }

    #[test]
    fn what_is_left_out_must_be_one_of_them() {
        for wrong in ["創部.jpg", "別の.pdf", "", "0197f0a0-0000-7000-8000-000000000009"] {
            assert_eq!(ids(&[wrong]).unwrap_err().exit(), Exit::Usage, "{wrong}");
        }
    }
}
