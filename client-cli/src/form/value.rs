//! One value as a person types it, and as it is written into a form again.

use prost_reflect::{EnumValueDescriptor, FieldDescriptor, Kind, Value};
use renkei_proto::v1::Quantity;

use crate::{
    error::{Error, Result},
    form::{
        coded,
        name::{BOTH, folded},
    },
    output::time,
    reflect::{self, Known},
    text::{Texts, msg},
    vital::fold_width,
};

/// Reads the value of a field, which is no list.
pub(super) fn read(field: &FieldDescriptor, text: &str) -> Result<Value> {
    let line = text.trim();
    match (field.kind(), reflect::known(field)) {
        (Kind::String, _) => Ok(Value::String(text.trim_end().to_owned())),
        (Kind::Bool, _) => boolean(line).map(Value::Bool).ok_or_else(|| wrong(field, line, "form-bool")),
        (Kind::Int32, _) => {
            fold_width(line).parse().map(Value::I32).map_err(|_| wrong(field, line, "form-number"))
        }
        (Kind::Enum(values), _) => {
            let wanted = folded(line);
            let found = values.values().filter(|value| value.number() != 0).find(|value| {
                wanted == folded(&reflect::value_name(value))
                    || BOTH.iter().any(|texts| wanted == folded(&of_enum(texts, value)))
                    || coded::letter(value).is_some_and(|letter| wanted == folded(letter))
            });
            found.map(|value| Value::EnumNumber(value.number())).ok_or_else(|| {
                let names: Vec<_> = values
                    .values()
                    .filter(|value| value.number() != 0)
                    .map(|v| reflect::value_name(&v))
                    .collect();
                Error::usage(msg!("error-form-value", field = field.name(), text = line))
                    .next(msg!("next-form-one-of", values = names.join(", ")))
            })
        }
        (_, Some(Known::Timestamp)) => message(field, &time::parse(&fold_width(line))?),
        (_, Some(Known::Date)) => message(field, &time::parse_day(&fold_width(line))?),
        (_, Some(Known::Coding)) => message(field, &coded::coding(line)?),
        (_, Some(Known::Quantity)) => message(field, &quantity(line)?),
        _ => Err(Error::usage(msg!("error-form-value", field = field.name(), text = line))),
    }
}

/// A value as [`read`] reads it.
pub(super) fn written(texts: &Texts, field: &FieldDescriptor, value: &Value) -> String {
    match (value, reflect::known(field)) {
        (Value::String(text), _) => text.clone(),
        (Value::Bool(value), _) => texts.get(if *value { "form-yes" } else { "form-no" }),
        (Value::I32(number), _) => number.to_string(),
        (Value::EnumNumber(number), _) => match field.kind() {
            Kind::Enum(values) => reflect::value_label(texts, &values, *number),
            _ => number.to_string(),
        },
        // To the second, which what a person typed has.
        (_, Some(Known::Timestamp)) => {
            reflect::typed(value).and_then(|moment| time::rfc3339(&moment)).unwrap_or_default()
        }
        (_, Some(Known::Date)) => reflect::typed(value).map(|day| time::day(&day)).unwrap_or_default(),
        (_, Some(Known::Coding)) => {
            reflect::typed(value).map(|coding| coded::written(&coding)).unwrap_or_default()
        }
        (_, Some(Known::Quantity)) => reflect::typed(value)
            .map(|Quantity { value, unit }| format!("{value} {unit}").trim_end().to_owned())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// What a value of an enum is called.
pub(super) fn of_enum(texts: &Texts, value: &EnumValueDescriptor) -> String {
    reflect::value_label(texts, value.parent_enum(), value.number())
}

/// A message as the value of a field.
pub(super) fn message(field: &FieldDescriptor, message: &impl prost::Message) -> Result<Value> {
    let wrong = || Error::usage(msg!("error-form-value", field = field.name(), text = ""));
    let Kind::Message(described) = field.kind() else { return Err(wrong()) };
    let name = described.full_name().to_owned();
    prost_reflect::DynamicMessage::decode(described, &*message.encode_to_vec())
        .map(Value::Message)
        .map_err(|error| wrong().detail(format!("{name}: {error}")))
}

/// `5.9 mmol/L`, `14錠`. What is counted by a Japanese word stands in braces, as UCUM writes what it has no unit for.
pub(super) fn quantity(text: &str) -> Result<Quantity> {
    let folded = fold_width(text.trim());
    let end = folded.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(folded.len());
    let (value, unit) = (folded[..end].trim(), folded[end..].trim());
    if value.parse::<f64>().is_err() {
        return Err(Error::usage(msg!("error-form-quantity", text = text)).next(msg!("next-form-quantity")));
    }
    let unit = match unit {
        "" => "1".to_owned(),
        "℃" => "Cel".to_owned(),
        _ if unit.is_ascii() || unit.starts_with('{') => unit.to_owned(),
        _ => format!("{{{unit}}}"),
    };
    Ok(Quantity { value: value.to_owned(), unit })
}

fn boolean(text: &str) -> Option<bool> {
    match folded(text).as_str() {
        "yes" | "y" | "true" | "1" | "はい" | "有" | "あり" | "○" | "x" => Some(true),
        "no" | "n" | "false" | "0" | "いいえ" | "無" | "なし" => Some(false),
        _ => None,
    }
}

fn wrong(field: &FieldDescriptor, text: &str, hint: &str) -> Error {
    let error = Error::usage(msg!("error-form-value", field = field.name(), text = text));
    error.next(crate::text::Message::new(hint))
}
