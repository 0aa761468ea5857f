//! Requests that break a rule: each field is named, nothing is stored, and the server goes on.

use anyhow::{Result, ensure};
use prost_types::Timestamp;
use renkei_proto::v1::{
    Category, Coding, ConsentException, ConsentForm, CreateAffiliationRequest, CreateOrganizationRequest,
    CreatePersonRequest, Date, Demographics, EntryContent, GetPatientRequest, ListEntriesRequest,
    MarkReadRequest, Observation, OrganizationKind, Period, PostEntryRequest, PurposeOfUse, Quantity,
    RecordConsentRequest, RegisterPatientRequest, VisitNote, WatchPosition, WatchRequest, consent_scope,
    entry_content,
};
use renkei_tests::database::Engine;
use tonic::Code;

use crate::{
    refusal::{expect_invalid, expect_refused, first_of, refused},
    region::{Region, demographics, form, form_organizations, form_person, message, new_id, posting},
};

crate::on_both_engines!(
    broken_posts_are_refused,
    broken_demographics_are_refused,
    broken_consents_and_identities_are_refused,
    every_broken_field_is_named_at_once,
);

async fn broken_posts_are_refused(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("hayashi").await?.session;
    let patient = doctor.register().await?;
    let good = || posting(&patient, "良い記録");
    let note =
        |note: VisitNote| Some(EntryContent { content: Some(entry_content::Content::VisitNote(note)) });
    let measured = |value: &str, unit: &str| {
        note(VisitNote {
            observations: vec![Observation {
                code: Some(Coding {
                    system: "http://loinc.org".into(),
                    code: "8310-5".into(),
                    display: String::new(),
                }),
                value: Some(Quantity { value: value.into(), unit: unit.into() }),
            }],
            ..Default::default()
        })
    };
    let far = Some(Timestamp { seconds: 7_000_000_000, nanos: 0 });
    let broken: Vec<(&str, PostEntryRequest)> = vec![
        ("request_id", PostEntryRequest { request_id: "1".into(), ..good() }),
        ("request_id", PostEntryRequest { request_id: String::new(), ..good() }),
        ("patient_id", PostEntryRequest { patient_id: "S-1024".into(), ..good() }),
        ("entry_id", PostEntryRequest { entry_id: "' OR 1=1 --".into(), ..good() }),
        ("entry_id", PostEntryRequest { entry_id: format!("{}0", new_id()), ..good() }),
        ("reply_to_entry_id", PostEntryRequest { reply_to_entry_id: "x".into(), ..good() }),
        ("category", PostEntryRequest { category: 99, ..good() }),
        ("category", PostEntryRequest { category: -1, ..good() }),
        ("content", PostEntryRequest { content: None, ..good() }),
        ("content", PostEntryRequest { content: Some(EntryContent::default()), ..good() }),
        ("content", PostEntryRequest { content: message(""), ..good() }),
        ("content", PostEntryRequest { content: message(&"長".repeat(20_001)), ..good() }),
        ("content", PostEntryRequest { content: note(VisitNote::default()), ..good() }),
        (
            "content",
            PostEntryRequest {
                content: note(VisitNote { plan: "長".repeat(20_001), ..Default::default() }),
                ..good()
            },
        ),
        ("content", PostEntryRequest { content: measured("36,8", "Cel"), ..good() }),
        ("content", PostEntryRequest { content: measured("NaN", "Cel"), ..good() }),
        ("content", PostEntryRequest { content: measured("３６", "Cel"), ..good() }),
        ("content", PostEntryRequest { content: measured("36.8", ""), ..good() }),
        (
            "content",
            PostEntryRequest {
                content: note(VisitNote {
                    plan: "経過観察".into(), visit_time: far, ..Default::default()
                }),
                ..good()
            },
        ),
        ("attachment_ids", PostEntryRequest { attachment_ids: vec!["photo.jpg".into()], ..good() }),
        (
            "attachment_ids",
            PostEntryRequest { attachment_ids: (0..21).map(|_| new_id()).collect(), ..good() },
        ),
    ];
    for (field, request) in broken {
        expect_invalid(doctor.timeline.clone().post_entry(request).await, field)?;
    }

    // More than the door lets in at all.
    let huge = PostEntryRequest { content: message(&"x".repeat(2 << 20)), ..good() };
    let status = refused(doctor.timeline.clone().post_entry(huge).await)?;
    let refused_at_the_door = [Code::OutOfRange, Code::ResourceExhausted, Code::InvalidArgument];
    ensure!(refused_at_the_door.contains(&status.code()), "{status:?}");

    let used = good();
    doctor.timeline.clone().post_entry(used.clone()).await?;
    let taken = PostEntryRequest { request_id: new_id(), ..used };
    expect_refused(doctor.timeline.clone().post_entry(taken).await, Code::AlreadyExists, "ID_TAKEN")?;

    let none = MarkReadRequest { patient_id: patient.clone(), entry_ids: Vec::new() };
    expect_invalid(doctor.timeline.clone().mark_read(none).await, "entry_ids")?;
    let negative = ListEntriesRequest { patient_id: patient.clone(), page_size: -1, ..Default::default() };
    expect_invalid(doctor.timeline.clone().list_entries(negative).await, "page_size")?;
    let broken = WatchRequest {
        patient_ids: Vec::new(),
        positions: vec![WatchPosition { patient_id: patient.clone(), seq: -1, mark: None }],
    };
    expect_invalid(first_of(doctor.timeline.clone().watch(broken).await).await, "positions")?;
    let twice = WatchRequest { patient_ids: vec![patient.clone(), patient.clone()], positions: Vec::new() };
    expect_invalid(first_of(doctor.timeline.clone().watch(twice).await).await, "patient_ids")?;

    let entries = doctor.all_entries(&patient).await?;
    ensure!(entries.len() == 1 && entries[0].seq == 1, "a refused post left something: {entries:?}");
    Ok(())
}

