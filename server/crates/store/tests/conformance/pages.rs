//! What is asked for often costs the same in a long timeline as in a short one.

use std::time::{Duration, Instant};

use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::{Category, Permit, Read};
use renkei_store::{Store, StoreError, patient, timeline};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, new_entry};

on_both_engines![a_page_costs_the_same_in_a_long_timeline];

const SHORT: i64 = 100;
const LONG: i64 = 10_000;

async fn a_page_costs_the_same_in_a_long_timeline(db: Database) {
    let world = World::new(&db.store).await;
    let (short, long) = (filled(&world, SHORT).await, filled(&world, LONG).await);
    let nurse = [world.reader(short, &world.nurse).await, world.reader(long, &world.nurse).await];
    for (what, at) in [("newest", [i64::MAX, i64::MAX]), ("middle", [SHORT / 2, LONG / 2])] {
        let ratio = ratio(&db.store, &nurse, at).await;
        println!("{what}: {ratio:.2}");
    }
}

async fn filled(world: &World, entries: i64) -> PatientId {
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, Category::ALL.iter().copied()).await;
    let permit = world.poster(patient, &world.doctor).await;
    let reader = world.reader(patient, &world.nurse).await;
    in_tx!(world.store, [] tx => {
        for seq in 1..=entries {
            patient::next_seq(tx, patient).await?;
            timeline::insert(tx, &permit, &new_entry(EntryId(id()), seq, Category::Message), NOW).await?;
            timeline::mark_read(tx, &reader, seq, NOW).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    patient
}

async fn ratio(store: &Store, permits: &[Permit<Read>; 2], at: [i64; 2]) -> f64 {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..41 {
        for n in 0..2 {
            let (permit, before) = (permits[n].clone(), at[n]);
            let started = Instant::now();
            let page = in_snapshot!(store, [permit] conn => timeline::before(conn, &permit, before, 50).await).unwrap();
            times[n].push(started.elapsed());
            assert!(page.len() >= 49);
        }
    }
    let [short, long] = times.map(|mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    println!("{:.0} {:.0} us", short * 1e6, long * 1e6);
    long / short
}
