//! What an entry can say, by the proto's own description of it: one mechanism shows, fills in and prints every kind,
//! and a new field of the proto is there without a line here. The words for fields and values stand in the catalogue.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, ReflectMessage as _, Value,
};
use renkei_proto::v1::{EntryContent, EntryKind};

use crate::{output::label, text::Texts};

/// The interface; what does not decode (which a test rules out) is as if nothing stood in it.
static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(renkei_proto::DESCRIPTOR_SET).unwrap_or_default());

/// The message of the package with that name.
pub(crate) fn descriptor(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(&format!("{PACKAGE}.{name}"))
}

/// The enum of the package with that name.
pub(crate) fn enumeration(name: &str) -> Option<EnumDescriptor> {
    POOL.get_enum_by_name(&format!("{PACKAGE}.{name}"))
}

/// The message with its description. `name`: that of its type in the package.
pub(crate) fn dynamic(name: &str, message: &impl Message) -> Option<DynamicMessage> {
    DynamicMessage::decode(descriptor(name)?, &*message.encode_to_vec()).ok()
}

/// What a content says, with the field of `EntryContent` that holds it. `None`: nothing, or a kind of a later version.
pub(crate) fn said(content: &EntryContent) -> Option<(FieldDescriptor, DynamicMessage)> {
    let content = dynamic(CONTENT, content)?;
    let (field, value) = content.fields().next()?;
    Some((field, value.as_message()?.clone()))
}

/// The form of a kind: its message with nothing filled in. `None` for a kind that nobody can post.
pub(crate) fn blank(kind: EntryKind) -> Option<DynamicMessage> {
    if matches!(kind, EntryKind::Unspecified | EntryKind::Notice | EntryKind::Retraction) {
        return None;
    }
    let field = descriptor(CONTENT)?.get_field_by_name(&label::name::<EntryKind>(kind.into()))?;
    field.kind().as_message().map(|message| DynamicMessage::new(message.clone()))
}

/// The content that holds what a form of the kind says.
pub(crate) fn content(kind: EntryKind, form: DynamicMessage) -> Option<EntryContent> {
    let mut content = DynamicMessage::new(descriptor(CONTENT)?);
    let field = content.descriptor().get_field_by_name(&label::name::<EntryKind>(kind.into()))?;
    content.try_set_field(&field, Value::Message(form)).ok()?;
    content.transcode_to().ok()
}

/// The kind of what a content says; `None` for nothing, and for a kind of a later version.
pub(crate) fn kind_of(content: &EntryContent) -> Option<EntryKind> {
    let (field, _) = said(content)?;
    label::values::<EntryKind>()
        .into_iter()
        .find(|kind| label::name::<EntryKind>((*kind).into()) == field.name())
}

/// What a field is called.
pub(crate) fn field_label(texts: &Texts, field: &FieldDescriptor) -> String {
    texts.find(&field_key(field)).unwrap_or_else(|| field.name().to_owned())
}

/// What a value of an enum is called; empty where it says nothing.
pub(crate) fn value_label(texts: &Texts, described: &EnumDescriptor, number: i32) -> String {
    match described.get_value(number) {
        Some(_) if number == 0 => String::new(),
        Some(value) => texts.find(&value_key(&value)).unwrap_or_else(|| value_name(&value)),
        // A value of a later version is its number.
        None => number.to_string(),
    }
}

/// The name of a value without what all of them begin with, in lower case.
pub(crate) fn value_name(value: &EnumValueDescriptor) -> String {
    let prefix = kebab(value.parent_enum().name()).replace('-', "_") + "_";
    let name = value.name().to_ascii_lowercase();
    name.strip_prefix(&prefix).unwrap_or(&name).to_owned()
}

/// What a moment, a day, a coding or a quantity is, which are shown and typed as one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Timestamp,
    Date,
    Coding,
    Quantity,
}

/// Whether a field holds one of them.
pub(crate) fn known(field: &FieldDescriptor) -> Option<Known> {
    let Kind::Message(message) = field.kind() else { return None };
    match message.full_name() {
        "google.protobuf.Timestamp" => Some(Known::Timestamp),
        "renkei.v1.Date" => Some(Known::Date),
        "renkei.v1.Coding" => Some(Known::Coding),
        "renkei.v1.Quantity" => Some(Known::Quantity),
        _ => None,
    }
}

/// The message that a field holds as a type of the proto.
pub(crate) fn typed<M: Message + Default>(value: &Value) -> Option<M> {
    value.as_message()?.transcode_to().ok()
}

fn field_key(field: &FieldDescriptor) -> String {
    format!("field-{}-{}", kebab(field.parent_message().name()), field.name().replace('_', "-"))
}

fn value_key(value: &EnumValueDescriptor) -> String {
    format!("value-{}-{}", kebab(value.parent_enum().name()), value_name(value).replace('_', "-"))
}

/// `LaboratoryResult` → `laboratory-result`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

const PACKAGE: &str = "renkei.v1";
const CONTENT: &str = "EntryContent";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::Language;

    /// Every field and value below what an entry says, but those of notices, which are sentences.
    fn keys(message: &MessageDescriptor, found: &mut BTreeSet<String>) {
        for field in message.fields() {
            if !found.insert(field_key(&field)) || known(&field).is_some() {
                continue;
            }
            match field.kind() {
                Kind::Message(message) => keys(&message, found),
                Kind::Enum(described) => {
                    found.extend(described.values().filter(|v| v.number() != 0).map(|v| value_key(&v)));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn every_field_and_value_of_every_kind_has_words_in_both_languages_and_no_word_is_left_over() {
        let mut wanted = BTreeSet::new();
        for kind in label::values::<EntryKind>() {
            if let Some(form) = blank(kind) {
                keys(&form.descriptor(), &mut wanted);
            }
        }
        assert!(wanted.len() > 150, "{}", wanted.len());
        for (language, source) in [
            (Language::Japanese, include_str!("text/ja/content.ftl")),
            (Language::English, include_str!("text/en/content.ftl")),
        ] {
            let texts = Texts::new(language);
            let missing: Vec<_> = wanted.iter().filter(|key| texts.find(key).is_none()).collect();
            assert!(missing.is_empty(), "{language:?}: {missing:#?}");
            let there = source.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key);
            let left_over: Vec<_> = there
                .filter(|key| key.starts_with("field-") || key.starts_with("value-"))
                .filter(|key| !wanted.contains(*key))
                .collect();
            assert!(left_over.is_empty(), "{language:?}: {left_over:#?}");
        }
    }

    #[test]
    fn every_kind_is_a_field_of_the_content_and_comes_back() {
        for kind in label::values::<EntryKind>() {
            let Some(form) = blank(kind) else { continue };
            assert_eq!(kind_of(&content(kind, form).unwrap()), Some(kind));
        }
        assert_eq!(kind_of(&EntryContent::default()), None);
        let postable = label::values::<EntryKind>().into_iter().filter(|kind| blank(*kind).is_some());
        assert_eq!(postable.count(), 17, "all but notices and retractions");
    }
}