async fn broken_demographics_are_refused(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("hayashi").await?.session;
    let day = |year, month, day| Some(Date { year, month, day });
    let good = demographics;
    let broken = [
        ("demographics.name", Demographics { name: String::new(), ..good() }),
        ("demographics.name", Demographics { name: "名".repeat(101), ..good() }),
        ("demographics.name_kana", Demographics { name_kana: String::new(), ..good() }),
        ("demographics.birth_date", Demographics { birth_date: None, ..good() }),
        ("demographics.birth_date", Demographics { birth_date: day(1939, 2, 29), ..good() }),
        ("demographics.birth_date", Demographics { birth_date: day(1867, 1, 1), ..good() }),
        ("demographics.birth_date", Demographics { birth_date: day(1939, 13, 1), ..good() }),
        ("demographics.birth_date", Demographics { birth_date: day(2099, 1, 1), ..good() }),
        ("demographics.sex", Demographics { sex: 0, ..good() }),
        ("demographics.sex", Demographics { sex: 9, ..good() }),
        ("demographics.local_identifier", Demographics { local_identifier: "S 1".into(), ..good() }),
        ("demographics.local_identifier", Demographics { local_identifier: "9".repeat(65), ..good() }),
    ];
    for (field, demographics) in broken {
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics) };
        expect_invalid(doctor.patients.clone().register_patient(request).await, field)?;
    }
    let request = RegisterPatientRequest { request_id: new_id(), demographics: None };
    expect_invalid(doctor.patients.clone().register_patient(request).await, "demographics")?;
    let request = GetPatientRequest { patient_id: "1".into() };
    expect_invalid(doctor.patients.clone().get_patient(request).await, "patient_id")?;

    let number = || Demographics { local_identifier: "S-7".into(), ..good() };
    for attempt in ["new", "taken"] {
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(number()) };
        let answer = doctor.patients.clone().register_patient(request).await;
        if attempt == "taken" {
            expect_refused(answer, Code::AlreadyExists, "LOCAL_IDENTIFIER_TAKEN")?;
        } else {
            answer?;
        }
    }
    let all = doctor.patients.clone().list_patients(renkei_proto::v1::ListPatientsRequest::default()).await?;
    ensure!(all.get_ref().patients.len() == 1, "a refused registration left something");
    Ok(())
}

