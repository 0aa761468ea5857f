use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::*;

/// Keys and the arguments that each mentions.
fn catalogue(sources: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        let mut key = String::new();
        for line in source.lines() {
            if let Some((name, _)) =
                line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            {
                name.clone_into(&mut key);
                assert!(keys.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands there twice");
            }
            for argument in line.split('$').skip(1) {
                let name = argument.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
                keys.get_mut(&key).unwrap().insert(name.to_owned());
            }
        }
    }
    keys
}

/// Every string in the source files, tests included, that could be a key, with the arguments it is given in
/// a `msg!`.
fn strings_of_the_source(folder: &Path, found: &mut BTreeMap<String, Vec<Option<BTreeSet<String>>>>) {
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.is_dir() {
            strings_of_the_source(&file, found);
        } else if file.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&file).unwrap();
            for (at, _) in text.match_indices('"') {
                let rest = &text[at + 1..];
                let end = rest.find('"').unwrap_or(rest.len());
                if end == 0
                    || !rest[..end].bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                {
                    continue;
                }
                let is_message = text[..at].trim_end().ends_with("msg!(");
                let arguments = is_message.then(|| arguments_of_call(&rest[end + 1..]));
                found.entry(rest[..end].to_owned()).or_default().push(arguments);
            }
        }
    }
}

/// The names in `, name = value, …)`.
fn arguments_of_call(rest: &str) -> BTreeSet<String> {
    let mut depth = 0;
    let end = rest
        .find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0
        })
        .unwrap();
    let names = rest[..end].split(" = ").map(|before| {
        before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
    });
    let count = rest[..end].matches(" = ").count();
    names.take(count).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_arguments() {
    assert_eq!(catalogue(JAPANESE), catalogue(ENGLISH));
}

#[test]
fn everything_in_the_catalogue_parses() {
    for source in JAPANESE.iter().chain(ENGLISH) {
        if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
            panic!("{errors:?}");
        }
    }
}

#[test]
fn every_key_that_the_code_names_exists_and_gets_its_arguments() {
    let catalogue = catalogue(ENGLISH);
    let mut found = BTreeMap::new();
    strings_of_the_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let families: BTreeSet<&str> =
        catalogue.keys().filter_map(|key| key.split_once('-')).map(|(f, _)| f).collect();
    for (key, calls) in &found {
        let family = key.split_once('-').map(|(family, _)| family);
        // What ends with `-` is the beginning of a key that is built.
        let in_a_family = !key.ends_with('-') && family.is_some_and(|family| families.contains(family));
        match catalogue.get(key) {
            None if in_a_family && !NOT_KEYS.contains(&key.as_str()) => {
                panic!("{key} is not in the catalogue")
            }
            Some(arguments) => {
                let given: Vec<_> = calls.iter().flatten().collect();
                assert!(!given.is_empty() || arguments.is_empty(), "{key} needs {arguments:?}");
                assert!(
                    given.iter().all(|given| *given == arguments),
                    "{key}: {arguments:?} but given {given:?}"
                );
            }
            None => {}
        }
    }
}

#[test]
fn every_key_of_the_catalogue_is_named() {
    let mut found = BTreeMap::new();
    strings_of_the_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    for key in catalogue(ENGLISH).keys() {
        let built = BUILT.iter().any(|family| key.starts_with(family));
        assert!(built || found.contains_key(key), "nothing names {key}");
    }
}

#[test]
fn a_language_is_chosen_by_flag_first() {
    let arguments = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(choose_language(&arguments("renkei --lang ja inbox")), Language::Japanese);
    assert_eq!(choose_language(&arguments("renkei inbox --lang=en")), Language::English);
    assert_eq!(flag_value(&arguments("renkei -- --lang ja"), "--lang"), None);
}

#[test]
fn values_are_put_in_and_a_missing_key_shows_itself() {
    let texts = Texts::new(Language::Japanese);
    assert_eq!(texts.format(&msg!("inbox-count", count = 3)), "未読 3 件");
    assert_eq!(texts.get("no-such-key"), "no-such-key");
}

/// Families whose keys are built from a name: tested where they are built.
const BUILT: &[&str] = &[
    "about-",
    "examples-",
    "option-",
    "reason-",
    "next-",
    "role-",
    "category-",
    "sensitivity-",
    "purpose-",
    "staff-",
    "notice-",
    "kind-",
    "position-",
    "sex-",
    "membership-",
    "action-",
    "authenticator-",
    "decision-",
    "effect-",
    "signer-",
    "relation-",
    "done-",
    "format-",
    "why-",
    "emergency-",
    "verdict-",
    "entry-mark-",
    "position-",
    "vital-",
    "field-",
    "value-",
    "content-",
    "inbox-view-",
];
/// Strings of the source that look like keys and are something else.
const NOT_KEYS: &[&str] =
    &["output-file", "content-kind", "content-status", "content-question", "inbox-view"];
