//! What an entry says, between protobuf and the domain.

use std::time::Duration;

use renkei_domain::Timestamp;
use renkei_domain::timeline::{
    Coding, Content, Message, Notice, Observation, Quantity, Retraction, VisitNote,
};
use renkei_proto::v1 as proto;
use renkei_proto::v1::entry_content::Content as ProtoContent;

use crate::grpc::convert;
use crate::grpc::parse::Fields;

/// Characters in one part of a note, or in a message.
const MAX_TEXT: usize = 20_000;
/// Bytes of the encoded content.
const MAX_BYTES: usize = 256 * 1024;
/// A visit cannot be later than this; some clocks are a little wrong.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// `None` if there is none; what is wrong is noted.
pub(super) fn parse(
    fields: &mut Fields,
    content: Option<&proto::EntryContent>,
    now: Timestamp,
) -> Option<Content> {
    if content.is_some_and(|content| prost::Message::encoded_len(content) > MAX_BYTES) {
        fields.wrong("content", "is too long");
        return None;
    }
    match content.and_then(|content| content.content.as_ref()) {
        Some(ProtoContent::VisitNote(note)) => Some(Content::VisitNote(visit_note(fields, note, now))),
        Some(ProtoContent::Message(message)) => {
            let text = fields.required_text("content.message.text", message.text.clone(), MAX_TEXT);
            Some(Content::Message(Message { text, intent: convert::from_intent(message.intent) }))
        }
        Some(ProtoContent::Notice(_)) => {
            fields.wrong("content.notice", "cannot be posted");
            None
        }
        Some(ProtoContent::Retraction(_)) => {
            fields.wrong("content.retraction", "cannot be posted; retract the entry");
            None
        }
        Some(_) => {
            fields.wrong("content", "is not known yet");
            None
        }
        None => {
            fields.wrong("content", "is required");
            None
        }
    }
}

fn visit_note(fields: &mut Fields, note: &proto::VisitNote, now: Timestamp) -> VisitNote {
    let visited_at = fields.time("content.visit_note.visit_time", note.visit_time);
    if visited_at.is_some_and(|time| time > now.after(AHEAD)) {
        fields.wrong("content.visit_note.visit_time", "must not be later than a day ahead");
    }
    if note.observations.len() > 50 {
        fields.wrong("content.visit_note.observations", "has too many items");
    }
    let parts = [&note.subjective, &note.objective, &note.assessment, &note.plan];
    if parts.iter().all(|part| part.trim().is_empty()) && note.observations.is_empty() {
        fields.wrong("content.visit_note", "must not be empty");
    }
    let mut part = |name: &str, text: &String| {
        fields.text(&format!("content.visit_note.{name}"), text.clone(), MAX_TEXT)
    };
    let (subjective, objective) = (part("subjective", &note.subjective), part("objective", &note.objective));
    let (assessment, plan) = (part("assessment", &note.assessment), part("plan", &note.plan));
    let observations = note
        .observations
        .iter()
        .take(50)
        .enumerate()
        .map(|(i, one)| observation(fields, &format!("content.visit_note.observations[{i}]"), one))
        .collect();
    VisitNote { subjective, objective, assessment, plan, visited_at, observations }
}

fn observation(fields: &mut Fields, path: &str, observation: &proto::Observation) -> Observation {
    let (no_code, no_value) = (proto::Coding::default(), proto::Quantity::default());
    let code = observation.code.as_ref().unwrap_or(&no_code);
    let value = observation.value.as_ref().unwrap_or(&no_value);
    if !is_decimal(&value.value) {
        fields.wrong(format!("{path}.value.value"), "must be a decimal like 36.8, at most 24 characters");
    }
    Observation {
        code: Coding {
            system: fields.line(&format!("{path}.code.system"), &code.system, 1, 200),
            code: fields.line(&format!("{path}.code.code"), &code.code, 1, 64),
            display: fields.line(&format!("{path}.code.display"), &code.display, 0, 200),
        },
        value: Quantity {
            value: value.value.clone(),
            unit: fields.line(&format!("{path}.value.unit"), &value.unit, 1, 32),
        },
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    text.len() <= 24
        && match unsigned.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(unsigned),
        }
}

pub(super) fn content(content: Content) -> proto::EntryContent {
    let content = match content {
        Content::Message(message) => ProtoContent::Message(proto::Message {
            text: message.text,
            intent: message.intent.map_or(0, convert::intent),
        }),
        Content::Retraction(Retraction {}) => ProtoContent::Retraction(proto::Retraction {}),
        Content::Notice(told) => ProtoContent::Notice(notice(told)),
        Content::VisitNote(note) => ProtoContent::VisitNote(proto::VisitNote {
            subjective: note.subjective,
            objective: note.objective,
            assessment: note.assessment,
            plan: note.plan,
            visit_time: note.visited_at.and_then(convert::time),
            observations: note
                .observations
                .into_iter()
                .map(|one| proto::Observation {
                    code: Some(proto::Coding {
                        system: one.code.system,
                        code: one.code.code,
                        display: one.code.display,
                    }),
                    value: Some(proto::Quantity { value: one.value.value, unit: one.value.unit }),
                })
                .collect(),
        }),
    };
    proto::EntryContent { content: Some(content) }
}

fn notice(notice: Notice) -> proto::Notice {
    let (organization, organization_name) = notice.organization.unzip();
    let (person, person_name) = notice.person.unzip();
    proto::Notice {
        kind: convert::notice_kind(notice.notice),
        organization_id: convert::optional_text(organization),
        organization_name: organization_name.unwrap_or_default(),
        person_id: convert::optional_text(person),
        person_name: person_name.unwrap_or_default(),
        object_id: convert::optional_text(notice.object),
        text: notice.text,
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::id::{OrganizationId, PersonId};
    use renkei_domain::timeline::NoticeKind;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_notice_says_whom_it_is_about() {
        let (organization, person) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let about = Notice {
            notice: NoticeKind::BreakGlass,
            organization: Some((OrganizationId(organization), "みどり診療所".into())),
            person: Some((PersonId(person), "山田 太郎".into())),
            object: Some(Uuid::from_u128(3)),
            text: "救急搬送中".into(),
        };
        let told = notice(about.clone());
        assert_eq!(told.kind, proto::NoticeKind::BreakGlass as i32);
        assert_eq!((told.organization_id, told.person_id), (organization.to_string(), person.to_string()));
        assert_eq!(
            (told.organization_name.as_str(), told.person_name.as_str()),
            ("みどり診療所", "山田 太郎")
        );
        assert_eq!((told.object_id, told.text.as_str()), (Uuid::from_u128(3).to_string(), "救急搬送中"));
        let told = notice(Notice { organization: None, person: None, object: None, ..about });
        assert_eq!((told.organization_id.as_str(), told.person_id.as_str()), ("", ""));
        assert_eq!(told.object_id, "");
    }

    #[test]
    fn decimals() {
        assert!(["36.8", "-1", "120", "0.00"].into_iter().all(is_decimal));
        assert!(
            ["", ".", "1.", ".5", "1e5", "NaN", "１２", "--1", "1234567890123456789012345"]
                .into_iter()
                .all(|text| !is_decimal(text))
        );
    }
}
