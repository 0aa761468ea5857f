//! A denial wins over everything, also over the custodian organisation, which can still mend it.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, ConsentEffect, ConsentForm, ListCareTeamRequest, ListConsentVersionsRequest,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::withdraw;
use crate::{
    calls::posting_of,
    circle::Circle,
    refusal::{expect, expect_refused},
    region::form_all,
};

crate::on_both_engines!(the_custodian_is_denied_too_and_can_mend_it);

async fn the_custodian_is_denied_too_and_can_mend_it(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    circle.post(Category::Message, "主治医の記録").await?;
    circle.post(Category::Medication, "処方").await?;
    doctor.consent_to_all(patient).await?;
    nurse.expect_texts(patient, &["主治医の記録", "処方"]).await?;

    let denial = || ConsentForm { effect: ConsentEffect::Deny.into(), ..form_all() };
    let denied = doctor.consent(patient, denial()).await?;
    for session in [doctor, nurse, &circle.manager.session] {
        session.expect_nothing(patient).await?;
    }
    let posted = posting_of(patient, Category::Message, Default::default(), "書けない");
    expect_refused(doctor.timeline.clone().post_entry(posted).await, Code::NotFound, "NOT_FOUND")?;
    let listed = nurse.list_consents(patient).await.err().context("the denied nurse sees consents")?;
    expect(&listed, Code::NotFound, "NOT_FOUND")?;

    // It sees its papers and its care team, and mends the consent.
    let consents = doctor.list_consents(patient).await?;
    ensure!(consents.len() == 3 && consents[0].consent_id == denied, "{consents:?}");
    doctor.download(patient, &consents[0].paper_attachment_id).await?;
    let request = ListCareTeamRequest { patient_id: patient.clone() };
    let team = doctor.patients.clone().list_care_team(request).await?.into_inner().members;
    ensure!(team.len() == 3, "{team:?}");
    let narrower = ConsentForm { categories: vec![Category::Medication.into()], ..denial() };
    let request = doctor.amendment(patient, &denied, 1, narrower).await?;
    doctor.consents.clone().amend_consent(request).await?;
    for session in [doctor, nurse] {
        session.expect_texts(patient, &["主治医の記録"]).await?;
    }
    let request = ListConsentVersionsRequest { patient_id: patient.clone(), consent_id: denied.clone() };
    let versions = doctor.consents.clone().list_consent_versions(request).await?.into_inner().versions;
    ensure!(versions.iter().map(|it| it.version).eq([2, 1]), "{versions:?}");
    for version in &versions {
        doctor.download(patient, &version.paper_attachment_id).await?;
        let paper = nurse.download(patient, &version.paper_attachment_id).await;
        expect_refused(paper, Code::NotFound, "NOT_FOUND").context("a member sees the paper")?;
    }

    withdraw(doctor, patient, &denied, None).await?;
    for session in [doctor, nurse] {
        session.expect_texts(patient, &["主治医の記録", "処方"]).await?;
    }
    Ok(())
}
