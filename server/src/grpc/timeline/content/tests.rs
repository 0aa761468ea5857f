mod rules;
mod specification;
mod wire;

use std::collections::BTreeSet;

use renkei_domain::id::{OrganizationId, PersonId};
use renkei_domain::timeline::{EntryKind, Notice, NoticeKind};
use uuid::Uuid;

use super::examples::{NOW, examples};
use super::*;

/// The fields that a content is refused for, posted with so many files.
fn violated_with(content: Option<&proto::EntryContent>, files: usize) -> Vec<String> {
    let mut fields = Fields::default();
    let parsed = parse(&mut fields, content, files, NOW);
    violations(fields, parsed)
}

/// The same, posted with a file.
fn violated(content: &proto::EntryContent) -> Vec<String> {
    violated_with(Some(content), 1)
}

/// The fields that it is refused for as a template.
fn violated_as_template(content: Option<&proto::EntryContent>) -> Vec<String> {
    let mut fields = Fields::default();
    let parsed = parse_template(&mut fields, content);
    violations(fields, parsed)
}

fn violations(fields: Fields, parsed: Option<Content>) -> Vec<String> {
    match fields.finish(()) {
        Ok(()) => {
            assert!(parsed.is_some(), "nothing was read, and nothing said of it");
            Vec::new()
        }
        Err(error) => error.violations().iter().map(|violation| violation.field.clone()).collect(),
    }
}

fn read(content: &proto::EntryContent) -> Content {
    let mut fields = Fields::default();
    let parsed = parse(&mut fields, Some(content), 1, NOW);
    crate::grpc::parse::taken(fields.finish(()));
    parsed.unwrap()
}

/// Everything that can be stored.
fn stored() -> Vec<Content> {
    let notice = Notice {
        notice: NoticeKind::BreakGlass,
        organization: Some((OrganizationId(Uuid::from_u128(1)), "みどり診療所".into())),
        person: Some((PersonId(Uuid::from_u128(2)), "山田 太郎".into())),
        object: Some(Uuid::from_u128(3)),
        text: "救急搬送中".into(),
    };
    let mut all: Vec<Content> = examples().iter().map(read).collect();
    all.extend([Content::Notice(notice), Content::Retraction(Retraction {})]);
    all
}

#[test]
fn there_is_an_example_of_every_kind() {
    let kinds: BTreeSet<EntryKind> = stored().iter().map(Content::kind).collect();
    assert_eq!(kinds, EntryKind::ALL.iter().copied().collect());
}

#[test]
fn every_kind_comes_back_as_it_was_sent() {
    for sent in examples() {
        let json = serde_json::to_string(&read(&sent)).unwrap();
        let opened: Content = serde_json::from_str(&json).unwrap();
        assert_eq!(opened, read(&sent), "{json}");
        assert_eq!(content(opened), sent, "{json}");
    }
}

#[test]
fn every_kind_is_stored_under_its_name() {
    for content in stored() {
        let json = serde_json::to_value(&content).unwrap();
        assert_eq!(json["kind"].as_str().unwrap().to_uppercase(), content.kind().as_str());
    }
}

/// The stored format (ADR 010): what stands here must open for ever.
#[test]
fn entries_as_they_are_stored() {
    insta::assert_snapshot!("stored", serde_json::to_string_pretty(&stored()).unwrap());
}

#[test]
fn templates_come_back_as_they_were_sent() {
    for sent in examples() {
        let mut fields = Fields::default();
        let parsed = parse_template(&mut fields, Some(&sent));
        crate::grpc::parse::taken(fields.finish(()));
        assert_eq!(content(parsed.unwrap()), sent);
    }
}
