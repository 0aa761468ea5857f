//! A consent is replaced by a newer form; the versions before are kept.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AmendConsentRequest, Category, ConsentForm, ListConsentVersionsRequest, NoticeKind, Role,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{custodian_consent, form_of, withdraw};
use crate::{
    calls::notices,
    circle::Circle,
    refusal::{expect_invalid, expect_refused},
    region::{form_all, form_organizations, new_id},
};

crate::on_both_engines!(an_amendment_acts_at_once_and_keeps_the_versions);

async fn an_amendment_acts_at_once_and_keeps_the_versions(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let manager = &circle.manager.session;
    circle.post(Category::Message, "連絡").await?;
    circle.post(Category::Medication, "薬剤").await?;
    let consent = doctor.consent(patient, form_organizations(&[nurse])).await?;
    nurse.expect_texts(patient, &["連絡", "薬剤"]).await?;

    let newer = ConsentForm {
        categories: vec![Category::Medication.into()],
        ..form_organizations(&[manager, nurse])
    };
    let request = doctor.amendment(patient, &consent, 1, newer.clone()).await?;
    let amended = doctor.consents.clone().amend_consent(request.clone()).await?.into_inner().consent;
    let amended = amended.context("consent")?;
    ensure!(amended.consent_id == consent && amended.version == 2, "{amended:?}");
    ensure!(amended.paper_attachment_id == request.paper_attachment_id, "{amended:?}");
    for session in [nurse, manager] {
        session.expect_texts(patient, &["薬剤"]).await?;
    }
    let again = doctor.consents.clone().amend_consent(request.clone()).await?.into_inner().consent;
    ensure!(again.as_ref() == Some(&amended), "{again:?}");

    let old = doctor.amendment(patient, &consent, 1, form_all()).await?;
    let answer = doctor.consents.clone().amend_consent(old.clone()).await;
    expect_refused(answer, Code::Aborted, "CONSENT_CHANGED")?;
    let used = AmendConsentRequest { request_id: new_id(), version: 2, ..request };
    let answer = doctor.consents.clone().amend_consent(used).await;
    expect_refused(answer, Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
    let none = AmendConsentRequest { request_id: new_id(), version: 0, ..old.clone() };
    expect_invalid(doctor.consents.clone().amend_consent(none).await, "version")?;
    let unknown = AmendConsentRequest { request_id: new_id(), consent_id: new_id(), ..old.clone() };
    expect_refused(doctor.consents.clone().amend_consent(unknown).await, Code::NotFound, "NOT_FOUND")?;

    // Only the custodian organisation, in a role that manages consent; and never its own access.
    let of_member = AmendConsentRequest { request_id: new_id(), version: 2, ..old.clone() };
    let answer = nurse.consents.clone().amend_consent(of_member.clone()).await;
    expect_refused(answer, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    let pharmacist = circle.region.colleague(doctor, "fuse", Role::Pharmacist).await?.session;
    let answer = pharmacist.consents.clone().amend_consent(of_member.clone()).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let own = custodian_consent(doctor, patient).await?;
    ensure!(form_of(&own)?.signer.is_none() && own.paper_attachment_id.is_empty(), "{own:?}");
    let request =
        AmendConsentRequest { request_id: new_id(), consent_id: own.consent_id.clone(), version: 1, ..old };
    let answer = doctor.consents.clone().amend_consent(request).await;
    expect_refused(answer, Code::FailedPrecondition, "CONSENT_IS_CUSTODIAN")?;
    let answer = withdraw(doctor, patient, &own.consent_id, None).await;
    expect_refused(answer, Code::FailedPrecondition, "CONSENT_IS_CUSTODIAN")?;

    let request = ListConsentVersionsRequest { patient_id: patient.clone(), consent_id: consent.clone() };
    let versions = nurse.consents.clone().list_consent_versions(request).await?.into_inner().versions;
    ensure!(versions.len() == 2 && versions[0] == amended, "{versions:?}");
    ensure!(versions[1].version == 1 && versions[1].supersede_time.is_some(), "{versions:?}");
    ensure!(form_of(&versions[1])?.scope == form_organizations(&[nurse]).scope, "{versions:?}");
    ensure!(versions[0].supersede_time.is_none() && form_of(&versions[0])?.categories == newer.categories);

    withdraw(doctor, patient, &consent, None).await?;
    for session in [nurse, manager] {
        session.expect_nothing(patient).await?;
    }
    let late = AmendConsentRequest { request_id: new_id(), ..of_member };
    let answer = doctor.consents.clone().amend_consent(late).await;
    expect_refused(answer, Code::FailedPrecondition, "CONSENT_WITHDRAWN")?;
    let answer = withdraw(doctor, patient, &consent, None).await;
    expect_refused(answer, Code::FailedPrecondition, "CONSENT_WITHDRAWN")?;
    let all = doctor.all_entries(patient).await?;
    let told: Vec<_> =
        notices(&all).iter().filter(|(_, it)| it.object_id == consent).map(|(_, it)| it.kind()).collect();
    let wanted = [NoticeKind::ConsentRecorded, NoticeKind::ConsentAmended, NoticeKind::ConsentWithdrawn];
    ensure!(told == wanted, "{told:?}");
    Ok(())
}
