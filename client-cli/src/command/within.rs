//! Commands within the full screen, which lends them the terminal.

use std::{ffi::OsString, iter};

use crate::{
    command::{Context, perform},
    error::{Error, Exit, Result},
    help,
    text::msg,
};

/// Runs `renkei WORDS` for the same person, in the same language.
pub(crate) async fn within(context: &Context<'_>, words: &[&str]) -> Result<()> {
    let words = iter::once("renkei").chain(words.iter().copied()).map(OsString::from);
    let told = |_| Error::new(Exit::Usage, msg!("usage-help")).told();
    match help::parse(context.texts, words).map_err(told)?.command {
        Some(command) => perform(command, context).await,
        None => Ok(()),
    }
}
