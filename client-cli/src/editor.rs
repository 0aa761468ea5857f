//! The visit note as a form in the person's own editor. What was typed is never lost: a form that does
//! not read is opened again, and one that was given up stays on the disk.

use std::{
    env,
    path::Path,
    process::{Command, ExitStatus},
};

use renkei_proto::v1::VisitNote;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    draft,
    error::{Error, Exit, Result},
    interrupt, private_file,
    profile::Profile,
    text::{Texts, msg},
    vital,
};

/// Lets the person fill in the form. `None`: it was left empty.
pub(crate) async fn visit_note(texts: &Texts, profile: &Profile, patient: &str) -> Result<Option<VisitNote>> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|editor| !editor.trim().is_empty()))
        .ok_or_else(|| Error::usage(msg!("error-no-editor")).next(msg!("next-no-editor")))?;
    let folder = draft::folder(profile);
    private_file::make_folder(&folder)?;
    let path = folder.join(format!("form-{}.txt", Uuid::new_v4().simple()));
    let empty = form(texts, patient);
    private_file::write(&path, empty.as_bytes())?;
    let mut before = empty;
    loop {
        let status = edit(&editor, &path).await?;
        let written = private_file::read(&path)?.unwrap_or_default();
        let written = String::from_utf8_lossy(&written).into_owned();
        if !status.success() {
            return Err(given_up(&path, Error::new(Exit::LocalFile, msg!("error-editor", editor = editor))));
        }
        match parse(&written) {
            Ok(note) => {
                private_file::remove(&path)?;
                return Ok(note);
            }
            Err(error) if written == before => return Err(given_up(&path, error)),
            Err(error) => {
                before = with_remark(&written, &error.lines(texts));
                private_file::write(&path, before.as_bytes())?;
            }
        }
    }
}

async fn edit(editor: &str, path: &Path) -> Result<ExitStatus> {
    let mut command = shell(editor, path);
    let _suspend = interrupt::Suspend::new();
    let run = spawn_blocking(move || command.status());
    run.await.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(|error| {
        Error::new(Exit::LocalFile, msg!("error-editor", editor = editor)).detail(error.to_string())
    })
}

/// The variable may hold arguments too, as in `code --wait`, so a shell reads it.
#[cfg(unix)]
fn shell(editor: &str, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path);
    command
}

#[cfg(not(unix))]
fn shell(editor: &str, path: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(editor));
    command.args(words).arg(path);
    command
}

fn given_up(path: &Path, error: Error) -> Error {
    error.next(msg!("next-form-kept", path = path.display()))
}

fn form(texts: &Texts, patient: &str) -> String {
    let mut form = String::new();
    for line in texts.format(&msg!("form-introduction", patient = patient)).lines() {
        form.push_str(&format!("# {line}\n"));
    }
    for (mark, key) in SECTIONS {
        form.push_str(&format!("\n# {}\n{mark}\n", texts.get(key)));
    }
    form
}

/// Puts what is wrong at the top, in place of an earlier remark.
fn with_remark(written: &str, remark: &[String]) -> String {
    let kept = written.lines().filter(|line| !line.starts_with(REMARK));
    let remarks = remark.iter().map(|line| format!("{REMARK}{line}"));
    remarks.chain(kept.map(str::to_owned)).map(|line| line + "\n").collect()
}

/// Reads the form. Lines that begin with `#` are comments; text before the first mark is refused, because
/// nobody could say where it belongs.
fn parse(form: &str) -> Result<Option<VisitNote>> {
    let mut sections: [String; SECTIONS.len()] = Default::default();
    let mut current = None;
    for line in form.lines().filter(|line| !line.starts_with('#')) {
        let mark = line.trim().to_ascii_uppercase();
        if let Some(index) = SECTIONS.iter().position(|(known, _)| *known == mark) {
            current = Some(index);
        } else if let Some(index) = current {
            sections[index].push_str(line);
            sections[index].push('\n');
        } else if !line.trim().is_empty() {
            return Err(Error::usage(msg!("error-form-section", text = line.trim())));
        }
    }
    let [subjective, objective, assessment, plan, vitals] = sections.map(|text| text.trim().to_owned());
    let vitals = vitals.split_whitespace().map(vital::parse).collect::<Result<Vec<_>>>()?;
    let note = VisitNote {
        subjective,
        objective,
        assessment,
        plan,
        visit_time: None,
        observations: vitals.into_iter().flatten().collect(),
    };
    Ok((note != VisitNote::default()).then_some(note))
}

const REMARK: &str = "#! ";
const SECTIONS: [(&str, &str); 5] = [
    ("[S]", "form-subjective"),
    ("[O]", "form-objective"),
    ("[A]", "form-assessment"),
    ("[P]", "form-plan"),
    ("[V]", "form-vital"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn an_untouched_form_is_empty() {
        for language in [Language::Japanese, Language::English] {
            let form = form(&Texts::new(language), "山田 太郎");
            assert!(form.contains("山田 太郎"));
            assert_eq!(parse(&form).unwrap(), None);
        }
    }

    #[test]
    fn sections_keep_their_lines_and_lose_the_comments() {
        let note = parse(
            "# 説明\n[S]\nよく眠れた。\n# 覚え書き\n\n食欲あり。\n[o]\n[P]\n継続\n[V]\nbp=128/76 temp=36.8\n",
        )
        .unwrap()
        .unwrap();
        assert_eq!(note.subjective, "よく眠れた。\n\n食欲あり。");
        assert_eq!((note.objective.as_str(), note.plan.as_str()), ("", "継続"));
        assert_eq!(note.observations.len(), 3);
    }

    #[test]
    fn what_does_not_read_is_an_error_not_a_loss() {
        assert!(parse("どこにも属さない\n[S]\n").is_err());
        assert!(parse("[V]\ntemp=368\n").is_err());
    }

    #[test]
    fn a_remark_replaces_the_one_before() {
        let once = with_remark("[V]\ntemp=368\n", &["first".to_owned()]);
        let twice = with_remark(&once, &["second".to_owned()]);
        assert_eq!(twice, "#! second\n[V]\ntemp=368\n");
    }
}
