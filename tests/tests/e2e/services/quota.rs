//! How many calls a service account makes in a minute.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{LogoutRequest, StepUpRequest, WhoAmIRequest};
use renkei_tests::database::Engine;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{Program, allow, service_with};
use crate::{refusal::expect_refused, region::Region};

crate::on_both_engines!(a_service_makes_no_more_calls_than_it_may);

async fn a_service_makes_no_more_calls_than_it_may(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let person = region.doctor("kimura").await?.session;
    let account = service_with(&region.admin, person.organization(), 6).await?.service_account_id;
    let program = Program::enroll(&region, &account).await?;
    let other = Program::of(&region, &person).await?;
    allow(&person, &account).await?;
    allow(&person, &other.account).await?;

    // to begin a session is a call, and so is one that is refused; they come back one every ten seconds
    let session = program.begin(&person).await?;
    let request = StepUpRequest { password: "akigaze-no-yama-4".to_owned(), ..Default::default() };
    let answer = session.auth.clone().step_up(request).await;
    expect_refused(answer, Code::PermissionDenied, "SERVICE_METHOD_NOT_ALLOWED")?;
    let mut taken = 2;
    let refused = loop {
        match session.auth.clone().who_am_i(WhoAmIRequest {}).await {
            Ok(_) => taken += 1,
            Err(status) => break status,
        }
        ensure!(taken < 20, "nobody counts");
    };
    ensure!((6..=8).contains(&taken), "{taken} calls were taken");
    crate::refusal::expect(&refused, Code::ResourceExhausted, "SERVICE_QUOTA_EXCEEDED")?;
    let wait = refused.get_details_retry_info().and_then(|info| info.retry_delay).context("RetryInfo")?;
    ensure!(wait.as_secs() < 10, "{wait:?}");
    let answer = program.try_begin(&person.me.affiliation_id).await?;
    expect_refused(answer, Code::ResourceExhausted, "SERVICE_QUOTA_EXCEEDED")?;

    // nobody else is hit: neither the person nor another account
    person.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    let beside = other.begin(&person).await?;
    beside.auth.clone().logout(LogoutRequest {}).await?;
    Ok(())
}
