//! What a service's session stands on, each taken away: it is over at the next call and on its open stream, and none
//! begins after.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    ChangePasswordRequest, EndAffiliationRequest, EndServiceAccountRequest, EndSessionRequest,
    ListSessionsRequest, ReinstatePersonRequest, ResetPasswordRequest, RevokeDeviceRequest, Role,
    WhoAmIRequest, end_session_request::Which,
};
use renkei_tests::database::Engine;
use tokio::task::JoinSet;
use tonic::Code;

use super::{Program, allow, allowed, disallow};
use crate::{
    grpc::Session,
    refusal::expect_refused,
    region::{Member, PASSWORD, Region, new_id, posting},
    side_doors::{started, watch},
    standing::{ended, suspend},
};

crate::on_both_engines!(
    what_a_service_stands_on_ends_it_at_once,
    an_affiliation_that_is_taken_up_again_allows_nothing,
    a_session_that_begins_while_it_is_disallowed_is_over,
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Disallow,
    Account,
    Certificate,
    Affiliation,
    Suspension,
    Session,
    NewPassword,
    Reset,
}

use Ending::{Account, Affiliation, Certificate, Disallow, NewPassword, Reset, Suspension};

async fn take_away(region: &Region, member: &Member, program: &Program, ending: Ending) -> Result<()> {
    let (person, admin, request_id) = (&member.session, &region.admin, new_id());
    let (mut auth, mut identity) = (person.auth.clone(), admin.identity.clone());
    let (person_id, affiliation_id) = (person.person(), person.me.affiliation_id.clone());
    match ending {
        Disallow => ensure!(disallow(person, &program.account).await? == 1),
        Account => {
            let service_account_id = program.account.clone();
            let request = EndServiceAccountRequest { request_id, service_account_id };
            identity.end_service_account(request).await?;
        }
        Certificate => {
            let request = RevokeDeviceRequest { request_id, device_id: program.device.clone() };
            admin.auth.clone().revoke_device(request).await?;
        }
        Affiliation => {
            identity.end_affiliation(EndAffiliationRequest { request_id, affiliation_id }).await?;
        }
        Suspension => drop(suspend(admin, person_id).await?),
        Ending::Session => {
            let live = auth.list_sessions(ListSessionsRequest {}).await?.into_inner().sessions;
            let its = live.into_iter().find(|one| one.service_account_id == program.account);
            let which = Some(Which::SessionId(its.context("its session")?.session_id));
            auth.end_session(EndSessionRequest { which }).await?;
        }
        NewPassword => {
            let (old_password, new_password) = (PASSWORD.to_owned(), "akigaze-no-yama-4".to_owned());
            let request = ChangePasswordRequest { request_id, old_password, new_password };
            auth.change_password(request).await?;
        }
        Reset => drop(identity.reset_password(ResetPasswordRequest { request_id, person_id }).await?),
    }
    Ok(())
}

async fn what_a_service_stands_on_ends_it_at_once(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let mut all = vec![Disallow, Account, Certificate, Affiliation, Suspension, Ending::Session];
    all.extend([NewPassword, Reset]);
    for (number, ending) in all.into_iter().enumerate() {
        let member = region.doctor(&format!("doctor-{number}")).await?;
        let person = &member.session;
        let patient = person.register().await?;
        let program = Program::of(&region, person).await?;
        allow(person, &program.account).await?;
        let session = program.begin(person).await?;
        // also where the server found the session good a moment ago
        session.post(&patient, "記録").await?;
        let mut stream = watch(&session, &patient, None).await?;
        started(&mut stream).await?;
        take_away(&region, &member, &program, ending).await?;
        let since = Instant::now();
        ended(&mut stream, since).await.with_context(|| format!("{ending:?}"))?;
        let has_certificate = !matches!(ending, Account | Certificate);
        let reason = if has_certificate { "SESSION_REQUIRED" } else { "DEVICE_REQUIRED" };
        let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
        expect_refused(answer, Code::Unauthenticated, reason).with_context(|| format!("{ending:?}"))?;
        let answer = session.timeline.clone().post_entry(posting(&patient, "もう書けません")).await;
        expect_refused(answer, Code::Unauthenticated, reason).with_context(|| format!("{ending:?}"))?;

        // ending a session, or taking another password, is not to withdraw what was allowed
        let answer = program.try_begin(&person.me.affiliation_id).await?;
        match ending {
            Ending::Session | NewPassword => drop(answer.with_context(|| format!("{ending:?}"))?),
            Account | Certificate => {
                expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
            }
            _ => drop(expect_refused(answer, Code::PermissionDenied, "SERVICE_NOT_PERMITTED")?),
        }
        if ending == Suspension {
            let person_id = person.person();
            let request = ReinstatePersonRequest { request_id: new_id(), person_id };
            region.admin.identity.clone().reinstate_person(request).await?;
            let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
            expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
            program.begin(person).await.context("it was not withdrawn")?;
        }
    }
    Ok(())
}

async fn an_affiliation_that_is_taken_up_again_allows_nothing(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let member = region.doctor("kimura").await?;
    let (person, organization) = (&member.session, member.session.organization());
    let program = Program::of(&region, person).await?;
    allow(person, &program.account).await?;
    take_away(&region, &member, &program, Affiliation).await?;
    let again = region.affiliate(&person.person(), &organization, Role::Doctor).await?;
    ensure!(again == person.me.affiliation_id, "it is the same affiliation");
    program.is_not_permitted(&again).await?;
    let anew = member.device.login().await?;
    ensure!(allowed(&anew).await?.is_empty());
    allow(&anew, &program.account).await?;
    program.begin(&anew).await?;
    Ok(())
}

async fn a_session_that_begins_while_it_is_disallowed_is_over(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let person = region.doctor("kimura").await?.session;
    let program = Program::of(&region, &person).await?;
    let mut begun = 0;
    for round in 0..20 {
        allow(&person, &program.account).await?;
        let mut beginning = JoinSet::new();
        for _ in 0..4 {
            let (program, person) = (program.clone(), person.clone());
            beginning.spawn(async move { program.begin(&person).await });
        }
        // so that they meet it at all stages
        let first: Option<Session> = match round % 2 {
            0 => beginning.join_next().await.context("one")??.ok(),
            _ => None,
        };
        disallow(&person, &program.account).await?;
        let mut sessions: Vec<Session> = first.into_iter().collect();
        while let Some(session) = beginning.join_next().await {
            sessions.extend(session?.ok());
        }
        for session in &sessions {
            let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
            expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
        }
        begun += sessions.len();
    }
    ensure!(begun >= 10, "only {begun} sessions had begun");
    Ok(())
}
