//! What an entry says, between protobuf and the domain: a file a subject. The bounds are those of
//! `entry_content.proto`. Messages and structs are taken apart field by field, so that a new field does not compile
//! until it is read and sent.

mod daily_life;
mod laboratory;
mod letter;
mod list;
mod medication;
mod message;
mod nursing;
pub(in crate::grpc) mod observation;
mod parser;
mod plan;

#[cfg(test)]
pub(in crate::grpc) mod examples;
#[cfg(test)]
mod tests;

use renkei_domain::Timestamp;
use renkei_domain::timeline::{Content, Retraction};
use renkei_proto::v1 as proto;
use renkei_proto::v1::entry_content::Content as Sent;

use self::parser::{Parser, Posted};
use crate::grpc::parse::Fields;

/// Bytes of the encoded content.
const MAX_BYTES: usize = 256 * 1024;

/// What an entry says that is posted at `now` with so many files. `None` if that cannot be posted; what is wrong is
/// noted.
pub(super) fn parse(
    fields: &mut Fields,
    content: Option<&proto::EntryContent>,
    files: usize,
    now: Timestamp,
) -> Option<Content> {
    parse_at(fields, "content", content, Some(Posted { now, files }))
}

/// What a template of an entry says: within the same bounds, but what is required may be empty. `None` if no entry
/// can say that; what is wrong is noted.
pub(in crate::grpc) fn parse_template(
    fields: &mut Fields,
    content: Option<&proto::EntryContent>,
) -> Option<Content> {
    parse_at(fields, "template.content", content, None)
}

fn parse_at(
    fields: &mut Fields,
    path: &str,
    content: Option<&proto::EntryContent>,
    posted: Option<Posted>,
) -> Option<Content> {
    use Content::{
        AdmissionInformation, AllergyList, CarePlan, ConferenceMinutes, DailyLife, DischargeSummary,
        Document, LaboratoryReport, Medication, Memo, Message, NursingInstruction, ProblemList,
        ReferralLetter, VisitNote, VitalSigns, Wound,
    };
    if content.is_some_and(|content| prost::Message::encoded_len(content) > MAX_BYTES) {
        fields.wrong(path, "is too long");
        return None;
    }
    let mut parser = Parser::new(fields, path, posted);
    let Some(sent) = content.and_then(|content| content.content.as_ref()) else {
        parser.wrong("", "is required");
        return None;
    };
    Some(match sent {
        Sent::VisitNote(sent) => {
            VisitNote(parser.at("visit_note", |at| observation::parse_visit_note(at, sent)))
        }
        Sent::Message(sent) => Message(parser.at("message", |at| message::parse_message(at, sent))),
        Sent::VitalSigns(sent) => {
            VitalSigns(parser.at("vital_signs", |at| observation::parse_vital_signs(at, sent)))
        }
        Sent::Medication(sent) => {
            Medication(parser.at("medication", |at| medication::parse_medication(at, sent)))
        }
        Sent::LaboratoryReport(sent) => LaboratoryReport(
            parser.at("laboratory_report", |at| laboratory::parse_laboratory_report(at, sent)),
        ),
        Sent::NursingInstruction(sent) => NursingInstruction(
            parser.at("nursing_instruction", |at| nursing::parse_nursing_instruction(at, sent)),
        ),
        Sent::ReferralLetter(sent) => {
            ReferralLetter(parser.at("referral_letter", |at| letter::parse_referral_letter(at, sent)))
        }
        Sent::CarePlan(sent) => CarePlan(parser.at("care_plan", |at| plan::parse_care_plan(at, sent))),
        Sent::DailyLife(sent) => {
            DailyLife(parser.at("daily_life", |at| daily_life::parse_daily_life(at, sent)))
        }
        Sent::ConferenceMinutes(sent) => {
            ConferenceMinutes(parser.at("conference_minutes", |at| plan::parse_conference_minutes(at, sent)))
        }
        Sent::AdmissionInformation(sent) => AdmissionInformation(
            parser.at("admission_information", |at| letter::parse_admission_information(at, sent)),
        ),
        Sent::DischargeSummary(sent) => {
            DischargeSummary(parser.at("discharge_summary", |at| letter::parse_discharge_summary(at, sent)))
        }
        Sent::Wound(sent) => Wound(parser.at("wound", |at| nursing::parse_wound(at, sent))),
        Sent::Memo(sent) => Memo(parser.at("memo", |at| message::parse_memo(at, sent))),
        Sent::Document(sent) => Document(parser.at("document", |at| list::parse_document(at, sent))),
        Sent::ProblemList(sent) => {
            ProblemList(parser.at("problem_list", |at| list::parse_problem_list(at, sent)))
        }
        Sent::AllergyList(sent) => {
            AllergyList(parser.at("allergy_list", |at| list::parse_allergy_list(at, sent)))
        }
        Sent::Notice(_) => {
            parser.wrong("notice", "cannot be posted");
            return None;
        }
        Sent::Retraction(_) => {
            parser.wrong("retraction", "cannot be posted");
            return None;
        }
    })
}

/// As it is sent.
pub(in crate::grpc) fn content(content: Content) -> proto::EntryContent {
    let content = match content {
        Content::VisitNote(it) => Sent::VisitNote(observation::visit_note(it)),
        Content::Message(it) => Sent::Message(message::message(it)),
        Content::Notice(it) => Sent::Notice(message::notice(it)),
        Content::VitalSigns(it) => Sent::VitalSigns(observation::vital_signs(it)),
        Content::Medication(it) => Sent::Medication(medication::medication(it)),
        Content::LaboratoryReport(it) => Sent::LaboratoryReport(laboratory::laboratory_report(it)),
        Content::NursingInstruction(it) => Sent::NursingInstruction(nursing::nursing_instruction(it)),
        Content::ReferralLetter(it) => Sent::ReferralLetter(letter::referral_letter(it)),
        Content::CarePlan(it) => Sent::CarePlan(plan::care_plan(it)),
        Content::DailyLife(it) => Sent::DailyLife(daily_life::daily_life(it)),
        Content::ConferenceMinutes(it) => Sent::ConferenceMinutes(plan::conference_minutes(it)),
        Content::AdmissionInformation(it) => Sent::AdmissionInformation(letter::admission_information(it)),
        Content::DischargeSummary(it) => Sent::DischargeSummary(letter::discharge_summary(it)),
        Content::Wound(it) => Sent::Wound(nursing::wound(it)),
        Content::Memo(it) => Sent::Memo(message::memo(it)),
        Content::Document(it) => Sent::Document(list::document(it)),
        Content::ProblemList(it) => Sent::ProblemList(list::problem_list(it)),
        Content::AllergyList(it) => Sent::AllergyList(list::allergy_list(it)),
        Content::Retraction(Retraction {}) => Sent::Retraction(proto::Retraction {}),
    };
    proto::EntryContent { content: Some(content) }
}
