//! What an organisation does with files: who may see and change it, and what stands when nothing was said.

use anyhow::{Result, ensure};
use renkei_proto::v1::{
    GetOrganizationPolicyRequest, OrganizationPolicy, PositionPolicy, UpdateOrganizationPolicyRequest,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::{Code, Response, Status};

use crate::{
    grpc::Session,
    refusal::expect_refused,
    region::{Region, new_id},
};

crate::on_both_engines!(a_policy_is_seen_by_its_people_and_changed_by_the_administrator);

/// What the server gives to each organisation, in this test.
const QUOTA: i64 = 5_000_000_000;

async fn get(caller: &Session, organization_id: String) -> Result<OrganizationPolicy, Status> {
    let request = GetOrganizationPolicyRequest { organization_id };
    let answer = caller.identity.clone().get_organization_policy(request).await?;
    answer.into_inner().policy.ok_or_else(|| Status::internal("no policy in the answer"))
}

fn is_refused(answer: Result<OrganizationPolicy, Status>, code: Code, reason: &str) -> Result<()> {
    expect_refused(answer.map(Response::new), code, reason).map(drop)
}

fn change(organization_id: String) -> UpdateOrganizationPolicyRequest {
    UpdateOrganizationPolicyRequest { request_id: new_id(), organization_id, ..Default::default() }
}

async fn update(
    caller: &Session,
    request: UpdateOrganizationPolicyRequest,
) -> Result<OrganizationPolicy, Status> {
    let answer = caller.identity.clone().update_organization_policy(request).await?;
    answer.into_inner().policy.ok_or_else(|| Status::internal("no policy in the answer"))
}

async fn a_policy_is_seen_by_its_people_and_changed_by_the_administrator(engine: Engine) -> Result<()> {
    let settings = format!("[attachments]\norganization_quota_bytes = {QUOTA}\n");
    let region = Region::open_with(engine, &settings).await?;
    let (admin, doctor) = (&region.admin, region.doctor("maeda").await?.session);
    let pharmacist = region.pharmacist("noda").await?.session;
    let clinic = doctor.organization();

    let usual = OrganizationPolicy {
        organization_id: clinic.clone(),
        position_policy: PositionPolicy::Remove.into(),
        attachment_quota_bytes: QUOTA,
        attachment_used_bytes: 0,
    };
    ensure!(get(&doctor, clinic.clone()).await? == usual && get(admin, clinic.clone()).await? == usual);
    is_refused(get(&pharmacist, clinic.clone()).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    is_refused(get(admin, new_id()).await, Code::NotFound, "NOT_FOUND")?;
    is_refused(get(admin, "clinic".to_owned()).await, Code::InvalidArgument, "REQUEST_INVALID")?;

    // each part by itself, and what is not named stays
    let keep = UpdateOrganizationPolicyRequest {
        position_policy: Some(PositionPolicy::Keep.into()),
        ..change(clinic.clone())
    };
    let kept = OrganizationPolicy { position_policy: PositionPolicy::Keep.into(), ..usual.clone() };
    ensure!(update(admin, keep.clone()).await? == kept);
    let small = UpdateOrganizationPolicyRequest { attachment_quota_bytes: Some(0), ..change(clinic.clone()) };
    let both = OrganizationPolicy { attachment_quota_bytes: 0, ..kept };
    ensure!(update(admin, small.clone()).await? == both);
    ensure!(get(&doctor, clinic.clone()).await? == both);
    let other = get(&pharmacist, pharmacist.organization()).await?;
    ensure!(other == OrganizationPolicy { organization_id: pharmacist.organization(), ..usual }, "{other:?}");

    // the same request changes nothing again
    ensure!(update(admin, keep.clone()).await? == both);
    let reused = UpdateOrganizationPolicyRequest { attachment_quota_bytes: Some(1), ..keep };
    is_refused(update(admin, reused).await, Code::AlreadyExists, "REQUEST_ID_REUSED")?;

    is_refused(update(&doctor, small).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let unknown = UpdateOrganizationPolicyRequest { attachment_quota_bytes: Some(1), ..change(new_id()) };
    is_refused(update(admin, unknown).await, Code::NotFound, "NOT_FOUND")?;
    for wrong in [
        change(clinic.clone()),
        UpdateOrganizationPolicyRequest { attachment_quota_bytes: Some(-1), ..change(clinic.clone()) },
        UpdateOrganizationPolicyRequest { attachment_quota_bytes: Some(1 << 51), ..change(clinic.clone()) },
        UpdateOrganizationPolicyRequest { position_policy: Some(0), ..change(clinic.clone()) },
    ] {
        is_refused(update(admin, wrong).await, Code::InvalidArgument, "REQUEST_INVALID")?;
    }

    // on record: two changes, one refusal, and nothing of what was asked in vain
    let count = |decision: &str| {
        let columns = "SELECT COUNT(*) FROM audit_event WHERE action = 'ORGANIZATION_UPDATE'";
        region.server.sql(&format!("{columns} AND decision = '{decision}'"))
    };
    ensure!((count("PERMIT")?.as_str(), count("DENY")?.as_str()) == ("2", "1"));

    // the files of its people count, and nobody else's
    let patient = doctor.register().await?;
    let answer = doctor.upload(&patient, "paper.pdf", fixtures::PAPER).await.map(Response::new);
    expect_refused(answer, Code::ResourceExhausted, "QUOTA_EXCEEDED")?;
    let enough = UpdateOrganizationPolicyRequest {
        attachment_quota_bytes: Some(fixtures::PAPER.len() as i64),
        ..change(clinic.clone())
    };
    update(admin, enough).await?;
    doctor.upload(&patient, "paper.pdf", fixtures::PAPER).await?;
    ensure!(get(admin, clinic).await?.attachment_used_bytes == fixtures::PAPER.len() as i64);
    ensure!(get(admin, pharmacist.organization()).await?.attachment_used_bytes == 0);

    Ok(())
}
