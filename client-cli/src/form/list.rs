//! Items of a list, one a line: `name=アムロジピン錠5mg; dose=1回1錠; days=14`, or the same in the order of the fields with
//! `|` between them. Measurements and scores are shorter: `bp=128/76 temp=36.8`, `食事=10 移乗=15`.
//!
//! `\;`, `\|`, `\\` and `\n` are those characters in a value.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value};
use renkei_proto::v1::{AdlScore, Observation};

use crate::{
    error::{Error, Result},
    form::{coded, name, value},
    reflect,
    text::{Texts, msg},
    unit, vital,
};

/// Reads one line: one item, or several measurements or scores.
pub(super) fn read(field: &FieldDescriptor, line: &str) -> Result<Vec<Value>> {
    match field.kind() {
        Kind::Message(described) => match described.name() {
            "Observation" => observations(line)?.iter().map(|one| value::message(field, one)).collect(),
            "AdlScore" => line.split_whitespace().map(|one| score(&described, one)).collect(),
            _ => item(&described, line).map(|item| vec![Value::Message(item)]),
        },
        _ => Ok(vec![value::read(field, line.trim())?]),
    }
}

/// Items as [`read`] reads them.
pub(super) fn written(texts: &Texts, field: &FieldDescriptor, values: &[Value]) -> String {
    let name = match field.kind() {
        Kind::Message(described) => described.name().to_owned(),
        _ => String::new(),
    };
    let lines: Vec<String> = match name.as_str() {
        "Observation" => return written_observations(texts, values),
        "AdlScore" => {
            let scores = values.iter().filter_map(reflect::typed::<AdlScore>);
            let one =
                |score: AdlScore| format!("{}={}", short_name(score.item().as_str_name()), score.points);
            return scores.map(one).collect::<Vec<_>>().join(" ");
        }
        "" => values.iter().map(|one| value::written(texts, field, one)).collect(),
        _ => values.iter().filter_map(Value::as_message).map(|item| written_item(texts, item)).collect(),
    };
    lines.join("\n")
}

/// How an item is typed.
pub(super) fn hint(texts: &Texts, field: &FieldDescriptor) -> String {
    let Kind::Message(described) = field.kind() else { return texts.get("form-lines") };
    match described.name() {
        "Observation" => return texts.get("form-observations"),
        "AdlScore" => return texts.get("form-scores"),
        _ => {}
    }
    let parts = described.fields().map(|field| {
        let needed = if name::is_required(&field) { texts.get("form-required") } else { String::new() };
        let values = match field.kind() {
            Kind::Enum(values) => {
                let values = values.values().filter(|value| value.number() != 0);
                let values: Vec<_> = values.map(|value| value::of_enum(texts, &value)).collect();
                format!(" ({})", values.join("/"))
            }
            _ => String::new(),
        };
        format!("{}={}{needed}{values}", field.name(), reflect::field_label(texts, &field))
    });
    format!("{}\n{}", texts.get("form-items"), parts.collect::<Vec<_>>().join("; "))
}

fn item(described: &MessageDescriptor, line: &str) -> Result<DynamicMessage> {
    let mut item = DynamicMessage::new(described.clone());
    let parts = match named(described, line)? {
        Some(parts) => parts,
        None => {
            let values = split(line, '|');
            if values.len() > described.fields().count() {
                return Err(wrong(described, line));
            }
            let order = described.fields().zip(values);
            order.collect()
        }
    };
    for (field, text) in parts {
        if !text.trim().is_empty() {
            item.set_field(&field, value::read(&field, text.trim())?);
        }
    }
    match described.fields().find(|field| name::is_required(field) && !item.has_field(field)) {
        Some(missing) => {
            Err(Error::usage(msg!("error-form-item", field = missing.name(), text = line.trim()))
                .next(msg!("next-form-item", fields = names(described))))
        }
        None => Ok(item),
    }
}

