//! `renkei`, the reference client: arguments → language → command → exit code.

use std::{env, process::ExitCode};

use crate::{
    error::{Error, Result},
    output::{
        line::{Line, Style},
        note,
    },
    text::{Texts, choose_language},
};

mod chart;
mod command;
mod connection;
mod draft;
mod drawing;
mod editor;
mod error;
mod form;
mod help;
mod input;
mod interrupt;
mod journal;
mod output;
mod paper;
mod private_file;
mod profile;
mod reflect;
mod size;
mod text;
mod together;
mod transfer;
mod tui;
mod unit;
mod vital;
mod witness;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let texts = Texts::new(choose_language(&arguments));
    let arguments = match help::parse(&texts, env::args_os()) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return report(&texts, &Error::file("tokio".as_ref(), &error)),
    };
    let result = runtime.block_on(run(arguments, &texts));
    // A thread may still wait for standard input; nobody waits for it.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&texts, &error),
    }
}

async fn run(arguments: command::Arguments, texts: &Texts) -> Result<()> {
    tokio::select! {
        biased;
        () = interrupt::requested() => Err(command::outbox::interrupted()),
        result = command::run(arguments, texts) => result,
    }
}

fn report(texts: &Texts, error: &Error) -> ExitCode {
    if error.is_quiet() {
        return ExitCode::SUCCESS;
    }
    if !error.was_told() {
        tell(texts, error);
    }
    ExitCode::from(error.exit() as u8)
}

/// Shows an error to the person.
fn tell(texts: &Texts, error: &Error) {
    for (index, line) in error.lines(texts).into_iter().enumerate() {
        note(&Line::styled(if index == 0 { Style::Alarm } else { Style::Plain }, line));
    }
}
