//! Two servers on one database: what a service stands on is taken away at one, and its stream is open at the other.

use std::time::Instant;

use anyhow::Result;
use renkei_proto::v1::{EndServiceAccountRequest, RevokeDeviceRequest};
use renkei_tests::database::Engine;

use super::{Program, allow, disallow};
use crate::{
    grpc::Place,
    region::{Region, new_id},
    side_doors::{started, watch},
    standing::ended,
};

mod postgres {
    #[test]
    fn what_ends_a_service_at_one_node_ends_it_at_the_other() -> anyhow::Result<()> {
        crate::block_on(super::what_ends_a_service_at_one_node_ends_it_at_the_other())
    }
}

async fn what_ends_a_service_at_one_node_ends_it_at_the_other() -> Result<()> {
    let region = Region::open(Engine::Postgres).await?;
    let other = region.server.start_beside()?;
    let there = Place { address: other.address(), ..region.place.clone() };
    let person = region.doctor("kimura").await?.session;
    let patient = person.register().await?;
    for round in 0..3 {
        let mut program = Program::of(&region, &person).await?;
        program.place.clone_from(&there);
        allow(&person, &program.account).await?;
        let session = program.begin(&person).await?;
        let mut stream = watch(&session, &patient, None).await?;
        started(&mut stream).await?;
        let request_id = new_id();
        match round {
            0 => drop(disallow(&person, &program.account).await?),
            1 => {
                let service_account_id = program.account.clone();
                let request = EndServiceAccountRequest { request_id, service_account_id };
                region.admin.identity.clone().end_service_account(request).await?;
            }
            _ => {
                let request = RevokeDeviceRequest { request_id, device_id: program.device.clone() };
                region.admin.auth.clone().revoke_device(request).await?;
            }
        }
        ended(&mut stream, Instant::now()).await?;
    }
    Ok(())
}
