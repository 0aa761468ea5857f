//! Sessions: which are live, and ending them.

use std::time::Instant;

use anyhow::{Result, ensure};
use renkei_proto::v1::{EndSessionRequest, WhoAmIRequest, end_session_request::Which};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{another_device, end, ended, id_of, is_over, live};
use crate::{
    refusal::{expect_refused, refused, visible},
    region::{Region, new_id},
    side_doors::{started, watch},
};

crate::on_both_engines!(sessions_are_listed_and_ended_by_their_person, nobody_elses_session_is_ended);

async fn sessions_are_listed_and_ended_by_their_person(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let (first, device) = (&doctor.session, &doctor.device);
    let patient = first.register().await?;
    let tablet = another_device(&region, first).await?;
    let (second, third) = (tablet.login().await?, device.login().await?);

    let listed = live(first).await?;
    ensure!(listed.len() == 3 && listed.iter().filter(|one| one.current).count() == 1, "{listed:?}");
    let of_tablet = listed.iter().filter(|one| one.device_id == second.me.device_id).count();
    ensure!(of_tablet == 1 && listed.iter().all(|one| one.device_name == "試験用端末"), "{listed:?}");
    ensure!(listed.iter().all(|one| one.organization_name == "事業所 kimura"), "{listed:?}");

    let mut stream = watch(&second, &patient, None).await?;
    started(&mut stream).await?;
    let which = Which::SessionId(id_of(&second).await?);
    let begun = Instant::now();
    ensure!(end(first, which.clone()).await?.into_inner().ended == 1);
    ended(&mut stream, begun, "SESSION_REQUIRED").await?;
    is_over(&second, &tablet).await?;
    ensure!(end(first, which).await?.into_inner().ended == 0, "what has ended stays so");
    ensure!(live(first).await?.len() == 2);

    let mut stream = watch(&third, &patient, None).await?;
    started(&mut stream).await?;
    let begun = Instant::now();
    ensure!(end(first, Which::AllOthers(true)).await?.into_inner().ended == 1);
    ended(&mut stream, begun, "SESSION_REQUIRED").await?;
    is_over(&third, device).await?;
    ensure!(live(first).await?.len() == 1);
    // the log-in itself is not forbidden
    tablet.login().await?.auth.clone().who_am_i(WhoAmIRequest {}).await?;

    let own = Which::SessionId(id_of(first).await?);
    ensure!(end(first, own).await?.into_inner().ended == 1);
    is_over(first, device).await
}

async fn nobody_elses_session_is_ended(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, other) = (region.doctor("kimura").await?.session, region.doctor("sano").await?.session);
    // not by the administrator either, who suspends
    for caller in [&other, &region.admin] {
        let foreign = refused(end(caller, Which::SessionId(id_of(&doctor).await?)).await)?;
        let unknown = refused(end(caller, Which::SessionId(new_id())).await)?;
        ensure!(foreign.code() == Code::NotFound, "{foreign:?}");
        ensure!(visible(&foreign) == visible(&unknown), "{foreign:?} {unknown:?}");
    }
    for which in [None, Some(Which::AllOthers(false))] {
        let answer = other.auth.clone().end_session(EndSessionRequest { which }).await;
        expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID")?;
    }
    ensure!(end(&other, Which::AllOthers(true)).await?.into_inner().ended == 0);
    doctor.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    Ok(())
}