async fn broken_consents_and_identities_are_refused(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("hayashi").await?.session;
    let patient_id = doctor.register().await?;
    let request = |form| RecordConsentRequest {
        request_id: new_id(),
        patient_id: patient_id.clone(),
        form,
        paper_attachment_id: new_id(),
    };
    let good = || form_person(&doctor);
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let broken = [
        ("form.scope", ConsentForm { scope: None, ..good() }),
        ("form.scope.organizations", form_organizations(&[])),
        ("form.scope.organizations", form_organizations(&[&doctor, &doctor])),
        ("form.scope.person_id", form(consent_scope::Scope::PersonId("x".into()))),
        ("form.effect", ConsentForm { effect: 3, ..good() }),
        ("form.roles", ConsentForm { roles: vec![0], ..good() }),
        ("form.categories", ConsentForm { categories: vec![0], ..good() }),
        ("form.categories", ConsentForm { categories: vec![1, 1], ..good() }),
        ("form.categories", ConsentForm { categories: vec![Category::Notice.into()], ..good() }),
        ("form.sensitivities", ConsentForm { sensitivities: vec![0], ..good() }),
        ("form.purposes", ConsentForm { purposes: vec![PurposeOfUse::Emergency.into()], ..good() }),
        ("form.period", ConsentForm { period: Some(Period { start: at(2000), end: at(1000) }), ..good() }),
        ("form.exceptions", ConsentForm { exceptions: vec![ConsentException::default()], ..good() }),
        ("form.signer", ConsentForm { signer: None, ..good() }),
        ("form.sign_date", ConsentForm { sign_date: None, ..good() }),
        ("form.review_date", ConsentForm { review_date: good().sign_date, ..good() }),
    ];
    for (field, form) in broken {
        expect_invalid(doctor.consents.clone().record_consent(request(Some(form))).await, field)?;
    }
    expect_invalid(doctor.consents.clone().record_consent(request(None)).await, "form")?;
    let no_id = RecordConsentRequest { paper_attachment_id: String::new(), ..request(Some(good())) };
    expect_invalid(doctor.consents.clone().record_consent(no_id).await, "paper_attachment_id")?;
    let without_paper = doctor.consents.clone().record_consent(request(Some(good()))).await;
    expect_refused(without_paper, Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;

    let mut identity = region.admin.identity.clone();
    for (field, kind, name) in
        [("kind", 0, "名前"), ("kind", 77, "名前"), ("name", 1, ""), ("name", 1, "一\u{0}二")]
    {
        let request = CreateOrganizationRequest { request_id: new_id(), kind, name: name.into() };
        expect_invalid(identity.create_organization(request).await, field)?;
    }
    for (field, login_name, name) in [
        ("login_name", "Sato", "佐藤"),
        ("login_name", "ab", "佐藤"),
        ("login_name", "1abc", "佐藤"),
        ("name", "sato", ""),
    ] {
        let request = CreatePersonRequest {
            request_id: new_id(),
            login_name: login_name.into(),
            name: name.into(),
            name_kana: String::new(),
        };
        expect_invalid(identity.create_person(request).await, field)?;
    }
    let request = CreateAffiliationRequest {
        request_id: new_id(),
        person_id: new_id(),
        organization_id: doctor.organization(),
        role: 1,
    };
    expect_refused(identity.create_affiliation(request).await, Code::NotFound, "NOT_FOUND")?;
    Ok(())
}

async fn every_broken_field_is_named_at_once(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let request = CreateOrganizationRequest {
        request_id: "x".into(),
        kind: OrganizationKind::Unspecified.into(),
        name: String::new(),
    };
    for field in ["request_id", "kind", "name"] {
        expect_invalid(region.admin.identity.clone().create_organization(request.clone()).await, field)?;
    }
    Ok(())
}
