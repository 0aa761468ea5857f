//! `renkei audit checkpoint`: the newest checkpoint of the audit log, to be kept elsewhere.

use std::path::PathBuf;

use clap::Args;

use super::verify::{empty, json};
use crate::{command::Context, error::Result, private_file, text::msg, witness};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { out, force } = arguments;
    private_file::refuse_overwriting(&out, force)?;
    let Some(seen) = witness::look(&context.connection()?, &context.profile).await? else {
        return empty(context);
    };
    private_file::write(&out, seen.note.as_bytes())?;
    context.out.one(json(&seen), || {
        vec![context.line(&msg!("checkpoint-written", path = out.display(), size = seen.checkpoint.size))]
    })
}
