//! What a person gives a command besides its arguments: secrets, texts, standard input, a last yes. Nothing
//! is ever asked where nobody is there to answer; the error says then which flag gives it.

use std::{
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Exit, Result},
    output::sanitize::neutral,
    text::{Message, Texts, msg},
};

static STDIN_TAKEN: AtomicBool = AtomicBool::new(false);

/// A password: from a file, from standard input (`-`), or typed.
pub(crate) async fn password(texts: &Texts, file: Option<&Path>, confirm: bool) -> Result<Zeroizing<String>> {
    if let Some(file) = file {
        return secret_file(file).await;
    }
    if !io::stdin().is_terminal() {
        return Err(Error::usage(msg!("error-no-password")).next(msg!("next-no-password")));
    }
    let password = ask(&texts.get("prompt-password"))?;
    if confirm && *ask(&texts.get("prompt-password-again"))? != *password {
        return Err(Error::usage(msg!("error-passwords-differ")));
    }
    Ok(password)
}

/// The same for a new one that takes the place of a password, which is typed twice.
pub(crate) async fn new_password(texts: &Texts, file: Option<&Path>) -> Result<Zeroizing<String>> {
    if let Some(file) = file {
        return secret_file(file).await;
    }
    if !io::stdin().is_terminal() {
        return Err(Error::usage(msg!("error-no-password")).next(msg!("next-no-new-password")));
    }
    let password = ask(&texts.get("prompt-new-password"))?;
    if *ask(&texts.get("prompt-password-again"))? != *password {
        return Err(Error::usage(msg!("error-passwords-differ")));
    }
    Ok(password)
}

/// An enrolment code: from a file, from standard input (`-`), or typed. It is shown while it is typed,
/// because it is long and works once.
pub(crate) async fn code(texts: &Texts, file: Option<&Path>) -> Result<Zeroizing<String>> {
    if let Some(file) = file {
        return secret_file(file).await;
    }
    if !io::stdin().is_terminal() {
        return Err(Error::usage(msg!("error-no-code")).next(msg!("next-no-code")));
    }
    typed(&texts.get("prompt-code")).await
}

/// The first code of an authenticator app: from a file, from standard input (`-`), or typed.
pub(crate) async fn totp_code(texts: &Texts, file: Option<&Path>) -> Result<Zeroizing<String>> {
    if let Some(file) = file {
        return secret_file(file).await;
    }
    if !io::stdin().is_terminal() {
        return Err(Error::usage(msg!("error-no-totp-code")).next(msg!("next-no-first-code")));
    }
    typed(&texts.get("prompt-totp-code")).await
}

/// What a person gives besides the password.
#[derive(Debug, PartialEq)]
pub(crate) enum Second {
    /// What the app shows.
    Code(String),
    /// What takes its place once.
    Recovery(String),
}

/// A code of an authenticator app, or a recovery code in its place: from a file, from standard input (`-`), or typed.
pub(crate) async fn second(texts: &Texts, file: Option<&Path>) -> Result<Second> {
    let text = match file {
        Some(file) => secret_file(file).await?,
        None if !io::stdin().is_terminal() => {
            return Err(Error::usage(msg!("error-no-totp-code")).next(msg!("next-no-totp-code")));
        }
        None => typed(&texts.get("prompt-second")).await?,
    };
    Ok(read_second(text.trim()))
}

/// A code has six digits, a recovery code sixteen symbols, however they are set apart.
fn read_second(text: &str) -> Second {
    let symbols = text.chars().filter(|c| c.is_alphanumeric()).count();
    if symbols > 10 { Second::Recovery(text.to_owned()) } else { Second::Code(text.to_owned()) }
}

/// Has the person confirm what cannot simply be undone. `yes`: they have, by a flag `--yes`.
///
/// # Errors
///
/// [`Exit::Usage`] where nobody is there to answer; [`Exit::Interrupted`] if the answer is not yes.
pub(crate) async fn confirm(texts: &Texts, question: &Message, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Error::usage(msg!("error-no-confirmation")).next(msg!("next-no-confirmation")));
    }
    let prompt = format!("{}{}", texts.format(question), texts.get("prompt-confirm"));
    if is_yes(&typed(&prompt).await?) {
        return Ok(());
    }
    Err(Error::new(Exit::Interrupted, msg!("error-not-confirmed")))
}

/// Why something is corrected or taken back: from the flag, or typed.
pub(crate) async fn reason(texts: &Texts, given: Option<&str>) -> Result<String> {
    let reason = match given {
        Some(reason) => text(reason).await?,
        None if io::stdin().is_terminal() => typed(&texts.get("prompt-reason")).await?.trim().to_owned(),
        None => String::new(),
    };
    if reason.is_empty() {
        return Err(Error::usage(msg!("error-no-reason")).next(msg!("next-no-reason")));
    }
    Ok(reason)
}

