//! What the comments of the proto files say of each field holds: required or not, how long, how many, how late. The
//! rules between several fields are in [`super::rules`].

use std::collections::BTreeSet;

use super::wire::{MESSAGES, Node, Place, Value, places, tree};
use super::*;

/// Fields that something else is said of too.
const BETWEEN_FIELDS: [&str; 7] = [
    "allergy_list.allergies",
    "allergy_list.none_known",
    "daily_life.scores",
    "daily_life.scores.points",
    "laboratory_report.results.text",
    "laboratory_report.results.value",
    "medication.items",
];

/// Texts that are decimals.
const NUMBERS: [&str; 3] = ["value", "low", "high"];
/// Texts that are for programs.
const CODES: [&str; 3] = ["system", "code", "unit"];

/// Does it for every field of every example.
fn each(mut of: impl FnMut(&[Node], &Place)) {
    let mut count = 0;
    for example in examples() {
        let tree = tree(&example);
        for place in places(&tree) {
            of(&tree, &place);
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}

fn text(length: usize) -> Value {
    // a digit is at home in texts, lines and decimals
    Value::Text("1".repeat(length))
}

/// The paths as violations have them, in an entry and in a template.
fn refused(content: &proto::EntryContent, paths: &[String]) {
    let with =
        |prefix: &str| -> Vec<String> { paths.iter().map(|path| format!("{prefix}.{path}")).collect() };
    assert_eq!(violated(content), with("content"));
    assert_eq!(violated_as_template(Some(content)), with("template.content"));
}

fn accepted(content: &proto::EntryContent) {
    refused(content, &[]);
}

#[test]
fn the_examples_have_every_field() {
    let mut set = BTreeSet::new();
    each(|_, place| _ = set.insert(place.plain.clone()));
    let mut all = BTreeSet::new();
    for kind in &MESSAGES["EntryContent"] {
        if !["notice", "retraction"].contains(&kind.name) {
            collect(kind.of, kind.name, &mut all);
        }
    }
    assert_eq!(set, all);
}

fn collect(message: &str, path: &str, all: &mut BTreeSet<String>) {
    for field in &MESSAGES[message] {
        let path = format!("{path}.{}", field.name);
        if MESSAGES.contains_key(field.of) {
            collect(field.of, &path, all);
        }
        all.insert(path);
    }
}

#[test]
fn every_text_is_searched_under_its_name_in_the_proto() {
    let mut searched = BTreeSet::new();
    for content in stored().iter().filter(|content| content.kind() != EntryKind::Notice) {
        searched.extend(content.texts().into_iter().map(|(field, _)| field.to_owned()));
    }
    let mut texts = BTreeSet::new();
    each(|_, place| {
        if place.field.of == "string"
            && !NUMBERS.contains(&place.field.name)
            && !CODES.contains(&place.field.name)
        {
            texts.insert(place.plain.clone());
        }
    });
    assert_eq!(searched, texts);
}

#[test]
fn texts_are_as_long_as_is_said() {
    each(|tree, place| {
        if place.field.of != "string" {
            return;
        }
        let most = place.field.bound(&["t most ", "1 to "], " characters");
        let most = most.unwrap_or_else(|| panic!("nothing is said of the length of {}", place.plain));
        let text = |length: usize| match place.field.name {
            // below the upper bound
            "low" => Value::Text(format!("-{}", "1".repeat(length - 1))),
            _ => text(length),
        };
        accepted(&place.set(tree, text(most)));
        refused(&place.set(tree, text(most + 1)), std::slice::from_ref(&place.path));
        // a line has no breaks, and a text no other control characters
        let breaks = place.set(tree, Value::Text("1\n1".into()));
        if most > 200 {
            accepted(&breaks);
        } else {
            refused(&breaks, std::slice::from_ref(&place.path));
        }
        refused(&place.set(tree, Value::Text("1\u{1b}1".into())), std::slice::from_ref(&place.path));
    });
}

#[test]
fn what_is_required_must_be_there_except_in_a_template() {
    let mut seen = (0, 0);
    each(|tree, place| {
        let (field, path) = (place.field, place.list());
        let of_day = ["year", "month", "day"].contains(&field.name);
        if BETWEEN_FIELDS.contains(&place.plain.as_str()) || of_day {
            return;
        }
        let without = place.without(tree);
        let template = parse_template(&mut Fields::default(), Some(&without));
        assert_eq!(template.map(super::content), Some(without.clone()), "{path}");
        assert_eq!(violated_as_template(Some(&without)), [""; 0], "{path}");
        // white space alone is nothing
        let is_words = field.of == "string" && !field.repeated && !NUMBERS.contains(&field.name);
        let blank = is_words.then(|| place.set(tree, Value::Text(" 　".into())));
        let expected: Vec<String> = match field.of {
            _ if !field.required() => Vec::new(),
            "Coding" => ["system", "code"].iter().map(|name| format!("content.{path}.{name}")).collect(),
            "Quantity" => ["value", "unit"].iter().map(|name| format!("content.{path}.{name}")).collect(),
            _ => vec![format!("content.{path}")],
        };
        seen = if field.required() { (seen.0 + 1, seen.1) } else { (seen.0, seen.1 + 1) };
        for content in [Some(without), blank].into_iter().flatten() {
            assert_eq!(violated(&content), expected, "{path}");
        }
    });
    assert!(seen.0 > 50 && seen.1 > 80, "{seen:?}");
}

#[test]
fn lists_have_as_many_items_as_is_said() {
    each(|tree, place| {
        if !place.field.repeated || place.plain == "daily_life.scores" {
            return;
        }
        let most = place.field.bound(&["At most ", "1 to "], "").unwrap();
        assert!((50..=200).contains(&most), "{}", place.plain);
        let of = |count: usize| {
            place.change(tree, |nodes, at| {
                let item = nodes[at].clone();
                nodes.retain(|node| node.field.number != item.field.number);
                nodes.extend(std::iter::repeat_n(item, count));
            })
        };
        accepted(&of(most));
        refused(&of(most + 1), &[place.list().to_owned()]);
    });
}

#[test]
fn numbers_are_as_large_as_is_said() {
    each(|tree, place| {
        let of_day = ["year", "month", "day", "points"].contains(&place.field.name);
        if place.field.of != "int32" || of_day {
            return;
        }
        let most = i64::try_from(place.field.bound(&["0 to "], "").unwrap()).unwrap();
        for number in [0, 1, most] {
            accepted(&place.set(tree, Value::Number(number)));
        }
        for number in [-1, most + 1, i64::from(i32::MAX)] {
            refused(&place.set(tree, Value::Number(number)), std::slice::from_ref(&place.path));
        }
    });
}

#[test]
fn values_that_nobody_knows_are_refused() {
    let mut enums = 0;
    each(|tree, place| {
        let others = ["string", "int32", "bool", "google.protobuf.Timestamp"];
        if others.contains(&place.field.of) || MESSAGES.contains_key(place.field.of) {
            return;
        }
        enums += 1;
        for value in [99, -1] {
            refused(&place.set(tree, Value::Number(value)), std::slice::from_ref(&place.path));
        }
    });
    assert!(enums >= 14, "{enums}");
}

#[test]
fn what_was_seen_was_not_seen_after_tomorrow() {
    let mut bounded = 0;
    each(|tree, place| {
        if place.field.of != "google.protobuf.Timestamp" {
            return;
        }
        let day = 24 * 3600;
        let at = |seconds: i64, nanos| {
            place.set(
                tree,
                Value::Time(prost_types::Timestamp { seconds: NOW.unix_seconds() + seconds, nanos }),
            )
        };
        accepted(&at(day, 0));
        let late = at(day, 1000);
        assert_eq!(violated_as_template(Some(&late)), [""; 0], "a template has no time");
        if place.field.comment.contains("not later than a day ahead") {
            bounded += 1;
            assert_eq!(violated(&late), [format!("content.{}", place.path)]);
        } else {
            accepted(&late);
        }
        refused(&at(0, -1), std::slice::from_ref(&place.path));
    });
    assert_eq!(bounded, 6);
}

#[test]
fn days_are_days() {
    let mut days = 0;
    each(|tree, place| {
        if place.field.of != "Date" {
            return;
        }
        days += 1;
        let content = place.change(tree, |nodes, at| {
            let Value::Message(parts) = &mut nodes[at].value else { panic!("{}", place.path) };
            for part in parts {
                part.value = Value::Number(if part.field.name == "year" { 2026 } else { 32 });
            }
        });
        refused(&content, std::slice::from_ref(&place.path));
    });
    assert_eq!(days, 8);
}
