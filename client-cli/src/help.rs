//! Help and usage errors in the person's language. What clap derives from the code has structure only;
//! every sentence comes from the catalogue, by the path of the command, or the beginning of it, and the
//! name of the argument.

use std::{ffi::OsString, iter, process::ExitCode};

use clap::{
    Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    command::Arguments,
    error::Exit,
    input,
    output::{
        line::{Line, Style},
        note,
    },
    text::{Message, Texts, msg},
};

/// Reads the arguments. An error is the exit code after help, version or a usage error was printed.
pub(crate) fn parse(texts: &Texts, arguments: impl Iterator<Item = OsString>) -> Result<Arguments, ExitCode> {
    let mut command = command(texts);
    let matches = command.try_get_matches_from_mut(arguments).map_err(|error| print(texts, &error))?;
    // Without a command the screen opens, where there is one.
    if matches.subcommand_name().is_none() && !input::has_screen() {
        return Err(print(texts, &command.error(ErrorKind::MissingSubcommand, "")));
    }
    Arguments::from_arg_matches(&matches).map_err(|error| print(texts, &error))
}

/// The whole command tree with its texts.
pub(crate) fn command(texts: &Texts) -> Command {
    built(texts, localized(texts, Arguments::command(), ""))
}

/// The same without the help commands, of which a manual needs no pages.
pub(crate) fn manual(texts: &Texts) -> Command {
    fn without_help(command: Command) -> Command {
        command.disable_help_subcommand(true).mut_subcommands(without_help)
    }
    built(texts, without_help(localized(texts, Arguments::command(), "")))
}

fn built(texts: &Texts, mut command: Command) -> Command {
    // The help flags and the help command exist only after this.
    command.build();
    complete_help(texts, command)
}

fn localized(texts: &Texts, command: Command, path: &str) -> Command {
    let key = if path.is_empty() { "renkei" } else { path };
    let mut command = command
        .about(texts.get(&format!("about-{key}")))
        .subcommand_help_heading(texts.get("heading-commands"))
        .subcommand_value_name(texts.get("heading-command-name"))
        .help_template(template(texts))
        .mut_args(|arg| argument(texts, arg, path));
    if path.is_empty() {
        command = command.after_help(texts.get("after-help")).after_long_help(texts.get("after-long-help"));
    } else if let Some(examples) = texts.find(&format!("examples-{path}")) {
        command = command.after_help(format!("{}\n{}", texts.get("heading-examples"), indented(&examples)));
    }
    command.mut_subcommands(|sub| {
        let path =
            if path.is_empty() { sub.get_name().to_owned() } else { format!("{path}-{}", sub.get_name()) };
        localized(texts, sub, &path)
    })
}

fn argument(texts: &Texts, arg: Arg, path: &str) -> Arg {
    let name = arg.get_id().as_str().replace('_', "-");
    // An argument that means the same for several verbs of a noun has one text for them.
    let help = iter::successors(Some(path), |path| path.rsplit_once('-').map(|(before, _)| before))
        .find_map(|path| texts.find(&format!("option-{path}-{name}")))
        .unwrap_or_else(|| texts.get(&format!("option-{name}")));
    let heading = match (arg.is_positional(), arg.is_global_set()) {
        (true, _) => "heading-arguments",
        (_, true) => "heading-global",
        _ => "heading-options",
    };
    // What every command has stands last.
    let arg = if arg.is_global_set() { arg.display_order(GLOBAL_LAST) } else { arg };
    arg.help(help).help_heading(texts.get(heading)).hide_env_values(true)
}

fn complete_help(texts: &Texts, command: Command) -> Command {
    let heading = texts.get("heading-global");
    let described = |arg: Arg, key: &str| {
        arg.help(texts.get(key)).long_help(None).help_heading(heading.clone()).display_order(GLOBAL_LAST)
    };
    command
        .mut_args(|arg| match arg.get_action() {
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong => described(arg, "option-help"),
            ArgAction::Version => described(arg, "option-version"),
            _ => arg,
        })
        .mut_subcommands(|sub| match sub.get_name() {
            "help" => sub.about(texts.get("about-help")),
            _ => complete_help(texts, sub),
        })
}

