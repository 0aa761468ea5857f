//! Requests that change something of a patient's record.

use bytes::Bytes;
use prost::Message as _;
use renkei_proto::v1 as proto;
use renkei_proto::v1::{
    consent_scope, entry_content, invite_care_team_member_request, remove_care_team_member_request,
    upload_attachment_request,
};
use sha2::{Digest as _, Sha256};

use super::{About, After, Before, Call, Notes, PASSWORD, call, decoded, new_id, one};

pub(in crate::decisions) const REGISTER_PATIENT: Call =
    call(|_, _| one(&register())).note(|notes, answer| {
        let registered: proto::RegisterPatientResponse = decoded(answer);
        notes.registered = registered.patient.map(|patient| patient.patient_id);
    });

pub(in crate::decisions) fn register() -> proto::RegisterPatientRequest {
    proto::RegisterPatientRequest {
        request_id: new_id(),
        demographics: Some(proto::Demographics {
            name: "架空 花子".into(),
            name_kana: "カクウ ハナコ".into(),
            birth_date: Some(proto::Date { year: 1940, month: 4, day: 1 }),
            sex: proto::Sex::Female as i32,
            local_identifier: String::new(),
        }),
    }
}

pub(in crate::decisions) const INVITE: Call =
    call(|about, _| one(&invite(&about.patient, about.outsider.clone())));

pub(in crate::decisions) fn invite(
    patient: &str,
    organization: String,
) -> proto::InviteCareTeamMemberRequest {
    proto::InviteCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        member: Some(invite_care_team_member_request::Member::OrganizationId(organization)),
        message: "よろしくお願いします".into(),
    }
}

/// Takes back what [`INVITE`] did.
pub(in crate::decisions) const REMOVE: Call =
    call(|about, _| one(&remove(&about.patient, about.outsider.clone())));

pub(in crate::decisions) fn remove(
    patient: &str,
    organization: String,
) -> proto::RemoveCareTeamMemberRequest {
    proto::RemoveCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        member: Some(remove_care_team_member_request::Member::OrganizationId(organization)),
        text: "終了".into(),
    }
}

pub(in crate::decisions) const UPDATE_STAFF_ACCESS: Call = call(|about, _| {
    one(&proto::UpdateStaffAccessRequest {
        request_id: new_id(),
        patient_id: about.patient.clone(),
        staff_access: proto::StaffAccess::All as i32,
        person_ids: Vec::new(),
    })
});

pub(in crate::decisions) const OFFER_CUSTODIAN: Call =
    call(|about, _| one(&offer(&about.patient, about.member.clone())));

pub(in crate::decisions) fn offer(patient: &str, organization_id: String) -> proto::OfferCustodianRequest {
    let patient_id = patient.to_owned();
    proto::OfferCustodianRequest { request_id: new_id(), patient_id, organization_id, text: String::new() }
}

pub(in crate::decisions) const ANSWER_CUSTODIAN_OFFER: Call = call(|about, _| {
    one(&proto::AnswerCustodianOfferRequest {
        request_id: new_id(),
        patient_id: about.patient.clone(),
        accept: false,
        local_identifier: String::new(),
    })
})
.after(After::Offer);

pub(in crate::decisions) const ANSWER_INVITATION: Call =
    call(|about, _| one(&answer(&about.patient, false))).after(After::Invite);

pub(in crate::decisions) fn answer(patient: &str, accept: bool) -> proto::AnswerInvitationRequest {
    let patient_id = patient.to_owned();
    proto::AnswerInvitationRequest { request_id: new_id(), patient_id, accept, ..Default::default() }
}

pub(in crate::decisions) const LEAVE: Call = call(|about, _| one(&leave(&about.patient))).after(After::Join);

pub(in crate::decisions) fn leave(patient: &str) -> proto::LeaveCareTeamRequest {
    let patient_id = patient.to_owned();
    proto::LeaveCareTeamRequest { request_id: new_id(), patient_id, ..Default::default() }
}

pub(in crate::decisions) const RECORD_CONSENT: Call =
    call(|about, notes| one(&record(&about.patient, &notes.paper, form(naming(about.outsider.clone())))))
        .before(Before::Paper)
        .note(|notes, answer| {
            let recorded: proto::RecordConsentResponse = decoded(answer);
            notes.consent = (recorded.consent.unwrap().consent_id, 1);
        });

pub(in crate::decisions) fn record(
    patient: &str,
    paper: &str,
    form: proto::ConsentForm,
) -> proto::RecordConsentRequest {
    proto::RecordConsentRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        form: Some(form),
        paper_attachment_id: paper.to_owned(),
    }
}

/// A form that the patient signed: it permits everything that is not restricted, from now on.
pub(in crate::decisions) fn form(scope: consent_scope::Scope) -> proto::ConsentForm {
    proto::ConsentForm {
        scope: Some(proto::ConsentScope { scope: Some(scope) }),
        signer: Some(proto::ConsentSigner {
            kind: proto::ConsentSignerKind::Patient as i32,
            ..Default::default()
        }),
        sign_date: Some(proto::Date { year: 2026, month: 4, day: 1 }),
        ..Default::default()
    }
}

pub(in crate::decisions) fn naming(organization: String) -> consent_scope::Scope {
    consent_scope::Scope::Organizations(proto::OrganizationList { organization_ids: vec![organization] })
}

