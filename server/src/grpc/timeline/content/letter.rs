//! Referral letters, admission information and discharge summaries.

use renkei_domain::timeline::{AdmissionInformation, DischargeSummary, ReferralLetter};
use renkei_proto::v1 as proto;

use super::parser::Parser;
use crate::grpc::convert;

pub(super) fn parse_referral_letter(
    parser: &mut Parser<'_>,
    letter: &proto::ReferralLetter,
) -> ReferralLetter {
    let proto::ReferralLetter {
        recipient_organization,
        recipient,
        purpose,
        diagnosis,
        history,
        course,
        treatment,
        medication,
        remark,
    } = letter;
    ReferralLetter {
        recipient_organization: parser.required_line("recipient_organization", recipient_organization),
        recipient: parser.line("recipient", recipient),
        purpose: parser.required_text("purpose", purpose),
        diagnosis: parser.required_text("diagnosis", diagnosis),
        history: parser.text("history", history),
        course: parser.text("course", course),
        treatment: parser.text("treatment", treatment),
        medication: parser.text("medication", medication),
        remark: parser.text("remark", remark),
    }
}

pub(super) fn referral_letter(letter: ReferralLetter) -> proto::ReferralLetter {
    let ReferralLetter {
        recipient_organization,
        recipient,
        purpose,
        diagnosis,
        history,
        course,
        treatment,
        medication,
        remark,
    } = letter;
    proto::ReferralLetter {
        recipient_organization,
        recipient,
        purpose,
        diagnosis,
        history,
        course,
        treatment,
        medication,
        remark,
    }
}

pub(super) fn parse_admission_information(
    parser: &mut Parser<'_>,
    admission: &proto::AdmissionInformation,
) -> AdmissionInformation {
    let proto::AdmissionInformation {
        hospital,
        admission_time,
        reason,
        care_level,
        living,
        adl,
        medication,
        wishes,
        services,
        remark,
    } = admission;
    let admission = AdmissionInformation {
        hospital: parser.required_line("hospital", hospital),
        admitted_at: parser.time("admission_time", *admission_time),
        reason: parser.text("reason", reason),
        care_level: parser.value("care_level", *care_level, convert::from_care_level),
        living: parser.text("living", living),
        adl: parser.text("adl", adl),
        medication: parser.text("medication", medication),
        wishes: parser.text("wishes", wishes),
        services: parser.text("services", services),
        remark: parser.text("remark", remark),
    };
    let empty = AdmissionInformation { hospital: admission.hospital.clone(), ..Default::default() };
    parser.wants(admission != empty, "", "must say something besides the hospital");
    admission
}

pub(super) fn admission_information(admission: AdmissionInformation) -> proto::AdmissionInformation {
    let AdmissionInformation {
        hospital,
        admitted_at,
        reason,
        care_level,
        living,
        adl,
        medication,
        wishes,
        services,
        remark,
    } = admission;
    proto::AdmissionInformation {
        hospital,
        admission_time: admitted_at.and_then(convert::time),
        reason,
        care_level: care_level.map_or(0, convert::care_level),
        living,
        adl,
        medication,
        wishes,
        services,
        remark,
    }
}

pub(super) fn parse_discharge_summary(
    parser: &mut Parser<'_>,
    summary: &proto::DischargeSummary,
) -> DischargeSummary {
    let proto::DischargeSummary {
        hospital,
        admission_date,
        discharge_date,
        diagnosis,
        course,
        condition,
        medication,
        instruction,
        follow_up,
    } = summary;
    let summary = DischargeSummary {
        hospital: parser.required_line("hospital", hospital),
        admission_date: parser.date("admission_date", *admission_date),
        discharge_date: parser.required_date("discharge_date", *discharge_date),
        diagnosis: parser.required_text("diagnosis", diagnosis),
        course: parser.text("course", course),
        condition: parser.text("condition", condition),
        medication: parser.text("medication", medication),
        instruction: parser.text("instruction", instruction),
        follow_up: parser.text("follow_up", follow_up),
    };
    parser.in_order(summary.admission_date, "discharge_date", summary.discharge_date);
    summary
}

pub(super) fn discharge_summary(summary: DischargeSummary) -> proto::DischargeSummary {
    let DischargeSummary {
        hospital,
        admission_date,
        discharge_date,
        diagnosis,
        course,
        condition,
        medication,
        instruction,
        follow_up,
    } = summary;
    proto::DischargeSummary {
        hospital,
        admission_date: admission_date.and_then(convert::date),
        discharge_date: discharge_date.and_then(convert::date),
        diagnosis,
        course,
        condition,
        medication,
        instruction,
        follow_up,
    }
}
