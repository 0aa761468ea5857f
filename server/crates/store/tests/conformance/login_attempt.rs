//! Counting tries: never more than the ladder allows, however many come at once.

use std::time::Duration;

use renkei_domain::attempt::{FORGOTTEN_AFTER, Scope, WAITS};
use renkei_domain::{Clock as _, Timestamp, time::SystemClock};
use renkei_store::login_attempt::{self, Counted, Counter, Outcome};
use renkei_store::{Store, StoreError};

use crate::database::Database;
use crate::world::{NOW, in_snapshot, in_tx};

on_both_engines![
    of_many_at_once_no_more_are_let_through_than_are_free,
    a_right_one_forgives_those_before_it,
    refused_by_one_counter_counts_under_none,
    a_refusal_is_told_once_and_waits_without_a_change,
    what_is_forgotten_is_removed,
];

fn counter(scope: Scope, key: u8) -> Counter {
    Counter { scope, key: vec![key; 16] }
}

async fn tried(store: &Store, counters: Vec<Counter>, now: Timestamp) -> Outcome {
    let outcome: Result<_, StoreError> =
        in_tx!(store, [] tx => login_attempt::count(tx, counters, now).await);
    outcome.unwrap()
}

async fn counted(store: &Store, counters: Vec<Counter>, now: Timestamp) -> Vec<Counted> {
    match tried(store, counters, now).await {
        Outcome::Counted(counted) => counted,
        Outcome::Refused { wait, .. } => panic!("refused for {wait:?}"),
    }
}

async fn waits(store: &Store, counters: Vec<Counter>, now: Timestamp) -> Option<Duration> {
    in_snapshot!(store, [] conn => login_attempt::wait(conn, &counters, now).await).unwrap()
}

fn is_refused(outcome: &Outcome, expected: Duration, first: bool) -> bool {
    matches!(outcome, Outcome::Refused { wait, is_first } if *wait == expected && *is_first == first)
}

async fn of_many_at_once_no_more_are_let_through_than_are_free(db: Database) {
    let now = SystemClock.now();
    let at_once = (0..100).map(|n| {
        // every other one under a second counter, which the others do not share
        let mut counters = vec![counter(Scope::Account, 1)];
        counters.extend((n % 2 == 0).then(|| counter(Scope::Address, n)));
        let store = db.store.clone();
        async move { tried(&store, counters, now).await }
    });
    let outcomes = futures::future::join_all(at_once).await;
    let through = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Counted(_))).count();
    assert_eq!(through, 5);
    let told = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Refused { is_first: true, .. }));
    assert_eq!(told.count(), 1, "one of the refusals goes on record");
}

async fn a_right_one_forgives_those_before_it(db: Database) {
    let device = || vec![counter(Scope::Device, 1)];
    let address = || vec![counter(Scope::Address, 1)];
    for _ in 0..3 {
        counted(&db.store, device(), NOW).await;
    }
    let right = counted(&db.store, device(), NOW).await;
    counted(&db.store, device(), NOW).await;
    assert!(is_refused(&tried(&db.store, device(), NOW).await, WAITS[0], true));
    in_tx!(db.store, [] tx => login_attempt::take_back(tx, &right, NOW).await).unwrap();
    // the one that came after it is still counted
    for _ in 0..4 {
        counted(&db.store, device(), NOW).await;
    }
    assert!(is_refused(&tried(&db.store, device(), NOW).await, WAITS[0], true));

    // of an address each is its own, and several may be taken back at once
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(counted(&db.store, address(), NOW).await);
    }
    assert!(is_refused(&tried(&db.store, address(), NOW).await, WAITS[0], true));
    let back = all.drain(..10).map(|right| {
        let store = db.store.clone();
        async move { in_tx!(store, [] tx => login_attempt::take_back(tx, &right, NOW).await) }
    });
    for result in futures::future::join_all(back).await {
        result.unwrap();
    }
    for _ in 0..10 {
        counted(&db.store, address(), NOW).await;
    }
    assert!(is_refused(&tried(&db.store, address(), NOW).await, WAITS[0], true));
}

async fn refused_by_one_counter_counts_under_none(db: Database) {
    for _ in 0..5 {
        counted(&db.store, vec![counter(Scope::Account, 1)], NOW).await;
    }
    let both = || vec![counter(Scope::Address, 2), counter(Scope::Account, 1)];
    for first in [true, false] {
        assert!(is_refused(&tried(&db.store, both(), NOW).await, WAITS[0], first));
    }
    for _ in 0..30 {
        counted(&db.store, vec![counter(Scope::Address, 2)], NOW).await;
    }
    assert!(is_refused(&tried(&db.store, vec![counter(Scope::Address, 2)], NOW).await, WAITS[0], true));
}

async fn a_refusal_is_told_once_and_waits_without_a_change(db: Database) {
    let device = || vec![counter(Scope::Device, 1)];
    for _ in 0..5 {
        counted(&db.store, device(), NOW).await;
    }
    assert_eq!(waits(&db.store, device(), NOW).await, None, "the first refusal is to be put on record");
    assert!(is_refused(&tried(&db.store, device(), NOW).await, WAITS[0], true));
    assert_eq!(waits(&db.store, device(), NOW).await, Some(WAITS[0]));
    let later = NOW.after(WAITS[0]);
    assert_eq!(waits(&db.store, device(), later).await, None);
    // the next one begins another block
    counted(&db.store, device(), later).await;
    assert!(is_refused(&tried(&db.store, device(), later).await, WAITS[1], true));
    assert!(is_refused(&tried(&db.store, device(), later).await, WAITS[1], false));

    // the clock is set back: what is waited begins anew, and that is kept
    let earlier = Timestamp(NOW.0 - 1_000_000_000_000);
    assert_eq!(waits(&db.store, device(), earlier).await, None);
    assert!(is_refused(&tried(&db.store, device(), earlier).await, WAITS[1], false));
    let half = earlier.after(WAITS[1] / 2);
    assert_eq!(waits(&db.store, device(), half).await, Some(WAITS[1] / 2));
    counted(&db.store, device(), earlier.after(WAITS[1])).await;
}

async fn what_is_forgotten_is_removed(db: Database) {
    counted(&db.store, vec![counter(Scope::Device, 1)], NOW).await;
    counted(&db.store, vec![counter(Scope::Account, 2)], NOW.after(FORGOTTEN_AFTER)).await;
    let remove = || async {
        let before = NOW.after(Duration::from_secs(1));
        in_tx!(db.store, [] tx => login_attempt::remove_before(tx, before).await).unwrap()
    };
    assert_eq!(remove().await, 1);
    assert_eq!(remove().await, 0);
}