/// The parts of `name=value; …`; `None` if the line is not of that form.
///
/// # Errors
///
/// Names a part that does not read beside others that do: the whole would be taken for the first value else.
fn named(described: &MessageDescriptor, line: &str) -> Result<Option<Vec<(FieldDescriptor, String)>>> {
    let (mut read, mut unread) = (Vec::new(), None);
    for part in split(line, ';').into_iter().filter(|part| !part.trim().is_empty()) {
        let named = part.split_once(['=', '＝']);
        match named.and_then(|(name, text)| Some((name::field(described, name)?, text.to_owned()))) {
            Some(part) => read.push(part),
            None => unread = unread.or(Some(part)),
        }
    }
    match unread {
        Some(part) if !read.is_empty() => Err(wrong(described, &part)),
        Some(_) => Ok(None),
        None => Ok(Some(read)),
    }
}

/// The parts between the separators, of either width, with what was escaped.
fn split(line: &str, separator: char) -> Vec<String> {
    let wide = char::from_u32(u32::from(separator) + 0xfee0);
    let mut parts = vec![String::new()];
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        let c = match c {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some(escaped) => escaped,
                None => '\\',
            },
            _ if c == separator || Some(c) == wide => {
                parts.push(String::new());
                continue;
            }
            _ => c,
        };
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn written_item(texts: &Texts, item: &DynamicMessage) -> String {
    let described = item.descriptor();
    let said = described.fields().filter(|field| item.has_field(field));
    let parts = said.map(|field| {
        let text = value::written(texts, &field, &item.get_field(&field));
        let text = text.replace('\\', "\\\\").replace(';', "\\;").replace('；', "\\；");
        let text = text.replace('|', "\\|").replace('｜', "\\｜").replace('\n', "\\n");
        format!("{}={text}", field.name())
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// `bp=128/76 temp=36.8`, or `SYSTEM#CODE NAME = 21.3 kg/m2` for what has no short name.
fn observations(line: &str) -> Result<Vec<Observation>> {
    if let Some((code, amount)) = line.split_once(['=', '＝']).filter(|(code, _)| code.contains(['#', '＃']))
    {
        let (code, amount) = (coded::coding(code)?, value::quantity(amount)?);
        return Ok(vec![Observation { code: Some(code), value: Some(amount) }]);
    }
    let read = line.split_whitespace().map(vital::parse).collect::<Result<Vec<_>>>()?;
    Ok(read.into_iter().flatten().collect())
}

fn written_observations(texts: &Texts, values: &[Value]) -> String {
    let observations: Vec<Observation> = values.iter().filter_map(reflect::typed).collect();
    let (mut short, mut long) = (Vec::new(), Vec::new());
    let mut rest = observations.as_slice();
    while let [first, others @ ..] = rest {
        rest = others;
        match (vital::written(first, others.first()), others) {
            (Some((text, true)), [_, after @ ..]) => {
                short.push(text);
                rest = after;
            }
            (Some((text, _)), _) => short.push(text),
            (None, _) => {
                let code = first.code.as_ref().map(coded::written).unwrap_or_default();
                let amount = first.value.clone().unwrap_or_default();
                long.push(format!("{code} = {} {}", amount.value, unit::written(texts, &amount.unit)));
            }
        }
    }
    [vec![short.join(" ")], long].concat().join("\n").trim().to_owned()
}

/// `食事=10`.
fn score(described: &MessageDescriptor, text: &str) -> Result<Value> {
    let wrong = || wrong(described, text);
    let (item, points) = text.split_once(['=', '＝', ':', '：']).ok_or_else(wrong)?;
    let mut score = DynamicMessage::new(described.clone());
    for (name, text) in [("item", item), ("points", points)] {
        let field = described.get_field_by_name(name).ok_or_else(wrong)?;
        score.set_field(&field, value::read(&field, text)?);
    }
    Ok(Value::Message(score))
}

fn short_name(name: &str) -> String {
    name.trim_start_matches("ADL_ITEM_").to_ascii_lowercase()
}

fn names(described: &MessageDescriptor) -> String {
    described.fields().map(|field| field.name().to_owned()).collect::<Vec<_>>().join(", ")
}

fn wrong(described: &MessageDescriptor, line: &str) -> Error {
    Error::usage(msg!("error-form-line", text = line.trim()))
        .next(msg!("next-form-item", fields = names(described)))
}
