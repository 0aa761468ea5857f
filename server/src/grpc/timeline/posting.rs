//! Requests that post an entry or amend one, into commands.

use std::time::Duration;

use renkei_domain::id::{AttachmentId, EntryId, OrganizationId, PatientId, PersonId, RequestId};
use renkei_domain::timeline::{Content, Intent, Mention, Message, Retraction};
use renkei_domain::{Result, Timestamp};
use renkei_proto::v1 as proto;

use crate::app::timeline::{PostEntry, Posting};
use crate::grpc::convert;
use crate::grpc::parse::Fields;

/// An author's device may be as wrong as this.
const AHEAD: Duration = Duration::from_secs(24 * 3600);
/// Characters of a reason, and of a word of acknowledgement.
const MAX_REASON: usize = 1000;
const MAX_WORD: usize = 200;

pub(super) fn post_entry(
    request: &proto::PostEntryRequest,
    now: Timestamp,
) -> Result<(RequestId, PostEntry)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let category = convert::from_consentable(request.category);
    if category.is_none() && request.category != 0 {
        fields.wrong("category", "must be a known category other than NOTICE, or be left out");
    }
    let sensitivity = convert::from_sensitivity(request.sensitivity);
    if sensitivity.is_none() && request.sensitivity != 0 {
        fields.wrong("sensitivity", "must be a known sensitivity, or be left out");
    }
    let reply_to = fields.optional_uuid("reply_to_entry_id", &request.reply_to_entry_id).map(EntryId);
    let posting = Posting::New {
        category,
        sensitivity,
        reply_to,
        urgent: request.urgent,
        responsible: fields
            .optional_uuid("responsible_person_id", &request.responsible_person_id)
            .map(PersonId),
        mentions: mentions(&mut fields, &request.mentions),
    };
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let entry = EntryId(fields.uuid("entry_id", &request.entry_id));
    let content = content(&mut fields, request.content.as_ref(), request.attachment_ids.len(), now);
    if content.intent() == Some(Intent::Answer) && reply_to.is_none() {
        fields.wrong("reply_to_entry_id", "must be there: an answer answers something");
    }
    let command = PostEntry {
        patient,
        id: entry,
        content,
        attachments: attachments(&mut fields, &request.attachment_ids),
        written_at: written_at(&mut fields, request.write_time, now),
        posting,
    };
    fields.finish((id, command))
}

pub(super) fn correct_entry(
    request: &proto::CorrectEntryRequest,
    now: Timestamp,
) -> Result<(RequestId, PostEntry)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let command = PostEntry {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        id: EntryId(fields.uuid("entry_id", &request.entry_id)),
        content: content(&mut fields, request.content.as_ref(), request.attachment_ids.len(), now),
        attachments: attachments(&mut fields, &request.attachment_ids),
        written_at: written_at(&mut fields, request.write_time, now),
        posting: Posting::Amendment {
            entry: EntryId(fields.uuid("corrects_entry_id", &request.corrects_entry_id)),
            reason: fields.required_text("reason", request.reason.clone(), MAX_REASON),
        },
    };
    fields.finish((id, command))
}

pub(super) fn retract_entry(request: &proto::RetractEntryRequest) -> Result<(RequestId, PostEntry)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let command = PostEntry {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        id: EntryId(fields.uuid("entry_id", &request.entry_id)),
        content: Content::Retraction(Retraction {}),
        attachments: Vec::new(),
        written_at: None,
        posting: Posting::Amendment {
            entry: EntryId(fields.uuid("retracts_entry_id", &request.retracts_entry_id)),
            reason: fields.required_text("reason", request.reason.clone(), MAX_REASON),
        },
    };
    fields.finish((id, command))
}

pub(super) fn acknowledge_entry(
    request: &proto::AcknowledgeEntryRequest,
) -> Result<(PatientId, EntryId, String)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let entry = EntryId(fields.uuid("entry_id", &request.entry_id));
    let word = fields.line("word", &request.word, 0, MAX_WORD);
    fields.finish((patient, entry, word))
}

