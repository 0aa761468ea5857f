//! Every text a person reads, in Japanese and in English, from one catalogue.
//!
//! The rest of the program names a text by its key (`msg!("error-no-person", text = name)`) and
//! never writes prose. Both languages hold the same keys and arguments, every key that the code names
//! exists, and every key of the catalogue is named: the tests below prove it.

use std::env;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The languages of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// 日本語.
    Japanese,
    /// English.
    English,
}

/// A text by key, with the values that it mentions. It is put into words only where it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    key: String,
    values: Vec<(&'static str, String)>,
}

/// Builds a [`Message`]: `msg!("key")` or `msg!("key", name = value, …)`.
macro_rules! msg {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::text::Message::new($key)$(.with(stringify!($name), &$value))*
    };
}
pub(crate) use msg;

impl Message {
    pub(crate) fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), values: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

/// The catalogue in one language.
pub(crate) struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    pub(crate) fn new(language: Language) -> Self {
        let (id, sources) = match language {
            Language::Japanese => ("ja", JAPANESE),
            Language::English => ("en", ENGLISH),
        };
        let mut bundle =
            FluentBundle::new_concurrent(vec![id.parse::<LanguageIdentifier>().unwrap_or_default()]);
        // The marks that isolate right-to-left text show up as boxes on many terminals.
        bundle.set_use_isolating(false);
        for source in sources {
            // What does not parse is left out; a test proves that all of it parses.
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The text without values. A missing key shows as the key itself.
    pub(crate) fn get(&self, key: &str) -> String {
        self.format(&Message::new(key))
    }

    /// The text if the catalogue has the key.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        self.bundle.has_message(key).then(|| self.get(key))
    }

    pub(crate) fn format(&self, message: &Message) -> String {
        let Some(pattern) = self.bundle.get_message(&message.key).and_then(|found| found.value()) else {
            return message.key.clone();
        };
        let mut args = FluentArgs::new();
        for (name, value) in &message.values {
            args.set(*name, FluentValue::from(value.as_str()));
        }
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

/// The language to speak: `--lang`, then `RENKEI_LANG`, then the locale. The arguments are searched by
/// hand because help and usage errors must speak it before the arguments are parsed.
pub(crate) fn choose_language(arguments: &[String]) -> Language {
    flag_value(arguments, "--lang")
        .or_else(|| env::var("RENKEI_LANG").ok().filter(|value| !value.is_empty()))
        .or_else(sys_locale::get_locale)
        .map_or(Language::English, |tag| {
            if tag.to_ascii_lowercase().starts_with("ja") { Language::Japanese } else { Language::English }
        })
}

fn flag_value(arguments: &[String], flag: &str) -> Option<String> {
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == flag {
            return arguments.next().cloned();
        }
        if let Some(value) = argument.strip_prefix(flag).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

const JAPANESE: &[&str] = &[
    include_str!("ja/help.ftl"),
    include_str!("ja/option.ftl"),
    include_str!("ja/error.ftl"),
    include_str!("ja/label.ftl"),
    include_str!("ja/output.ftl"),
    include_str!("ja/content.ftl"),
    include_str!("ja/entry.ftl"),
    include_str!("ja/summary.ftl"),
    include_str!("ja/printing.ftl"),
    include_str!("ja/tui.ftl"),
];
const ENGLISH: &[&str] = &[
    include_str!("en/help.ftl"),
    include_str!("en/option.ftl"),
    include_str!("en/error.ftl"),
    include_str!("en/label.ftl"),
    include_str!("en/output.ftl"),
    include_str!("en/content.ftl"),
    include_str!("en/entry.ftl"),
    include_str!("en/summary.ftl"),
    include_str!("en/printing.ftl"),
    include_str!("en/tui.ftl"),
];

#[cfg(test)]
mod tests;
