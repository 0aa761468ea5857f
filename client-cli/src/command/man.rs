//! `renkei man`: a manual page per command.

use std::{fs, path::PathBuf};

use clap::Args;
use serde_json::json;

use crate::{
    command::Context,
    error::{Error, Result},
    help,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(help::manual(context.texts), folder))
        .map_err(|error| Error::file(folder, &error))?;
    let json = json!({"folder": folder.to_string_lossy()});
    context.out.one(json, || vec![context.line(&msg!("man-written", path = folder.display()))])
}