/// Amends what [`RECORD_CONSENT`] recorded.
pub(in crate::decisions) const AMEND_CONSENT: Call = call(|about, notes| {
    one(&proto::AmendConsentRequest {
        request_id: new_id(),
        patient_id: about.patient.clone(),
        consent_id: notes.consent.0.clone(),
        version: notes.consent.1,
        form: Some(form(naming(about.outsider.clone()))),
        paper_attachment_id: notes.paper.clone(),
    })
})
.before(Before::Paper);

/// Withdraws it.
pub(in crate::decisions) const WITHDRAW_CONSENT: Call =
    call(|about, notes| one(&withdraw(&about.patient, &notes.consent.0)));

pub(in crate::decisions) fn withdraw(patient: &str, consent: &str) -> proto::WithdrawConsentRequest {
    proto::WithdrawConsentRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        consent_id: consent.to_owned(),
        part: None,
    }
}

pub(in crate::decisions) const POST_VISIT_NOTE: Call =
    call(|about, _| one(&visit_note(&about.patient, new_id(), Vec::new())));

pub(in crate::decisions) fn visit_note(
    patient: &str,
    entry_id: String,
    attachment_ids: Vec<String>,
) -> proto::PostEntryRequest {
    let temperature = proto::Observation {
        code: Some(proto::Coding {
            system: "http://loinc.org".into(),
            code: "8310-5".into(),
            display: "体温".into(),
        }),
        value: Some(proto::Quantity { value: "36.8".into(), unit: "Cel".into() }),
    };
    let note = proto::VisitNote {
        objective: "仙骨部に発赤".into(),
        observations: vec![temperature],
        ..Default::default()
    };
    proto::PostEntryRequest {
        attachment_ids,
        ..post(patient, entry_id, entry_content::Content::VisitNote(note))
    }
}

pub(in crate::decisions) const POST_LABORATORY: Call =
    call(|about, _| one(&message(&about.patient, new_id(), proto::Category::Laboratory)));

pub(in crate::decisions) fn message(
    patient: &str,
    entry_id: String,
    category: proto::Category,
) -> proto::PostEntryRequest {
    let message = proto::Message { text: "HbA1c 6.8%".into(), ..Default::default() };
    let content = entry_content::Content::Message(message);
    proto::PostEntryRequest { category: category as i32, ..post(patient, entry_id, content) }
}

fn post(patient: &str, entry_id: String, content: entry_content::Content) -> proto::PostEntryRequest {
    proto::PostEntryRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        entry_id,
        content: Some(proto::EntryContent { content: Some(content) }),
        ..Default::default()
    }
}

pub(in crate::decisions) const MARK_READ: Call = call(|about, _| {
    one(&proto::MarkReadRequest {
        patient_id: about.patient.clone(),
        entry_ids: vec![about.laboratory.clone()],
    })
});

pub(in crate::decisions) const ACKNOWLEDGE_VISIT_NOTE: Call = call(|about, _| {
    one(&proto::AcknowledgeEntryRequest {
        patient_id: about.patient.clone(),
        entry_id: about.visit_note.clone(),
        word: "了解".into(),
    })
});

pub(in crate::decisions) const UPLOAD: Call = call(|about, _| upload(&about.patient, new_id()));

pub(in crate::decisions) fn upload(patient: &str, attachment_id: String) -> Vec<Bytes> {
    use upload_attachment_request::Frame;
    const FILE: &[u8] = b"%PDF-1.7 a consent on paper";
    let header = proto::UploadHeader {
        patient_id: patient.to_owned(),
        attachment_id,
        file_name: "同意書.pdf".into(),
        content_type: "application/pdf".into(),
        size: FILE.len() as i64,
        sha256: Sha256::digest(FILE).to_vec().into(),
        ..Default::default()
    };
    [Frame::Header(header), Frame::Data(FILE.into())]
        .map(|frame| proto::UploadAttachmentRequest { frame: Some(frame) }.encode_to_vec().into())
        .into()
}

pub(in crate::decisions) const BREAK_GLASS: Call = call(|about, _| {
    one(&proto::BreakGlassRequest {
        request_id: new_id(),
        patient_id: about.patient.clone(),
        reason: proto::BreakGlassReason::EmergencyTransport as i32,
        text: "自宅で倒れ、救急搬送中".into(),
        password: PASSWORD.into(),
    })
})
.note(|notes, answer| {
    let opened: proto::BreakGlassResponse = decoded(answer);
    notes.emergency = opened.access.unwrap().break_glass_id;
})
.after(After::EndEmergency);

pub(in crate::decisions) const REVIEW: Call = call(reviewing).before(Before::Emergency);

pub(in crate::decisions) const REVIEW_OWN: Call = call(reviewing).before(Before::OwnEmergency);

fn reviewing(about: &About, notes: &Notes) -> Vec<Bytes> {
    one(&review(&about.patient, &notes.emergency))
}

/// Finds an emergency access not to be justified, so that it ends.
pub(in crate::decisions) fn review(patient: &str, emergency: &str) -> proto::ReviewBreakGlassRequest {
    proto::ReviewBreakGlassRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        break_glass_id: emergency.to_owned(),
        verdict: proto::BreakGlassVerdict::NotJustified as i32,
        text: "訓練".into(),
    }
}
