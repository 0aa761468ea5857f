use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const DAY: Duration = FORGOTTEN_AFTER;

fn before(time: Timestamp, by: Duration) -> Timestamp {
    Timestamp(time.0 - i64::try_from(by.as_micros()).unwrap())
}

/// The waits that tries without a pause meet, each made as soon as it may be.
fn waits(scope: Scope, tries: usize) -> Vec<u64> {
    let (mut tally, mut now) = (Tally::none(NOW), NOW);
    (0..tries)
        .map(|_| {
            let wait = tally.tried(scope, now).err().map_or(Duration::ZERO, |refused| refused.wait);
            now = now.after(wait);
            tally = tally.tried(scope, now).unwrap();
            wait.as_secs() / 60
        })
        .collect()
}

#[test]
fn five_are_free_and_the_waits_grow_up_to_an_hour() {
    for scope in [Scope::Account, Scope::Device] {
        assert_eq!(waits(scope, 10), [0, 0, 0, 0, 0, 1, 5, 15, 60, 60], "{scope}");
    }
}

#[test]
fn an_address_has_more_and_forgets_one_by_one() {
    assert!(waits(Scope::Address, 30).iter().all(|wait| *wait == 0));
    // the minute that was waited is one that is forgotten
    assert_eq!(waits(Scope::Address, 34)[30..], [1, 1, 1, 1]);
    let full = Tally { failures: 30, last_attempt_at: NOW, blocked_until: NOW.after(minutes(1)) };
    assert_eq!(full.tried(Scope::Address, NOW.after(minutes(10))).unwrap().failures, 21);
    assert_eq!(full.tried(Scope::Address, NOW.after(minutes(60))).unwrap().failures, 1);
}

#[test]
fn a_day_after_the_last_try_everything_is_forgotten() {
    let tally = Tally { failures: 40, last_attempt_at: NOW, blocked_until: NOW.after(minutes(60)) };
    for scope in [Scope::Account, Scope::Device] {
        let a_day = tally.tried(scope, NOW.after(DAY)).unwrap();
        assert_eq!((a_day.failures, a_day.blocked_until), (1, NOW.after(DAY)));
        assert_eq!(tally.tried(scope, before(NOW.after(DAY), minutes(1))).unwrap().failures, 41);
    }
}

#[test]
fn a_right_one_forgives_what_was_before_it_and_not_what_came_after() {
    let tried = |tally: Tally| tally.tried(Scope::Device, NOW).unwrap();
    let third = tried(tried(tried(Tally::none(NOW))));
    assert_eq!(third.taken_back(Scope::Device, 3), None);
    let fifth = tried(tried(third));
    assert!(fifth.tried(Scope::Device, NOW).is_err());
    let left = fifth.taken_back(Scope::Device, 3).unwrap();
    assert_eq!((left.failures, left.blocked_until), (2, NOW));
    assert_eq!(fifth.taken_back(Scope::Address, 3).unwrap().failures, 4);
    // what was forgotten meanwhile is not owed
    assert_eq!(left.taken_back(Scope::Device, 5), None);
}

#[test]
fn a_clock_that_was_set_back_begins_the_wait_anew() {
    let last = NOW.after(DAY * 400);
    let blocked = Tally { failures: 7, last_attempt_at: last, blocked_until: last.after(minutes(15)) };
    let refused = blocked.tried(Scope::Device, NOW).unwrap_err();
    assert_eq!(refused.wait, minutes(15));
    let restarted = refused.restarted.unwrap();
    assert_eq!((restarted.last_attempt_at, restarted.blocked_until), (NOW, NOW.after(minutes(15))));
    let again = restarted.tried(Scope::Device, NOW.after(minutes(14))).unwrap_err();
    assert_eq!((again.wait, again.restarted), (minutes(1), None));
    assert_eq!(restarted.tried(Scope::Device, NOW.after(minutes(15))).unwrap().failures, 8);
    // whoever had free tries left has them still, and nothing is forgotten
    let free = Tally { failures: 4, last_attempt_at: last, blocked_until: last };
    assert_eq!(free.tried(Scope::Device, NOW).unwrap().failures, 5);
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop::sample::select(Scope::ALL)
}

proptest! {
    /// Whatever the pauses are, no more tries are let through than the ladder says.
    #[test]
    fn never_more_than_the_ladder_allows(pauses in prop::collection::vec(0u64..90, 1..300)) {
        let (mut tally, mut now, mut let_through) = (Tally::none(NOW), NOW, Vec::new());
        for pause in pauses {
            now = now.after(Duration::from_secs(pause * 60));
            if let Ok(counted) = tally.tried(Scope::Device, now) {
                tally = counted;
                let_through.push(now);
            }
        }
        for (n, at) in let_through.iter().enumerate().skip(8) {
            let hour = before(*at, minutes(60));
            prop_assert!(let_through[n - 1] <= hour, "two within an hour");
        }
    }

    /// On a clock that jumps, nobody waits longer than the longest wait, or is let in before it is over.
    #[test]
    fn a_wait_is_bounded_on_any_clock(
        scope in scopes(),
        jumps in prop::collection::vec(-3_000_000i64..3_000_000, 1..60),
    ) {
        let (mut tally, mut now) = (Tally::none(NOW), NOW);
        for jump in jumps {
            now = Timestamp(now.0 + jump * 1_000_000);
            match tally.tried(scope, now) {
                Ok(counted) => {
                    prop_assert!(counted.failures >= 1 && counted.last_attempt_at == now);
                    tally = counted;
                }
                Err(refused) => {
                    prop_assert!(refused.wait > Duration::ZERO && refused.wait <= WAITS[3]);
                    tally = refused.restarted.unwrap_or(tally);
                    prop_assert!(tally.tried(scope, now).is_err(), "the wait is over at once");
                    prop_assert!(tally.tried(scope, now.after(refused.wait)).is_ok());
                }
            }
        }
    }
}
