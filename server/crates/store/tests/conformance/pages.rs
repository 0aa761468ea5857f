//! What is asked for often costs the same in a long timeline as in a short one.

use std::time::{Duration, Instant};

use renkei_domain::id::PatientId;
use renkei_domain::{Category, Permit, Read};
use renkei_store::{Store, timeline};

use crate::database::Database;
use crate::world::{NOW, World, in_snapshot, in_tx};

on_both_engines![a_page_costs_the_same_in_a_long_timeline, what_is_unread_is_found_at_the_same_cost];

const SHORT: i64 = 100;
const LONG: i64 = 10_000;
/// Of medians, on a machine that does other things meanwhile. What grows with the timeline is beyond 6.
const ALLOWED: f64 = 3.0;

async fn a_page_costs_the_same_in_a_long_timeline(db: Database) {
    let world = World::new(&db.store).await;
    let short = filled(&db, &world, SHORT).await;
    let long = filled(&db, &world, LONG).await;
    for (what, places) in [("newest", [i64::MAX, i64::MAX]), ("middle", [SHORT / 2, LONG / 2])] {
        let [short, long] = medians([(&short, places[0]), (&long, places[1])], async |permit, place| {
            let permit = permit.clone();
            let page = in_snapshot!(db.store, [] conn => timeline::before(conn, &permit, place, 50).await);
            assert!(page.unwrap().len() >= 49);
        })
        .await;
        println!("{what}: {short:?} of {SHORT}, {long:?} of {LONG}");
        assert!(long.div_duration_f64(short) < ALLOWED, "{what}: {short:?} of {SHORT}, {long:?} of {LONG}");
    }
}

async fn what_is_unread_is_found_at_the_same_cost(db: Database) {
    let world = World::new(&db.store).await;
    let short = filled(&db, &world, SHORT).await;
    let long = filled(&db, &world, LONG).await;
    for permit in [&short, &long] {
        let patient = permit.patient();
        for _ in 0..2 {
            world.post(patient, &world.doctor, Category::Message).await;
        }
        // the last but one is read; from then on it is known how far all is read
        let last = unread(&db.store, permit).await;
        in_tx!(db.store, [permit] tx => timeline::mark_read(tx, &permit, last[0], NOW).await).unwrap();
    }
    let [short, long] = medians([(&short, SHORT), (&long, LONG)], async |permit, entries| {
        assert_eq!(unread(&db.store, permit).await, [entries + 2]);
    })
    .await;
    println!("unread: {short:?} of {SHORT}, {long:?} of {LONG}");
    assert!(long.div_duration_f64(short) < ALLOWED, "unread: {short:?} of {SHORT}, {long:?} of {LONG}");
}

async fn unread(store: &Store, permit: &Permit<Read>) -> Vec<i64> {
    let page =
        in_snapshot!(store, [permit] conn => crate::fixtures::unread_after(conn, &permit, 0, 50).await);
    page.unwrap().iter().map(|entry| entry.seq).collect()
}

/// The nurse's permit for a new patient with so many entries, all of which the nurse has read.
async fn filled(db: &Database, world: &World, entries: i64) -> Permit<Read> {
    let patient: PatientId = world.patient().await;
    world.admit(patient, &world.nurse, []).await;
    world.post(patient, &world.doctor, Category::Message).await;
    let permit = world.reader(patient, &world.nurse).await;
    in_tx!(world.store, [permit] tx => timeline::mark_read(tx, &permit, 1, NOW).await).unwrap();
    db.multiply(patient, entries).await;
    permit
}

/// The medians of many runs with one and the other, in turn.
async fn medians<'a>(
    cases: [(&'a Permit<Read>, i64); 2],
    run: impl AsyncFn(&'a Permit<Read>, i64),
) -> [Duration; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..61 {
        for ((permit, number), times) in cases.iter().zip(&mut times) {
            let started = Instant::now();
            run(permit, *number).await;
            times.push(started.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}
