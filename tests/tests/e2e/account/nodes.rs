//! Two servers on one database: a session is ended at one, and its stream is open at the other. SQLite has one server
//! only.

use std::time::Instant;

use anyhow::Result;
use renkei_proto::v1::{
    ChangePasswordRequest, RefreshSessionRequest, RevokeDeviceRequest, WhoAmIRequest,
    auth_service_client::AuthServiceClient, end_session_request::Which,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{another_device, end, id_of};
use crate::{
    grpc::{Device, Place},
    refusal::{expect, expect_refused},
    region::{PASSWORD, Region, new_id},
    side_doors::{WOKEN, next, started, watch},
};

mod postgres {
    #[test]
    fn what_ends_at_one_node_ends_at_the_other() -> anyhow::Result<()> {
        crate::block_on(super::what_ends_at_one_node_ends_at_the_other())
    }
}

async fn what_ends_at_one_node_ends_at_the_other() -> Result<()> {
    let region = Region::open(Engine::Postgres).await?;
    let other = region.server.start_beside()?;
    let there = Place { address: other.address(), ..region.place.clone() };
    let doctor = region.doctor("kimura").await?.session;
    let patient = doctor.register().await?;

    for round in 0..4 {
        let mut tablet = another_device(&region, &doctor).await?;
        tablet.place.clone_from(&there);
        let session = tablet.login().await?;
        let mut stream = watch(&session, &patient, None).await?;
        started(&mut stream).await?;
        let mut auth = doctor.auth.clone();
        let begun = match round {
            0 => {
                let which = Which::SessionId(id_of(&session).await?);
                end(&doctor, which).await?;
                Instant::now()
            }
            1 => {
                let device_id = session.me.device_id.clone();
                auth.revoke_device(RevokeDeviceRequest { request_id: new_id(), device_id }).await?;
                Instant::now()
            }
            2 => {
                // somebody has stolen the refresh token, and comes second
                let here = Device { place: region.place.clone(), ..tablet.clone() };
                let refresh_token = session.tokens.refresh_token.clone();
                let request = RefreshSessionRequest { refresh_token };
                let mut auth = AuthServiceClient::new(here.place.channel(Some(&here.credentials))?);
                auth.refresh_session(request.clone()).await?;
                let answer = auth.refresh_session(request).await;
                expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
                Instant::now()
            }
            _ => {
                let new_password = "akigaze-no-yama-4".to_owned();
                let old_password = PASSWORD.to_owned();
                let request = ChangePasswordRequest { request_id: new_id(), old_password, new_password };
                auth.change_password(request).await?;
                Instant::now()
            }
        };
        let end = next(&mut stream).await?.err().ok_or_else(|| anyhow::anyhow!("the stream goes on"))?;
        expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
        let took = begun.elapsed();
        anyhow::ensure!(took < WOKEN, "round {round}: the stream ended after {took:?}");
        let reason = if round == 1 { "DEVICE_REQUIRED" } else { "SESSION_REQUIRED" };
        let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
        expect_refused(answer, Code::Unauthenticated, reason)?;
    }
    Ok(())
}