/// A text argument: `-` reads standard input, `@FILE` a file, `@@…` is a text that begins with `@`.
pub(crate) async fn text(argument: &str) -> Result<String> {
    let content = match argument.strip_prefix('@') {
        None if argument == "-" => standard_input().await?,
        None => return Ok(argument.to_owned()),
        Some(literal) if literal.starts_with('@') => return Ok(literal.to_owned()),
        Some(file) => std::fs::read(file).map_err(|error| Error::file(file.as_ref(), &error))?,
    };
    let text =
        String::from_utf8(content).map_err(|_| Error::usage(msg!("error-not-utf8", source = argument)))?;
    Ok(text.trim_end().to_owned())
}

/// Whether a person sits at both ends.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether a person sits at a terminal that can draw a screen.
pub(crate) fn has_screen() -> bool {
    is_interactive() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A line that is shown while it is typed.
async fn typed(prompt: &str) -> Result<Zeroizing<String>> {
    let _ = write!(io::stderr(), "{}", neutral(prompt));
    let line = spawn_blocking(|| {
        let mut line = Zeroizing::new(String::new());
        io::stdin().read_line(&mut line).map(|_| line)
    });
    line.await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|error| Error::file(STDIN.as_ref(), &error))
}

/// Whoever types kana may type the letter in full width.
fn is_yes(answer: &str) -> bool {
    let answer = answer.trim().to_lowercase();
    ["y", "yes", "ｙ", "ｙｅｓ", "はい"].contains(&answer.as_str())
}

async fn secret_file(file: &Path) -> Result<Zeroizing<String>> {
    let content = if file == STDIN {
        standard_input().await?
    } else {
        std::fs::read(file).map_err(|error| Error::file(file, &error))?
    };
    let content = Zeroizing::new(content);
    let text = std::str::from_utf8(&content)
        .map_err(|_| Error::usage(msg!("error-not-utf8", source = file.display())))?;
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(Error::usage(msg!("error-secret-empty", source = file.display())));
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

async fn standard_input() -> Result<Vec<u8>> {
    if STDIN_TAKEN.swap(true, Ordering::SeqCst) {
        return Err(Error::usage(msg!("error-stdin-twice")));
    }
    let content = spawn_blocking(|| {
        let mut content = Vec::new();
        io::stdin().read_to_end(&mut content).map(|_| content)
    });
    content
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|error| Error::file(STDIN.as_ref(), &error))
}

/// Asks on the terminal without showing what is typed. Ctrl-C gives the terminal back as it was.
fn ask(prompt: &str) -> Result<Zeroizing<String>> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => Error::interrupted(),
        _ => Error::file("/dev/tty".as_ref(), &error),
    })
}

const STDIN: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn texts_come_from_where_they_say() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("note.txt");
        std::fs::write(&file, "一行目\n二行目\n\n").unwrap();
        assert_eq!(text("そのまま").await.unwrap(), "そのまま");
        assert_eq!(text(&format!("@{}", file.display())).await.unwrap(), "一行目\n二行目");
        assert_eq!(text("@@here").await.unwrap(), "@here");
        assert_eq!(text("@/nowhere/at/all").await.unwrap_err().exit(), crate::error::Exit::LocalFile);
        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        assert_eq!(
            text(&format!("@{}", file.display())).await.unwrap_err().exit(),
            crate::error::Exit::Usage
        );
    }

    #[test]
    fn only_a_clear_yes_confirms() {
        for yes in ["y\n", "YES\r\n", " ｙ ", "Ｙｅｓ", "はい"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n", "いいえ", "yy", "yes please"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }

    #[test]
    fn a_recovery_code_is_told_from_a_code() {
        for code in ["123456", "123 456", "１２３４５６", "12345", ""] {
            assert_eq!(read_second(code), Second::Code(code.to_owned()));
        }
        for code in ["4R7K-09XQ-M2TC-8WJD", "4r7k 09xq m2tc 8wjd", "4R7K09XQM2TC8WJD"] {
            assert_eq!(read_second(code), Second::Recovery(code.to_owned()));
        }
    }

    #[tokio::test]
    async fn only_the_end_of_the_line_is_taken_off_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, " with spaces \r\n").unwrap();
        assert_eq!(*secret_file(&file).await.unwrap(), " with spaces ");
        std::fs::write(&file, "\n").unwrap();
        assert!(secret_file(&file).await.is_err());
    }
}
