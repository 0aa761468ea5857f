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
    unit,
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
            .map(|Quantity { value, unit }| {
                format!("{value} {}", unit::written(texts, &unit)).trim_end().to_owned()
            })
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

/// `5.9 mmol/L`, `14錠`.
pub(super) fn quantity(text: &str) -> Result<Quantity> {
    let folded = fold_width(text.trim());
    let end = folded.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(folded.len());
    let (value, unit) = (folded[..end].trim(), folded[end..].trim());
    if value.parse::<f64>().is_err() || goes_on(&folded[end..]) {
        return Err(Error::usage(msg!("error-form-quantity", text = text)).next(msg!("next-form-quantity")));
    }
    let Some(unit) = unit::read(unit) else {
        let hint = msg!("next-form-unit", names = unit::names());
        return Err(Error::usage(msg!("error-form-unit", text = unit)).next(hint));
    };
    Ok(Quantity { value: value.to_owned(), unit })
}

/// Whether what stands after the digits belongs to the number, so that they alone would say something else:
/// `12,300`, `1/2`, `3〜5`, `10³`, `1e5`.
fn goes_on(rest: &str) -> bool {
    let text = rest.trim_start();
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    let is_numeral = |c: Option<char>| c.is_some_and(char::is_numeric);
    let next = characters.next();
    match first {
        ',' | '、' | '､' | '.' | '。' | '・' | '･' | ':' | ';' | '^' | '*' | '×' | '±' | '+' | '~' | '〜'
        | '‐' | '‑' | '‒' | '–' | '—' | '−' | '-' | '⁄' => true,
        // Of a fraction, not of a unit such as `/min`.
        '/' | '÷' => is_numeral(next),
        'e' | 'E' if text.len() == rest.len() => {
            is_numeral(next) || matches!(next, Some('+' | '-')) && is_numeral(characters.next())
        }
        // UCUM's powers of ten may begin a unit, after a space.
        _ if text.len() < rest.len() && (text.starts_with("10*") || text.starts_with("10^")) => false,
        _ => first.is_numeric(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_never_a_part_of_the_number_that_was_typed() {
        for text in [
            "12,300 /μL",
            "12，300/μL",
            "12、300",
            "1/2錠",
            "１／２錠",
            "3〜5錠",
            "3～5錠",
            "1・2",
            "10³/μL",
            "10^3/uL",
            "1e5 /uL",
            "1½錠",
            "12 300 /uL",
            "12 ,300",
            "5. 9.1 mmol/L",
            "1×2錠",
            "3+",
            "2.5.1 mg",
            "3 ひとつかみ",
        ] {
            assert!(quantity(text).is_err(), "{text}");
        }
        for (text, value, unit) in [
            ("72 /min", "72", "/min"),
            ("72/min", "72", "/min"),
            ("5.9 mmol/L", "5.9", "mmol/L"),
            ("12300 /uL", "12300", "/uL"),
            ("5.9 10*3/uL", "5.9", "10*3/uL"),
            ("１４錠", "14", "{tbl}"),
            ("14 {錠}", "14", "{錠}"),
            ("30 万/μL", "30", "10*4/uL"),
            ("2 回/日", "2", "{time}/d"),
            ("-0.5 %", "-0.5", "%"),
            ("3 eq", "3", "eq"),
            ("36.5℃", "36.5", "Cel"),
        ] {
            let read = quantity(text).unwrap();
            assert_eq!((read.value.as_str(), read.unit.as_str()), (value, unit), "{text}");
        }
    }
}
