//! A code is good for one log-in, whoever has seen it, and however fast they are.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{auth_service_client::AuthServiceClient, login_with_totp_request::Second};
use renkei_tests::{database::Engine, server::Server};
use tokio::{sync::Barrier, task::JoinSet};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{ALLOWED, Owner, let_codes_be_new, open, phone};
use crate::{refusal::expect, region::Region};

crate::on_both_engines!(
    the_same_code_from_a_hundred_connections_is_accepted_once,
    a_code_is_not_taken_twice_or_after_a_later_one,
);

// SQLite has one server only
mod two_nodes {
    #[test]
    fn the_same_code_is_accepted_once() -> anyhow::Result<()> {
        crate::block_on(super::the_same_code_on_two_nodes_is_accepted_once())
    }
}

const CONNECTIONS: usize = 100;

/// The ladder would turn most of them away; here it is forgotten, so that each has its try.
fn forget_tries(server: &Server) -> Result<()> {
    server.sql("DELETE FROM login_attempt").map(drop)
}

async fn the_same_code_from_a_hundred_connections_is_accepted_once(engine: Engine) -> Result<()> {
    let limits = "[limits]\nmax_connections_per_address = 200\n";
    let region = Region::open_with(engine, &format!("{ALLOWED}{limits}")).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let_codes_be_new(&region.server)?;
    // of the step to come, so that the last of them is not too late for it
    let code = owner.phone.code_of(phone::step()? + 1)?;
    let together = Arc::new(Barrier::new(CONNECTIONS));
    let mut tries = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let request = owner.request(Second::TotpCode(code.clone()));
        // a channel is a connection
        let mut client = AuthServiceClient::new(region.place.channel(None)?);
        let together = Arc::clone(&together);
        tries.spawn(async move {
            together.wait().await;
            let first = client.login_with_totp(request.clone()).await;
            (client, request, first)
        });
    }
    let (mut accepted, mut answers) = (0, BTreeMap::<String, usize>::new());
    let mut turned_away = Vec::new();
    while let Some(tried) = tries.join_next().await {
        let (client, request, answer) = tried?;
        match answer {
            Ok(_) => accepted += 1,
            Err(status) => {
                let reason = reason(&status)?;
                if reason != "LOGIN_FAILED" {
                    turned_away.push((client, request));
                }
                *answers.entry(reason).or_default() += 1;
            }
        }
    }
    println!("{CONNECTIONS} connections at once: {accepted} accepted, {answers:?}");
    ensure!(accepted == 1, "{accepted} were accepted");

    // those that the ladder or the queue turned away try again until the code itself is looked at
    let mut refused = 0;
    for (mut client, request) in turned_away {
        loop {
            let status = client.login_with_totp(request.clone()).await.err().context("accepted once more")?;
            match reason(&status)?.as_str() {
                "LOGIN_FAILED" => break,
                "LOGIN_DELAYED" => forget_tries(&region.server)?,
                _ => {}
            }
        }
        refused += 1;
    }
    println!("and {refused} once more, each of them refused for the code");
    let sessions = region.server.sql(
        "SELECT COUNT(*) FROM session s JOIN device d ON d.device_id = s.device_id WHERE d.kind = 'TOTP'",
    )?;
    ensure!(sessions == "1", "{sessions} sessions");
    Ok(())
}

fn reason(status: &Status) -> Result<String> {
    let info = status.get_details_error_info().with_context(|| format!("{status:?}"))?;
    let known = ["LOGIN_FAILED", "LOGIN_DELAYED", "BUSY"].contains(&info.reason.as_str());
    ensure!(known, "{status:?}");
    Ok(info.reason)
}

async fn a_code_is_not_taken_twice_or_after_a_later_one(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let failed = async |second: Second| {
        let status = owner.try_login(second).await?.err().context("it was not refused")?;
        expect(&status, Code::Unauthenticated, "LOGIN_FAILED")
    };
    // the one that enrolled it, if it shows that still
    let enrolled_with = region.server.sql("SELECT last_step FROM totp")?.parse()?;
    failed(Second::TotpCode(owner.phone.code_of(enrolled_with)?)).await?;
    let_codes_be_new(&region.server)?;
    let now = phone::step()?;
    let later = Second::TotpCode(owner.phone.code_of(now + 1)?);
    owner.login_with(later.clone()).await?;
    for second in [later, Second::TotpCode(owner.phone.code_of(now)?)] {
        failed(second).await?;
    }
    // the clock is set back by half an hour: what was taken before is later than now
    region.server.sql("UPDATE totp SET last_step = last_step + 60")?;
    failed(owner.code()?).await?;
    owner.login(&region.server).await.context("a new one")?;
    Ok(())
}

async fn the_same_code_on_two_nodes_is_accepted_once() -> Result<()> {
    let region = open(Engine::Postgres).await?;
    let other = region.server.start_beside()?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let_codes_be_new(&region.server)?;
    let beside = crate::grpc::Place { address: other.address(), ..region.place.clone() };
    let request = owner.request(Second::TotpCode(owner.phone.code()?));
    let ask = async |place: &crate::grpc::Place| {
        let mut client = AuthServiceClient::new(place.channel(None)?);
        anyhow::Ok(client.login_with_totp(request.clone()).await)
    };
    let (one, two) = tokio::join!(ask(&region.place), ask(&beside));
    let accepted = [one?, two?].into_iter().filter(Result::is_ok).count();
    ensure!(accepted == 1, "{accepted} were accepted");
    Ok(())
}
