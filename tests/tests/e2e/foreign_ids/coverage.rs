//! That no RPC is forgotten.

use std::collections::{BTreeSet, HashMap};

use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};
use renkei_proto::DESCRIPTOR_SET;

use super::question::{Question, Standing};

/// Organisations and people are public to every session: these may tell them from unknown ones.
const PUBLIC: [&str; 1] = ["ListPeople"];
/// Asked with a code that is good for a moment, in `totp`.
const ELSEWHERE: [&str; 1] = ["LoginWithTotp"];

#[test]
fn every_rpc_that_takes_an_id_is_asked() {
    let asked: BTreeSet<&str> = Question::ALL
        .iter()
        .filter(|question| Standing::ALL.iter().any(|standing| question.expected(*standing).is_some()))
        .map(|question| question.rpc())
        .collect();
    let files = FileDescriptorSet::decode(DESCRIPTOR_SET).unwrap().file;
    let messages: HashMap<String, &DescriptorProto> = files
        .iter()
        .flat_map(|file| {
            file.message_type
                .iter()
                .map(|message| (format!(".{}.{}", file.package(), message.name()), message))
        })
        .collect();
    let services = files.iter().flat_map(|file| &file.service);
    let taking: BTreeSet<&str> = services
        .flat_map(|service| &service.method)
        .filter(|method| takes_an_id(&messages, method.input_type(), &mut Vec::new()))
        .map(|method| method.name())
        .collect();
    let missing: Vec<_> =
        taking.difference(&asked).filter(|rpc| !PUBLIC.contains(rpc) && !ELSEWHERE.contains(rpc)).collect();
    assert!(missing.is_empty(), "nobody asks {missing:?}");
    assert!(asked.is_subset(&taking), "{asked:?} and {taking:?}");
}

/// Whether a message holds an id anywhere but the one that marks the request.
fn takes_an_id<'a>(
    messages: &HashMap<String, &'a DescriptorProto>,
    name: &'a str,
    within: &mut Vec<&'a str>,
) -> bool {
    let Some(message) = messages.get(name).filter(|_| !within.contains(&name)) else { return false };
    within.push(name);
    let takes = message.field.iter().any(|field| match field.r#type() {
        Type::Message => takes_an_id(messages, field.type_name(), within),
        _ => {
            let name = field.name();
            (name.ends_with("_id") || name.ends_with("_ids")) && name != "request_id"
        }
    });
    within.pop();
    takes
}
