//! Two servers on one database: access is taken away at one, and the stream is open at the other. SQLite has
//! one server only.

use anyhow::Result;
use renkei_tests::database::Engine;

use super::{LONG_SESSIONS, in_lanes, trials};
use crate::{grpc::Place, region::Region};

mod postgres {
    #[test]
    fn a_withdrawal_ends_a_stream_of_another_node_at_once() -> anyhow::Result<()> {
        crate::block_on(super::a_withdrawal_ends_a_stream_of_another_node_at_once())
    }
}

async fn a_withdrawal_ends_a_stream_of_another_node_at_once() -> Result<()> {
    let region = Region::open_with(Engine::Postgres, LONG_SESSIONS).await?;
    let other = region.server.start_beside()?;
    let there = Place { address: other.address(), ..region.place.clone() };
    let figures = in_lanes(&region, &there, trials()?.div_ceil(2), true).await?;
    figures.conclude("withdrawal at one node, the stream at another, Postgres")
}
