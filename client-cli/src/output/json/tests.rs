use bytes::Bytes;
use renkei_proto::v1::entry_content::Content;

use super::*;

#[test]
fn an_entry_reads_as_in_the_proto() {
    let entry = v1::Entry {
        entry_id: "e".into(),
        seq: 7,
        category: v1::Category::VisitNote.into(),
        author: Some(v1::Actor { role: v1::Role::CareManager.into(), ..Default::default() }),
        post_time: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 500_000_000 }),
        content: Some(v1::EntryContent {
            content: Some(Content::Message(v1::Message { text: "了解".into(), ..Default::default() })),
        }),
        attachments: vec![v1::AttachmentSummary {
            sha256: Bytes::from_static(&[0xab, 1]),
            ..Default::default()
        }],
        ..Default::default()
    };
    let value = entry.json();
    assert_eq!(value["category"], "visit_note");
    assert_eq!(value["author"]["role"], "care_manager");
    assert_eq!(value["post_time"], "2023-11-14T22:13:20.5Z");
    assert_eq!(value["content"]["message"]["text"], "了解");
    assert_eq!(value["attachments"][0]["sha256"], "ab01");
    assert_eq!(value["seq"], 7);
}

#[test]
fn sensitivity_and_notice_read_as_in_the_proto() {
    let notice =
        v1::Notice { kind: v1::NoticeKind::BreakGlass.into(), text: "急変".into(), ..Default::default() };
    let entry = v1::Entry {
        category: v1::Category::Notice.into(),
        sensitivity: v1::Sensitivity::MentalHealth.into(),
        content: Some(v1::EntryContent { content: Some(Content::Notice(notice)) }),
        ..Default::default()
    };
    let value = entry.json();
    assert_eq!(value["category"], "notice");
    assert_eq!(value["sensitivity"], "mental_health");
    assert_eq!(value["content"]["notice"]["kind"], "break_glass");
    assert_eq!(value["content"]["notice"]["text"], "急変");
}

#[test]
fn every_kind_reads_as_in_the_proto() {
    let result = v1::LaboratoryResult {
        code: Some(v1::Coding { system: "s".into(), code: "3F015".into(), display: "K".into() }),
        value: Some(v1::Quantity { value: "5.90".into(), unit: "mmol/L".into() }),
        interpretation: v1::Interpretation::CriticalHigh.into(),
        ..Default::default()
    };
    let report = v1::LaboratoryReport { results: vec![result], ..Default::default() };
    let value = v1::EntryContent { content: Some(Content::LaboratoryReport(report)) }.json();
    let expected = json!({"laboratory_report": {
        "results": [{
            "code": {"system": "s", "code": "3F015", "display": "K"},
            "value": {"value": "5.90", "unit": "mmol/L"},
            "text": "",
            "low": "",
            "high": "",
            "interpretation": "critical_high",
        }],
        "collection_time": null,
        "laboratory": "",
        "remark": "",
    }});
    assert_eq!(value, expected);
    let summary = v1::DischargeSummary {
        discharge_date: Some(v1::Date { year: 2026, month: 7, day: 1 }),
        ..Default::default()
    };
    let value = v1::EntryContent { content: Some(Content::DischargeSummary(summary)) }.json();
    assert_eq!(value["discharge_summary"]["discharge_date"], "2026-07-01");
    assert_eq!(v1::EntryContent::default().json(), json!({}));
}

/// The proto's own descriptor says which fields there are, so none is forgotten here.
#[test]
fn every_field_of_the_proto_is_printed() {
    use prost::Message as _;
    let set = prost_types::FileDescriptorSet::decode(renkei_proto::DESCRIPTOR_SET).unwrap();
    let messages: Vec<_> = set.file.iter().flat_map(|file| &file.message_type).collect();
    let printed: &[(&str, Value)] = &[
        ("AccessExplanation", v1::AccessExplanation::default().json()),
        ("Acknowledgement", v1::Acknowledgement::default().json()),
        ("Actor", v1::Actor::default().json()),
        ("Affiliation", v1::Affiliation::default().json()),
        ("AssignedPerson", v1::AssignedPerson::default().json()),
        ("Attachment", v1::Attachment::default().json()),
        ("AuditEvent", v1::AuditEvent::default().json()),
        ("BreakGlassAccess", v1::BreakGlassAccess::default().json()),
        ("CareTeamMember", v1::CareTeamMember::default().json()),
        ("Consent", v1::Consent::default().json()),
        ("ConsentException", v1::ConsentException::default().json()),
        ("ConsentForm", v1::ConsentForm::default().json()),
        ("ConsentSigner", v1::ConsentSigner::default().json()),
        ("AllowedService", v1::AllowedService::default().json()),
        ("CreateServiceEnrollmentCodeResponse", v1::CreateServiceEnrollmentCodeResponse::default().json()),
        ("ServiceAccount", v1::ServiceAccount::default().json()),
        ("ServiceCertificate", v1::ServiceCertificate::default().json()),
        ("CreateEnrollmentCodeResponse", v1::CreateEnrollmentCodeResponse::default().json()),
        ("Demographics", v1::Demographics::default().json()),
        ("Entry", v1::Entry::default().json()),
        ("EntryMarked", v1::EntryMarked::default().json()),
        ("Excerpt", v1::Excerpt::default().json()),
        ("ExplainAccessResponse", v1::ExplainAccessResponse::default().json()),
        ("FoundEntry", v1::FoundEntry::default().json()),
        ("Identity", v1::Identity::default().json()),
        ("Invitation", v1::Invitation::default().json()),
        ("Organization", v1::Organization::default().json()),
        ("OrganizationPolicy", v1::OrganizationPolicy::default().json()),
        ("Patient", v1::Patient::default().json()),
        ("Period", v1::Period::default().json()),
        ("Person", v1::Person::default().json()),
        ("ProvidedItems", v1::ProvidedItems::default().json()),
        ("Provision", v1::Provision::default().json()),
        ("Reader", v1::Reader::default().json()),
        ("RuleReference", v1::RuleReference::default().json()),
        ("SeqRange", v1::SeqRange::default().json()),
        ("StaffAssignment", v1::StaffAssignment::default().json()),
        ("SubjectAccess", v1::SubjectAccess::default().json()),
        ("TextRange", v1::TextRange::default().json()),
        ("WatchPosition", v1::WatchPosition::default().json()),
        ("WhoAmIResponse", v1::WhoAmIResponse::default().json()),
    ];
    for (name, value) in printed {
        let message = messages.iter().find(|message| message.name() == *name).unwrap();
        let mut fields: Vec<_> = message.field.iter().map(|field| field.name().to_owned()).collect();
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        fields.sort();
        keys.sort();
        assert_eq!(keys, fields, "{name}");
    }
}
