//! Contents as trees of fields, by what the proto files say of each: its type, and in its comment its bounds. What a
//! generated message does not let a test do in a loop, the tree does.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost::Message as _;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use renkei_proto::v1 as proto;

/// A field as its proto file has it.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) number: u32,
    /// Name of the type, as it is written.
    pub(super) of: &'static str,
    pub(super) repeated: bool,
    /// What is said of it.
    pub(super) comment: String,
}

impl Field {
    pub(super) fn required(&self) -> bool {
        self.comment.starts_with("Required.")
    }

    /// The number that stands after one of these words, and before one of those.
    pub(super) fn bound(&self, before: &[&str], after: &str) -> Option<usize> {
        before.iter().find_map(|before| {
            let said = self.comment.split(before).skip(1);
            said.filter_map(|rest| {
                let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
                let rest = &rest[digits.trim_end_matches(',').len()..];
                rest.starts_with(after).then(|| digits.replace(',', "").parse().ok())?
            })
            .next()
        })
    }
}

/// The messages and their fields.
pub(super) static MESSAGES: LazyLock<BTreeMap<&str, Vec<Field>>> = LazyLock::new(|| {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/renkei/v1");
    let file = |name| std::fs::read_to_string(format!("{root}/{name}.proto")).unwrap();
    let text: &'static str = Box::leak((file("common") + &file("entry_content")).into_boxed_str());
    let mut messages: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
    let (mut message, mut comment) = (None, String::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("message ") {
            message = name.strip_suffix(" {");
            messages.entry(name.split(' ').next().unwrap()).or_default();
        } else if line == "}" {
            message = None;
        }
        match line.trim().strip_prefix("// ") {
            Some(said) => {
                comment = if comment.is_empty() { said.to_owned() } else { format!("{comment} {said}") }
            }
            None => {
                let comment = std::mem::take(&mut comment);
                let Some((message, (kind, number))) = message.zip(line.trim().split_once(" = ")) else {
                    continue;
                };
                let (kind, name) = kind.rsplit_once(' ').unwrap();
                let (repeated, of) = kind.strip_prefix("repeated ").map_or((false, kind), |of| (true, of));
                let number = number.trim_end_matches(';').parse().unwrap();
                messages.entry(message).or_default().push(Field { name, number, of, repeated, comment });
            }
        }
    }
    messages
});

/// A field that is set.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) field: &'static Field,
    pub(super) value: Value,
}

#[derive(Clone)]
pub(super) enum Value {
    /// A number, a value of an enum or a truth.
    Number(i64),
    Text(String),
    Time(prost_types::Timestamp),
    Message(Vec<Node>),
}

pub(super) fn tree(content: &proto::EntryContent) -> Vec<Node> {
    read("EntryContent", &content.encode_to_vec())
}

pub(super) fn content(tree: &[Node]) -> proto::EntryContent {
    let mut bytes = Vec::new();
    write(tree, &mut bytes);
    proto::EntryContent::decode(bytes.as_slice()).unwrap()
}

fn read(message: &str, mut bytes: &[u8]) -> Vec<Node> {
    let mut nodes = Vec::new();
    while bytes.has_remaining() {
        let (number, wire) = decode_key(&mut bytes).unwrap();
        let field = MESSAGES[message].iter().find(|field| field.number == number);
        let field = field.unwrap_or_else(|| panic!("{message} has no field {number}"));
        let number = decode_varint(&mut bytes).unwrap();
        let value = if wire == WireType::Varint {
            Value::Number(number.cast_signed())
        } else {
            let (inner, rest) = bytes.split_at(number.try_into().unwrap());
            bytes = rest;
            match field.of {
                "string" => Value::Text(String::from_utf8(inner.to_vec()).unwrap()),
                "google.protobuf.Timestamp" => Value::Time(prost_types::Timestamp::decode(inner).unwrap()),
                of => Value::Message(read(of, inner)),
            }
        };
        nodes.push(Node { field, value });
    }
    nodes
}

fn write(nodes: &[Node], bytes: &mut Vec<u8>) {
    for Node { field, value } in nodes {
        let inner = match value {
            Value::Number(number) => {
                encode_key(field.number, WireType::Varint, bytes);
                encode_varint(number.cast_unsigned(), bytes);
                continue;
            }
            Value::Text(text) => text.clone().into_bytes(),
            Value::Time(time) => time.encode_to_vec(),
            Value::Message(nodes) => {
                let mut inner = Vec::new();
                write(nodes, &mut inner);
                inner
            }
        };
        encode_key(field.number, WireType::LengthDelimited, bytes);
        encode_varint(inner.len() as u64, bytes);
        bytes.put_slice(&inner);
    }
}

/// A field of an example: where it is, and how it is called.
pub(super) struct Place {
    pub(super) field: &'static Field,
    /// As a violation names it after `content.`.
    pub(super) path: String,
    /// The same without indexes.
    pub(super) plain: String,
    at: Vec<usize>,
}

impl Place {
    /// The path without the index of the field itself.
    pub(super) fn list(&self) -> &str {
        if self.field.repeated { &self.path[..self.path.rfind('[').unwrap()] } else { &self.path }
    }

    /// The example with the message that the field is in changed.
    pub(super) fn change(
        &self,
        tree: &[Node],
        change: impl FnOnce(&mut Vec<Node>, usize),
    ) -> proto::EntryContent {
        let mut tree = tree.to_vec();
        let (last, before) = self.at.split_last().unwrap();
        let mut nodes = &mut tree;
        for at in before {
            let Value::Message(inner) = &mut nodes[*at].value else { panic!("{}", self.path) };
            nodes = inner;
        }
        change(nodes, *last);
        content(&tree)
    }

    /// The example with another value.
    pub(super) fn set(&self, tree: &[Node], value: Value) -> proto::EntryContent {
        self.change(tree, |nodes, at| nodes[at].value = value)
    }

    /// The example without the field; of a list, without any item.
    pub(super) fn without(&self, tree: &[Node]) -> proto::EntryContent {
        self.change(tree, |nodes, _| nodes.retain(|node| node.field.number != self.field.number))
    }
}

/// Every field that is set, at every depth, without the kind itself.
pub(super) fn places(tree: &[Node]) -> Vec<Place> {
    let mut places = Vec::new();
    let kind = tree[0].field.name;
    let Value::Message(nodes) = &tree[0].value else { panic!("{kind}") };
    collect(nodes, kind, kind, &[0], &mut places);
    places
}

fn collect(nodes: &[Node], path: &str, plain: &str, at: &[usize], places: &mut Vec<Place>) {
    for (i, Node { field, value }) in nodes.iter().enumerate() {
        let before = nodes[..i].iter().filter(|node| node.field.number == field.number).count();
        let index = if field.repeated { format!("[{before}]") } else { String::new() };
        let (path, plain) = (format!("{path}.{}{index}", field.name), format!("{plain}.{}", field.name));
        let at: Vec<usize> = at.iter().copied().chain([i]).collect();
        if let Value::Message(nodes) = value {
            collect(nodes, &path, &plain, &at, places);
        }
        places.push(Place { field, path, plain, at });
    }
}
