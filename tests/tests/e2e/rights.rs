//! What a role or an organisation may not do, although it sees the object: PERMISSION_DENIED with a reason.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, ConsentForm, CreateOrganizationRequest, ListAuditEventsRequest, RegisterPatientRequest, Role,
};
use renkei_tests::database::Engine;
use tonic::Code;

use crate::{
    refusal::expect_refused,
    region::{Region, demographics, form_organizations, invitation, new_id, posting, text_of, written},
};

crate::on_both_engines!(roles_and_custodianship_are_enforced, a_consent_for_some_categories_shows_only_these);

const DENIED: Code = Code::PermissionDenied;

async fn roles_and_custodianship_are_enforced(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("fujii").await?.session;
    let manager = region.care_manager("goto").await?.session;
    let pharmacist = region.pharmacist("hara").await?.session;
    let patient_id = doctor.register().await?;
    for member in [&manager, &pharmacist] {
        doctor.join(&patient_id, member).await?;
    }
    let consent_id = doctor.consent_to_all(&patient_id).await?;

    let register = || RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics()) };
    for caller in [&pharmacist, &region.admin] {
        let answer = caller.patients.clone().register_patient(register()).await;
        expect_refused(answer, DENIED, "ROLE_NOT_ALLOWED")?;
    }
    let organization = || CreateOrganizationRequest { request_id: new_id(), kind: 1, name: "病院".into() };
    let answer = doctor.identity.clone().create_organization(organization()).await;
    expect_refused(answer, DENIED, "ROLE_NOT_ALLOWED")?;

    let invite = invitation(&patient_id, region.admin.organization());
    let answer = manager.patients.clone().invite_care_team_member(invite).await;
    expect_refused(answer, DENIED, "CUSTODIAN_ONLY")?;
    let withdraw = renkei_proto::v1::WithdrawConsentRequest {
        request_id: new_id(),
        patient_id: patient_id.clone(),
        consent_id,
        part: None,
    };
    expect_refused(manager.consents.clone().withdraw_consent(withdraw).await, DENIED, "CUSTODIAN_ONLY")?;
    let audit = ListAuditEventsRequest { patient_id: patient_id.clone(), ..Default::default() };
    expect_refused(manager.audit.clone().list_audit_events(audit).await, DENIED, "CUSTODIAN_ONLY")?;

    let mut nursing = posting(&patient_id, "看護記録");
    nursing.category = Category::Nursing.into();
    let answer = pharmacist.timeline.clone().post_entry(nursing).await;
    expect_refused(answer, DENIED, "ROLE_NOT_ALLOWED")?;
    ensure!(doctor.written_entries(&patient_id).await?.is_empty(), "a refused post was stored");
    ensure!(
        region.admin.me.actor.as_ref().is_some_and(|actor| actor.role() == Role::Administrator),
        "{:?}",
        region.admin.me
    );
    Ok(())
}

async fn a_consent_for_some_categories_shows_only_these(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("fujii").await?.session;
    let pharmacist = region.pharmacist("hara").await?.session;
    let patient_id = doctor.register().await?;
    doctor.join(&patient_id, &pharmacist).await?;
    let form = form_organizations(&[&pharmacist]);
    let form = ConsentForm { categories: vec![Category::Medication.into()], ..form };
    doctor.consent(&patient_id, form).await?;

    for (category, text) in
        [(Category::VisitNote, "訪問"), (Category::Medication, "薬"), (Category::Message, "連絡")]
    {
        let mut request = posting(&patient_id, text);
        request.category = category.into();
        doctor.timeline.clone().post_entry(request).await?;
    }
    let seen = pharmacist.written_entries(&patient_id).await?;
    ensure!(seen.iter().map(text_of).eq(["薬"]), "{seen:?}");
    let inbox = written(pharmacist.inbox().await?);
    ensure!(inbox.iter().map(text_of).eq(["薬"]), "{inbox:?}");

    let answer = pharmacist.timeline.clone().post_entry(posting(&patient_id, "質問")).await;
    expect_refused(answer, DENIED, "CATEGORY_NOT_CONSENTED")?;
    let hidden = doctor.all_entries(&patient_id).await?;
    let hidden = hidden.iter().find(|entry| text_of(entry) == "訪問").context("the hidden entry")?;
    let mut reply = posting(&patient_id, "返信");
    reply.reply_to_entry_id.clone_from(&hidden.entry_id);
    expect_refused(pharmacist.timeline.clone().post_entry(reply).await, Code::NotFound, "NOT_FOUND")?;
    Ok(())
}