/// The content; in its place an empty message if it is wrong.
fn content(
    fields: &mut Fields,
    content: Option<&proto::EntryContent>,
    files: usize,
    now: Timestamp,
) -> Content {
    let parsed = super::content::parse(fields, content, files, now);
    parsed.unwrap_or_else(|| Content::Message(Message { text: String::new(), intent: None }))
}

fn attachments(fields: &mut Fields, ids: &[String]) -> Vec<AttachmentId> {
    fields.uuids("attachment_ids", ids, 20).into_iter().map(AttachmentId).collect()
}

fn written_at(
    fields: &mut Fields,
    time: Option<prost_types::Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let written = fields.time("write_time", time);
    if written.is_some_and(|time| time > now.after(AHEAD)) {
        fields.wrong("write_time", "must not be later than a day ahead");
    }
    written
}

fn mentions(fields: &mut Fields, mentions: &[proto::Mention]) -> Vec<Mention> {
    if mentions.len() > 20 {
        fields.wrong("mentions", "has too many items");
    }
    let mention = |(i, mention): (usize, &proto::Mention)| {
        let path = format!("mentions[{i}]");
        let person = fields.optional_uuid(&format!("{path}.person_id"), &mention.person_id);
        let organization = fields.optional_uuid(&format!("{path}.organization_id"), &mention.organization_id);
        let role = convert::from_role(mention.role);
        if role.is_none() && mention.role != 0 {
            fields.wrong(format!("{path}.role"), "must be a known role, or be left out");
        }
        let is_person_alone = organization.is_none() && role.is_none();
        if person.is_some() != is_person_alone {
            fields.wrong(path, "must be a person, or an organisation or a role or both");
        }
        let (person, organization) = (person.map(PersonId), organization.map(OrganizationId));
        Mention { person, organization, role, name: String::new() }
    };
    mentions.iter().take(20).enumerate().map(mention).collect()
}

#[cfg(test)]
mod tests {
    use renkei_domain::{Category, Sensitivity};
    use renkei_proto::v1::entry_content::Content as ProtoContent;

    use super::*;
    use crate::grpc::parse::{taken, violated};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn post(content: Option<ProtoContent>) -> proto::PostEntryRequest {
        proto::PostEntryRequest {
            request_id: ID.into(),
            patient_id: ID.into(),
            entry_id: ID.into(),
            content: Some(proto::EntryContent { content }),
            ..Default::default()
        }
    }

    fn message() -> proto::PostEntryRequest {
        post(Some(ProtoContent::Message(proto::Message {
            text: "明日伺います".into(),
            ..Default::default()
        })))
    }

    fn kind(command: &PostEntry) -> (Option<Category>, Option<Sensitivity>) {
        match command.posting {
            Posting::New { category, sensitivity, .. } => (category, sensitivity),
            Posting::Amendment { .. } => panic!("a new entry"),
        }
    }

    #[test]
    fn category_and_sensitivity_may_be_left_out() {
        let (_, command) = taken(post_entry(&message(), Timestamp(0)));
        assert_eq!(kind(&command), (None, None));
        let request = proto::PostEntryRequest {
            category: proto::Category::Nursing as i32,
            sensitivity: proto::Sensitivity::MentalHealth as i32,
            ..message()
        };
        let (_, command) = taken(post_entry(&request, Timestamp(0)));
        assert_eq!(kind(&command), (Some(Category::Nursing), Some(Sensitivity::MentalHealth)));
    }

    #[test]
    fn nobody_posts_notices() {
        let notice = post(Some(ProtoContent::Notice(proto::Notice::default())));
        assert_eq!(violated(post_entry(&notice, Timestamp(0))), ["content.notice"]);
        let category = proto::Category::Notice as i32;
        let request = proto::PostEntryRequest { category, ..message() };
        assert_eq!(violated(post_entry(&request, Timestamp(0))), ["category"]);
    }

    #[test]
    fn every_violation_is_reported_at_once() {
        let request =
            proto::PostEntryRequest { category: 99, sensitivity: 7, entry_id: String::new(), ..post(None) };
        assert_eq!(
            violated(post_entry(&request, Timestamp(0))),
            ["category", "sensitivity", "entry_id", "content"]
        );
    }

