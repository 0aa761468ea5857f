//! A message as JSON by its description, after the rules at the head of [`json`](super).

use data_encoding::HEXLOWER;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value as Field};
use serde_json::{Map, Value};

use crate::{
    output::time,
    reflect::{self, Known},
};

/// Every field by its name; of a `oneof` that which is set. (An optional field is one of a `oneof` of its own.)
pub(super) fn message(message: &DynamicMessage) -> Value {
    let fields = message.descriptor();
    let is_one_of = |field: &FieldDescriptor| field.containing_oneof().is_some_and(|one| !one.is_synthetic());
    let shown = fields.fields().filter(|field| !is_one_of(field) || message.has_field(field));
    shown.map(|field| (field.name().to_owned(), field_value(message, &field))).collect::<Map<_, _>>().into()
}

fn field_value(message_: &DynamicMessage, field: &FieldDescriptor) -> Value {
    if field.supports_presence() && !message_.has_field(field) {
        return Value::Null;
    }
    value(&message_.get_field(field), field)
}

fn value(content: &Field, field: &FieldDescriptor) -> Value {
    match content {
        Field::Bool(value) => (*value).into(),
        Field::I32(value) => (*value).into(),
        Field::I64(value) => (*value).into(),
        Field::U32(value) => (*value).into(),
        Field::U64(value) => (*value).into(),
        Field::F32(value) => (*value).into(),
        Field::F64(value) => (*value).into(),
        Field::String(value) => value.as_str().into(),
        Field::Bytes(value) => HEXLOWER.encode(value).into(),
        Field::EnumNumber(number) => match field.kind() {
            // A value of a later version is its number.
            Kind::Enum(described) => described
                .get_value(*number)
                .map_or_else(|| number.to_string(), |value| reflect::value_name(&value))
                .into(),
            _ => (*number).into(),
        },
        Field::List(values) => values.iter().map(|one| value(one, field)).collect(),
        // The interface has no maps.
        Field::Map(_) => Value::Null,
        Field::Message(inner) => match reflect::known(field) {
            Some(Known::Timestamp) => reflect::typed(content)
                .and_then(|moment| time::rfc3339(&moment))
                .map_or(Value::Null, Value::from),
            Some(Known::Date) => {
                reflect::typed(content).map_or(Value::Null, |day| Value::from(time::day(&day)))
            }
            _ => message(inner),
        },
    }
}