fn template(texts: &Texts) -> String {
    format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}", texts.get("heading-usage"))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Prints help and version as they are, and usage errors in words of the catalogue.
fn print(texts: &Texts, error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // Help that nobody reads is no failure.
        let _ = error.print();
        let asked = error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(Exit::Usage as u8) };
    }
    note(&Line::styled(Style::Alarm, format!("{}{}", texts.get("error-prefix"), texts.format(&what(error)))));
    for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue] {
        if let Some(suggestion) = context(error, kind) {
            note(&Line::plain(format!("  → {}", texts.format(&msg!("usage-suggestion", text = suggestion)))));
        }
    }
    if let Some(values) = context(error, ContextKind::ValidValue).filter(|values| !values.is_empty()) {
        note(&Line::plain(format!("  {}", texts.format(&msg!("usage-possible", values = values)))));
    }
    if let Some(usage) = context(error, ContextKind::Usage) {
        let usage = usage.trim_start_matches("Usage:").trim();
        note(&Line::plain(format!("  {} {usage}", texts.get("heading-usage"))));
    }
    note(&Line::plain(format!("  → {}", texts.get("usage-help"))));
    ExitCode::from(Exit::Usage as u8)
}

fn what(error: &clap::Error) -> Message {
    let argument = context(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => msg!("usage-unknown-argument", argument = argument),
        ErrorKind::InvalidSubcommand => {
            msg!(
                "usage-unknown-command",
                command = context(error, ContextKind::InvalidSubcommand).unwrap_or_default()
            )
        }
        ErrorKind::MissingSubcommand => msg!("usage-missing-command"),
        ErrorKind::MissingRequiredArgument => msg!("usage-missing-argument", argument = argument),
        ErrorKind::InvalidValue if value.is_empty() => msg!("usage-missing-value", argument = argument),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            msg!("usage-bad-value", argument = argument, value = value)
        }
        ErrorKind::ArgumentConflict => match context(error, ContextKind::PriorArg) {
            Some(other) if other != argument => msg!("usage-conflict", argument = argument, other = other),
            _ => msg!("usage-twice", argument = argument),
        },
        _ => msg!("usage-other", text = error.kind()),
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

const GLOBAL_LAST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn walk(command: &Command, path: &str, check: &mut impl FnMut(&Command, &str)) {
        check(command, path);
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let path = if path.is_empty() {
                sub.get_name().to_owned()
            } else {
                format!("{path}-{}", sub.get_name())
            };
            walk(sub, &path, check);
        }
    }

    #[test]
    fn the_tree_is_sound() {
        command(&Texts::new(Language::Japanese)).debug_assert();
    }

    #[test]
    fn every_command_and_argument_has_its_text_and_every_verb_an_example() {
        for language in [Language::Japanese, Language::English] {
            let texts = Texts::new(language);
            walk(&command(&texts), "", &mut |command, path| {
                let about = command.get_about().unwrap().to_string();
                assert!(!about.starts_with("about-"), "{about} is missing in {language:?}");
                for arg in command.get_arguments() {
                    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                    assert!(!help.is_empty() && !help.starts_with("option-"), "{path}: {help} {arg}");
                }
                if !command.has_subcommands() {
                    assert!(texts.find(&format!("examples-{path}")).is_some(), "examples-{path} is missing");
                }
            });
        }
    }

    /// An example that does not parse teaches the wrong thing.
    #[test]
    fn every_example_parses() {
        let texts = Texts::new(Language::English);
        walk(&command(&texts), "", &mut |_, path| {
            let Some(examples) = texts.find(&format!("examples-{path}")) else { return };
            for example in examples.lines().filter(|line| line.starts_with("renkei ")) {
                let words =
                    example.split('|').next().unwrap_or_default().split(" > ").next().unwrap_or_default();
                let parsed = command(&texts).try_get_matches_from(words_of(words));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        });
    }

    fn words_of(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in line.trim().chars() {
            match c {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                _ => words.last_mut().unwrap().push(c),
            }
        }
        words
    }
}
