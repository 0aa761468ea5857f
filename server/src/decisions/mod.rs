//! Who may do what, as one table: every RPC × role × relation to the patient × state of consent. The tests ask
//! the services themselves, behind authentication and before the network, on both engines; each answer must be
//! the table's, and leave in the audit log what the table says.
//!
//! The table is written from the proto's comments and the design, not from the rule that it tests. An RPC
//! without a row fails; a row that changes changes the picture in `snapshots`, which is a decision.

mod calls;
mod cell;
mod ledger;
mod line;
mod picture;
mod rule;
mod run;
mod table;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use renkei_domain::Clock as _;
use renkei_domain::identity::Role;
use renkei_tests::database::Engine;

use self::cell::{Relation, State};
use self::run::Found;
use self::table::{NOT_HERE, TABLE};
use self::world::{Region, Setting};

/// Patients who are asked about at the same time.
const AT_ONCE: usize = 8;
/// Calls that wait for each other should fail the test, not hold it up.
const LONGEST: Duration = Duration::from_secs(600);

#[test]
fn every_rpc_has_its_rows_and_no_other() {
    let set = FileDescriptorSet::decode(renkei_proto::DESCRIPTOR_SET).unwrap();
    let ours = set.file.iter().filter(|file| file.package() == "renkei.v1");
    let proto: BTreeSet<String> = ours
        .flat_map(|file| &file.service)
        .flat_map(|service| service.method.iter().map(|it| format!("{}/{}", service.name(), it.name())))
        .collect();
    let rows: BTreeSet<&str> = TABLE.into_iter().flatten().map(|row| row.rpc).collect();
    let not_here: BTreeSet<&str> = NOT_HERE.iter().map(|(rpc, _)| *rpc).collect();
    assert!(rows.is_disjoint(&not_here));
    assert_eq!(rows.union(&not_here).map(|rpc| (*rpc).to_owned()).collect::<BTreeSet<_>>(), proto);
    let uses: BTreeSet<(&str, &str)> = TABLE.into_iter().flatten().map(|row| (row.rpc, row.of)).collect();
    assert_eq!(uses.len(), TABLE.into_iter().flatten().count(), "a use stands twice");
}

#[test]
fn the_whole_table() {
    insta::assert_snapshot!(picture::picture());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_decision_is_that_of_the_table_on_sqlite() {
    tokio::time::timeout(LONGEST, every_decision(Engine::Sqlite)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_decision_is_that_of_the_table_on_postgres() {
    tokio::time::timeout(LONGEST, every_decision(Engine::Postgres)).await.unwrap();
}

async fn every_decision(engine: Engine) {
    let region = Arc::new(Region::found(engine).await);
    let cells = Relation::ALL.into_iter().flat_map(|relation| State::ALL.map(|state| (relation, state)));
    let settings: Vec<Setting> = stream::iter(cells)
        .map(|(relation, state)| {
            let region = Arc::clone(&region);
            tokio::spawn(async move { Setting::make(&region, relation, state).await })
        })
        .buffered(AT_ONCE)
        .map(Result::unwrap)
        .collect()
        .await;
    // what expires expires now
    region.clock.advance(Duration::from_secs(2 * 3600));
    let begun = region.clock.now();

    let mut found = Found::default();
    let unknown = Arc::new(found.ask_in_vain(&region, settings.last().unwrap()).await);
    let mut asked = stream::iter(settings)
        .map(|setting| {
            let (region, unknown) = (Arc::clone(&region), Arc::clone(&unknown));
            tokio::spawn(async move {
                let mut found = Found::default();
                found.go_through(&region, &setting, &unknown).await;
                found
            })
        })
        .buffer_unordered(AT_ONCE);
    while let Some(one) = asked.next().await {
        found.merge(one.unwrap());
    }
    drop(asked);
    found.settle(&region, begun).await;

    let cells = Relation::ALL.len() * State::ALL.len() * Role::ALL.len();
    assert_eq!(found.decided, cells * TABLE.into_iter().flatten().count());
    let differences = &found.differences;
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
