//! Guessing without a device: what is wrong is not told, and it soon takes long.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{LoginWithTotpRequest, login_with_totp_request::Second};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{Owner, anybody, let_codes_be_new, open};
use crate::{
    guessing::{
        let_time_pass,
        timings::{answered_alike, timed},
    },
    refusal::{expect, visible},
    region::{PASSWORD, Region},
    standing::suspend,
};

crate::on_both_engines!(
    what_is_wrong_is_not_told,
    codes_are_counted_by_account_and_by_address,
    foreign_affiliations_are_answered_like_unknown_ones,
    what_is_wrong_is_not_told_by_the_time_either,
);

const WRONG: &str = "chigau-aikotoba-3";

async fn refused(region: &Region, login_name: &str, password: &str, second: Second) -> Result<Status> {
    let request = LoginWithTotpRequest {
        login_name: login_name.to_owned(),
        password: password.to_owned(),
        second: Some(second),
        ..Default::default()
    };
    anybody(&region.place)?.login_with_totp(request).await.err().context("it was not refused")
}

async fn what_is_wrong_is_not_told(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let suspended = Owner::hired(&region, "okubo").await?;
    suspend(&region.admin, suspended.login(&region.server).await?.person()).await?;
    region.doctor("wakui").await?;
    let_codes_be_new(&region.server)?;
    let code = || owner.code();
    let wrong = || owner.phone.wrong_code().map(Second::TotpCode);
    let recovery = || Second::RecoveryCode("0000-0000-0000-0000".to_owned());
    let told = [
        ("an unknown name", "nobody", WRONG, code()?),
        ("an unknown name, with a recovery code", "nobody", WRONG, recovery()),
        ("a wrong password", "fukuda", WRONG, code()?),
        ("a wrong code", "fukuda", PASSWORD, wrong()?),
        ("a wrong recovery code", "fukuda", PASSWORD, recovery()),
        ("nobody with an app", "wakui", PASSWORD, code()?),
        ("nobody with an app, with a recovery code", "wakui", PASSWORD, recovery()),
        ("somebody suspended", "okubo", PASSWORD, suspended.code()?),
        ("another person's code", "fukuda", PASSWORD, suspended.code()?),
    ];
    let mut seen = Vec::new();
    for (what, name, password, second) in told {
        let status = refused(&region, name, password, second).await.context(what)?;
        expect(&status, Code::Unauthenticated, "LOGIN_FAILED").context(what)?;
        seen.push(visible(&status));
        let_time_pass(&region.server, 24 * 60)?;
    }
    seen.dedup();
    ensure!(seen.len() == 1, "{seen:#?}");
    // of those that are somebody's
    let events = "SELECT COUNT(*) FROM audit_event WHERE action = 'LOGIN' AND decision = 'DENY' AND reason = 'LOGIN_FAILED'";
    ensure!(region.server.sql(events)? == "7");
    owner.login_with(code()?).await.context("all right")?;
    Ok(())
}

async fn codes_are_counted_by_account_and_by_address(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let doctor = region.doctor("fukuda").await?;
    let owner = Owner::added(&region, &doctor.session).await?;
    let other = Owner::hired(&region, "okubo").await?;
    let_codes_be_new(&region.server)?;
    let failed = |status: Status| expect(&status, Code::Unauthenticated, "LOGIN_FAILED");
    let delayed = |status: Status| expect(&status, Code::ResourceExhausted, "LOGIN_DELAYED");
    // the password is known, and the codes are guessed
    for number in 0..5 {
        let second = match number % 2 {
            0 => Second::TotpCode(owner.phone.wrong_code()?),
            _ => Second::RecoveryCode("0000-0000-0000-0000".to_owned()),
        };
        failed(refused(&region, "fukuda", PASSWORD, second).await?)?;
    }
    delayed(refused(&region, "fukuda", PASSWORD, owner.code()?).await?)?;
    let told = "SELECT COUNT(*) FROM audit_event WHERE action = 'LOGIN' AND reason = 'LOGIN_DELAYED'";
    ensure!(region.server.sql(told)? == "1");
    // nobody else waits for that, nor the same person on an enrolled device
    other.login_with(other.code()?).await.context("somebody else")?;
    doctor.device.login().await.context("on a device")?;
    let_time_pass(&region.server, 1)?;
    owner.login_with(owner.code()?).await.context("after the wait")?;

    // names that nobody has, from one address
    let_time_pass(&region.server, 24 * 60)?;
    for number in 0..30 {
        failed(
            refused(&region, &format!("nobody{number}"), WRONG, Second::TotpCode("000000".into())).await?,
        )?;
    }
    delayed(refused(&region, "nobody", WRONG, Second::TotpCode("000000".into())).await?)?;
    let_codes_be_new(&region.server)?;
    delayed(refused(&region, "okubo", PASSWORD, other.code()?).await?)?;
    doctor.device.login().await.context("on a device at that address")?;
    Ok(())
}

async fn foreign_affiliations_are_answered_like_unknown_ones(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let foreign = region.doctor("okubo").await?.session.me.affiliation_id;
    let_codes_be_new(&region.server)?;
    let mut seen = Vec::new();
    for affiliation_id in [foreign, crate::region::new_id()] {
        let request = LoginWithTotpRequest { affiliation_id, ..owner.request(owner.code()?) };
        let status = anybody(&region.place)?.login_with_totp(request).await.err().context("it was taken")?;
        expect(&status, Code::InvalidArgument, "REQUEST_INVALID")?;
        seen.push(visible(&status));
    }
    ensure!(seen[0] == seen[1], "{seen:#?}");
    owner.login_with(owner.code()?).await.context("what was asked in vain has not used the code up")?;
    Ok(())
}

/// `RENKEI_LOGIN_TIMINGS` as in `guessing::timings`.
async fn what_is_wrong_is_not_told_by_the_time_either(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    region.doctor("wakui").await?;
    let client = anybody(&region.place)?;
    let guess = async |login_name: &str, password: &str, second: Second| {
        let request = LoginWithTotpRequest {
            login_name: login_name.to_owned(),
            password: password.to_owned(),
            second: Some(second),
            ..Default::default()
        };
        timed(async { client.clone().login_with_totp(request).await.map(drop) }).await
    };
    let wrong = || Second::TotpCode("000000".into());
    let recovery = || Second::RecoveryCode("0000-0000-0000-0000".into());
    let forget = async || region.server.sql("DELETE FROM login_attempt").map(drop);
    let unknown = async || guess("nobody", WRONG, wrong()).await;
    answered_alike(
        ("unknown name", unknown),
        ("wrong password", async || guess("fukuda", WRONG, wrong()).await),
        forget,
    )
    .await?;
    let wrong_code = async || guess("fukuda", PASSWORD, Second::TotpCode(owner.phone.wrong_code()?)).await;
    answered_alike(("unknown name", unknown), ("right password and wrong code", wrong_code), forget).await?;
    let no_app = async || guess("wakui", PASSWORD, recovery()).await;
    let unknown = async || guess("nobody", WRONG, recovery()).await;
    answered_alike(("unknown name", unknown), ("right password and no app", no_app), forget).await
}
