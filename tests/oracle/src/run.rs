//! Runs: how many cases, from which seed, on all processors; and what is said about them.

use std::{
    env,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use crate::{case::Case, generate, oracle, random::Random, tally::Tally};

/// The variable with the seed; else it is another each time.
const SEED: &str = "RENKEI_ORACLE_SEED";

/// The cases that one thread takes at once.
const BATCH: u64 = 100;

/// Goes through random cases and prints what they were like. `check` says what is wrong about a case.
/// `variable` sets how many; else there are `cases`.
///
/// # Panics
/// If something is wrong about a case, which is made as small as it goes; if something that matters came up
/// too rarely; or if a variable is no number.
pub fn run(name: &str, variable: &str, cases: u64, check: impl Fn(&Case) -> Result<(), String> + Sync) {
    let cases = number(variable).unwrap_or(cases);
    let seed = number(SEED).unwrap_or_else(|| RandomState::new().hash_one(name));
    println!("{name}: {cases} cases, {SEED}={seed}");
    let (start, next) = (Instant::now(), AtomicU64::new(0));
    let wrong: Mutex<Option<(u64, Case)>> = Mutex::new(None);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            for number in first..cases.min(first.saturating_add(BATCH)) {
                let case = generate::case(&mut Random::new(seed, number));
                if check(&case).is_err() {
                    next.store(cases, Ordering::Relaxed);
                    *wrong.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, case));
                    return tally;
                }
                tally.count(&case, &oracle::judge(&case, case.now));
            }
            if first >= cases {
                return tally;
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            tally.add(&thread.join().expect("a check does not panic"));
        }
    });
    if let Some((number, case)) = wrong.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let (case, what) = smallest(case, &check);
        panic!("{name}: case {number} of {SEED}={seed}: {what}\n{case:#?}");
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{name}: {} cases agree, {seconds:.1} s on {threads} threads\n{tally}", tally.cases());
    assert_eq!(tally.too_rare(), [], "{name}: these came up too rarely, {SEED}={seed}");
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

/// Takes away from a case what it is not about.
fn smallest(mut case: Case, check: impl Fn(&Case) -> Result<(), String>) -> (Case, String) {
    while let Some(smaller) = case.smaller().into_iter().find(|smaller| check(smaller).is_err()) {
        case = smaller;
    }
    let what = check(&case).err().unwrap_or_default();
    (case, what)
}
