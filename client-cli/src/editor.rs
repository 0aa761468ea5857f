//! A form in the person's own editor. What was typed is never lost: a form that does not read is opened again, and
//! one that was given up stays on the disk.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    draft,
    error::{Error, Exit, Result},
    interrupt, private_file,
    profile::Profile,
    text::{Texts, msg},
};

/// What was typed, which stays on the disk until it is safe elsewhere.
pub(crate) struct Typed<T> {
    pub(crate) content: T,
    /// `None` for what was given by flags.
    path: Option<PathBuf>,
}

impl<T> Typed<T> {
    /// What no editor was needed for.
    pub(crate) fn by_flags(content: T) -> Self {
        Self { content, path: None }
    }

    /// The same text, which means this.
    pub(crate) fn with<U>(self, content: U) -> Typed<U> {
        Typed { content, path: self.path }
    }

    /// An error after which it stays on the disk: it says where.
    pub(crate) fn kept(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => given_up(path, error),
            None => error,
        }
    }

    /// It stands in the outbox now, or is wanted no longer.
    pub(crate) fn safe(&self) -> Result<()> {
        self.path.as_deref().map_or(Ok(()), private_file::remove)
    }
}

/// Lets the person change a text until it reads.
///
/// # Errors
///
/// What does not read any better after another try, and an editor that fails: the error says where the text is kept.
pub(crate) async fn fill_in<T>(
    texts: &Texts,
    profile: &Profile,
    text: &str,
    read: impl Fn(&str) -> Result<T>,
) -> Result<Typed<T>> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|editor| !editor.trim().is_empty()))
        .ok_or_else(|| Error::usage(msg!("error-no-editor")).next(msg!("next-no-editor")))?;
    fill_in_with(&editor, texts, profile, text, read).await
}

async fn fill_in_with<T>(
    editor: &str,
    texts: &Texts,
    profile: &Profile,
    text: &str,
    read: impl Fn(&str) -> Result<T>,
) -> Result<Typed<T>> {
    let folder = draft::folder(profile);
    private_file::make_folder(&folder)?;
    let path = folder.join(format!("form-{}.txt", Uuid::new_v4().simple()));
    private_file::write(&path, text.as_bytes())?;
    let mut before = text.to_owned();
    loop {
        let status = edit(editor, &path).await.map_err(|error| given_up(&path, error))?;
        let written = private_file::read(&path)?.unwrap_or_default();
        let written = String::from_utf8_lossy(&written).into_owned();
        if !status.success() {
            return Err(given_up(&path, Error::new(Exit::LocalFile, msg!("error-editor", editor = editor))));
        }
        match read(&written) {
            Ok(content) => return Ok(Typed { content, path: Some(path) }),
            Err(error) if written == before => return Err(given_up(&path, error)),
            Err(error) => {
                before = with_remark(&written, &error.lines(texts));
                private_file::write(&path, before.as_bytes()).map_err(|error| given_up(&path, error))?;
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

/// Puts what is wrong at the top, in place of an earlier remark.
fn with_remark(written: &str, remark: &[String]) -> String {
    let kept = written.lines().filter(|line| !line.starts_with(REMARK));
    let remarks = remark.iter().map(|line| format!("{REMARK}{line}"));
    remarks.chain(kept.map(str::to_owned)).map(|line| line + "\n").collect()
}

const REMARK: &str = "#! ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{profile::Home, text::Language};

    /// What a number must be after the editor, which is a command of the shell.
    async fn number(home: &Path, editor: &str) -> Result<Typed<i32>> {
        let texts = Texts::new(Language::English);
        let profile = Home::at(home).profile("default").unwrap();
        let read = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let wrong = |_| Error::usage(msg!("error-form-quantity", text = text));
            lines.collect::<String>().parse().map_err(wrong)
        };
        fill_in_with(editor, &texts, &profile, "# a number\n", read).await
    }

    fn kept(home: &Path) -> Vec<String> {
        let profile = Home::at(home).profile("default").unwrap();
        let files = std::fs::read_dir(draft::folder(&profile)).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_was_typed_is_on_the_disk_until_it_is_safe() {
        let home = tempfile::tempdir().unwrap();
        let typed = number(home.path(), r#"sh -c 'echo 42 >> "$1"' sh"#).await.unwrap();
        assert_eq!(typed.content, 42);
        assert_eq!(kept(home.path()), ["# a number\n42\n"]);
        let lines = |error: Error| error.lines(&Texts::new(Language::English)).join("\n");
        let failed = || Error::usage(msg!("error-post-empty"));
        assert!(
            lines(typed.kept(failed())).contains("form-"),
            "what fails after the editor says where it is"
        );
        assert_eq!(lines(Typed::by_flags(42).kept(failed())), lines(failed()));
        typed.safe().unwrap();
        assert!(kept(home.path()).is_empty());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_form_that_does_not_read_is_opened_again_with_what_is_wrong() {
        let home = tempfile::tempdir().unwrap();
        // Writes nonsense first; where a remark stands, it is put right.
        let editor = r#"sh -c 'if grep -q "^#! " "$1"; then echo 7 > "$1"; else echo x >> "$1"; fi' sh"#;
        assert_eq!(number(home.path(), editor).await.unwrap().content, 7);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_was_given_up_stays_and_the_error_says_where() {
        for editor in [r#"sh -c 'grep -q x "$1" || echo x > "$1"' sh"#, r#"sh -c 'echo x > "$1"; exit 3' sh"#]
        {
            let home = tempfile::tempdir().unwrap();
            let error = number(home.path(), editor).await.err().unwrap();
            let said = error.lines(&Texts::new(Language::English)).join("\n");
            assert!(said.contains("form-"), "{said}");
            assert!(matches!(kept(home.path()).as_slice(), [text] if text.ends_with("x\n")), "{editor}");
        }
    }

    #[test]
    fn a_remark_replaces_the_one_before() {
        let once = with_remark("[V]\ntemp=368\n", &["first".to_owned()]);
        let twice = with_remark(&once, &["second".to_owned()]);
        assert_eq!(twice, "#! second\n[V]\ntemp=368\n");
    }
}
