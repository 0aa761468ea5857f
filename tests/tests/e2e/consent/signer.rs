//! Who signed, and forms that break a rule.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, ConsentException, ConsentForm, ConsentScope, ConsentSigner, ConsentSignerKind,
    ConsentSignerRelation, Date, Period, PurposeOfUse, RecordConsentRequest, Role,
};
use renkei_tests::database::Engine;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::form_of;
use crate::{
    circle::Circle,
    refusal::{expect_invalid, expect_refused},
    region::{Region, form_all, form_organizations, new_id},
};

crate::on_both_engines!(
    the_name_of_a_representative_is_shown_and_sealed,
    every_violation_of_a_form_is_listed_at_once,
);

const NAME: &str = "架空堂 後見子";

async fn the_name_of_a_representative_is_shown_and_sealed(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let signer = ConsentSigner {
        kind: ConsentSignerKind::Representative.into(),
        name: NAME.to_owned(),
        relation: ConsentSignerRelation::Guardian.into(),
    };
    let review = Date { year: 2027, month: 4, day: 1 };
    let form = ConsentForm { signer: Some(signer.clone()), review_date: Some(review), ..form_all() };
    let answer = doctor.try_consent(patient, form).await??.into_inner().consent.context("consent")?;
    let listed = nurse.list_consents(patient).await?;
    for consent in [&answer, &listed[0]] {
        let form = form_of(consent)?;
        ensure!(form.signer.as_ref() == Some(&signer) && form.review_date == Some(review), "{form:?}");
        ensure!(consent.version == 1 && !consent.damaged && !consent.custodian, "{consent:?}");
        let by = consent.recorded_by.as_ref();
        ensure!(by.is_some_and(|by| by.person_id == doctor.person()), "{consent:?}");
    }

    let stored = stored_bytes(&circle.region)?;
    let holds = |text: &str| {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        [text.as_bytes(), hex.as_bytes()].iter().any(|form| stored.windows(form.len()).any(|it| it == *form))
    };
    ensure!(holds("事業所 asano"), "not even the organisation's name was found");
    ensure!(!holds(NAME), "the name stands in the database in clear");
    Ok(())
}

/// The whole database, as it stands while the server runs.
fn stored_bytes(region: &Region) -> Result<Vec<u8>> {
    if let Some(dump) = region.server.database().dump()? {
        return Ok(dump);
    }
    let file = region.server.data_dir().join("renkei.sqlite");
    Ok([fs::read(&file)?, fs::read(file.with_extension("sqlite-wal"))?].concat())
}

async fn every_violation_of_a_form_is_listed_at_once(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("asano").await?.session;
    let patient = doctor.register().await?;
    let notice = || vec![Category::Notice.into()];
    let day = |year, month, day| Some(Date { year, month, day });
    let second = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let broken = ConsentForm {
        effect: 9,
        scope: Some(ConsentScope::default()),
        roles: vec![Role::Nurse.into(), Role::Nurse.into()],
        categories: notice(),
        sensitivities: vec![0],
        purposes: vec![PurposeOfUse::Emergency.into()],
        period: Some(Period { start: second(1_800_000_000), end: second(1_700_000_000) }),
        exceptions: vec![
            ConsentException::default(),
            ConsentException { organization_ids: vec!["x".into()], ..Default::default() },
            ConsentException { categories: notice(), roles: vec![99], ..Default::default() },
        ],
        signer: Some(ConsentSigner { kind: ConsentSignerKind::Representative.into(), ..Default::default() }),
        sign_date: day(9999, 1, 1),
        review_date: day(2020, 1, 1),
    };
    let request = |form| RecordConsentRequest {
        request_id: "1".into(),
        patient_id: patient.clone(),
        form: Some(form),
        paper_attachment_id: "paper.pdf".into(),
    };
    let answer = doctor.consents.clone().record_consent(request(broken)).await;
    let status = expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID")?;
    let named = status.get_details_bad_request().context("BadRequest")?.field_violations;
    let mut named: Vec<String> = named.into_iter().map(|violation| violation.field).collect();
    named.sort_unstable();
    let mut wanted = [
        "request_id",
        "paper_attachment_id",
        "form.effect",
        "form.scope",
        "form.roles[1]",
        "form.categories[0]",
        "form.sensitivities[0]",
        "form.purposes[0]",
        "form.period.end",
        "form.exceptions[0]",
        "form.exceptions[1].organization_ids[0]",
        "form.exceptions[2].categories[0]",
        "form.exceptions[2].roles[0]",
        "form.signer.name",
        "form.signer.relation",
        "form.sign_date",
        "form.review_date",
    ];
    wanted.sort_unstable();
    ensure!(named == wanted, "{named:?}");

    // What can only be known from what is stored.
    let nobody = ConsentForm { scope: form_organizations(&[]).scope, ..form_all() };
    expect_invalid(doctor.try_consent(&patient, nobody).await?, "form.scope.organizations")?;
    let unknown = renkei_proto::v1::consent_scope::Scope::PersonId(new_id());
    let unknown = ConsentForm { scope: Some(ConsentScope { scope: Some(unknown) }), ..form_all() };
    expect_invalid(doctor.try_consent(&patient, unknown).await?, "form")?;
    let consents = doctor.list_consents(&patient).await?;
    ensure!(consents.len() == 1, "a refused form was recorded: {consents:?}");
    Ok(())
}