    #[test]
    fn whom_an_entry_is_addressed_to() {
        let mention = |person: &str, organization: &str, role: i32| proto::Mention {
            person_id: person.into(),
            organization_id: organization.into(),
            role,
            name: "何を書いても使われない".into(),
        };
        let nurse = proto::Role::Nurse as i32;
        let with = |mentions: Vec<proto::Mention>| proto::PostEntryRequest { mentions, ..message() };
        let fine = with(vec![
            mention(ID, "", 0),
            mention("", ID, 0),
            mention("", ID, nurse),
            mention("", "", nurse),
        ]);
        let (_, command) = taken(post_entry(&fine, Timestamp(0)));
        let Posting::New { mentions, .. } = command.posting else { panic!("a new entry") };
        assert_eq!(mentions.len(), 4);
        assert!(mentions.iter().all(|mention| mention.name.is_empty()));
        for wrong in [mention("", "", 0), mention(ID, ID, 0), mention(ID, "", nurse)] {
            assert_eq!(violated(post_entry(&with(vec![wrong]), Timestamp(0))), ["mentions[0]"]);
        }
        let wrong = with(vec![mention("", "", 99)]);
        assert_eq!(violated(post_entry(&wrong, Timestamp(0))), ["mentions[0].role", "mentions[0]"]);
        let many = with(vec![mention(ID, "", 0); 21]);
        assert_eq!(violated(post_entry(&many, Timestamp(0))), ["mentions"]);
    }

    #[test]
    fn an_answer_answers_something() {
        let answer = |reply_to_entry_id: &str| proto::PostEntryRequest {
            reply_to_entry_id: reply_to_entry_id.into(),
            ..post(Some(ProtoContent::Message(proto::Message {
                text: "はい".into(),
                intent: proto::MessageIntent::Answer.into(),
            })))
        };
        assert_eq!(violated(post_entry(&answer(""), Timestamp(0))), ["reply_to_entry_id"]);
        taken(post_entry(&answer(ID), Timestamp(0)));
    }

    #[test]
    fn what_was_written_offline_was_not_written_tomorrow() {
        let day = AHEAD.as_secs() as i64;
        let at = |seconds: i64| {
            let write_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
            proto::PostEntryRequest { write_time, ..message() }
        };
        assert!(taken(post_entry(&at(day), Timestamp(0))).1.written_at.is_some());
        assert_eq!(violated(post_entry(&at(day + 1), Timestamp(0))), ["write_time"]);
    }

    #[test]
    fn an_amendment_says_what_and_why() {
        let request = proto::CorrectEntryRequest::default();
        let missing = ["request_id", "patient_id", "entry_id", "content", "corrects_entry_id", "reason"];
        assert_eq!(violated(correct_entry(&request, Timestamp(0))), missing);
        let request = proto::RetractEntryRequest {
            request_id: ID.into(),
            patient_id: ID.into(),
            entry_id: ID.into(),
            retracts_entry_id: ID.into(),
            reason: "あ".repeat(1000),
        };
        taken(retract_entry(&request));
        let long = proto::RetractEntryRequest { reason: "あ".repeat(1001), ..request };
        assert_eq!(violated(retract_entry(&long)), ["reason"]);
    }

    #[test]
    fn what_wants_a_file_wants_it_when_it_is_corrected_too() {
        let document =
            ProtoContent::Document(proto::Document { title: "検査結果".into(), ..Default::default() });
        let with = |attachment_ids: Vec<String>| proto::CorrectEntryRequest {
            request_id: ID.into(),
            patient_id: ID.into(),
            entry_id: ID.into(),
            corrects_entry_id: ID.into(),
            reason: "誤記".into(),
            content: Some(proto::EntryContent { content: Some(document.clone()) }),
            attachment_ids,
            write_time: None,
        };
        let (_, command) = taken(correct_entry(&with(vec![ID.into()]), Timestamp(0)));
        assert_eq!(command.attachments.len(), 1);
        for wrong in [vec![], vec![ID.to_owned(); 2]] {
            assert_eq!(violated(correct_entry(&with(wrong), Timestamp(0))), ["attachment_ids"]);
        }
    }
}
