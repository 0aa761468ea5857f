//! `renkei completions`: what a shell needs to complete commands.

use clap::Args;
use clap_complete::Shell;

use crate::{command::Context, error::Result, help};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    shell: Shell,
}

pub(crate) fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut help::command(context.texts), "renkei", &mut script);
    context.out.raw(&mut script.as_slice())
}
