//! The other ways in which access ends, each at random moments under load.

mod case;

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use anyhow::Result;
use renkei_proto::v1::{AuditAction, Category};
use renkei_tests::database::Engine;
use tokio::task::JoinSet;

use self::case::{Case, Trial};
use super::{LONG_SESSIONS, figures::Figures, lane::Lane, ledger, load::Load, trials};
use crate::region::Region;

crate::on_both_engines!(every_end_of_access_acts_at_once);

/// Ways at the same time, each with a load of its own.
const AT_ONCE: usize = 3;

/// What is posted, turn by turn.
const CATEGORIES: [Category; 2] = [Category::Message, Category::Medication];

/// A way in which access ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The custodian organisation removes the member.
    Removal,
    /// The member leaves.
    Leaving,
    /// The member's organisation shows the patient to a colleague only.
    Assignment,
    /// A category is withdrawn; another one stays.
    Category,
    /// A consent is recorded that denies.
    Denial,
    /// The administrator suspends the person.
    Suspension,
    /// The administrator ends the affiliation.
    Affiliation,
    /// The consent runs out.
    Expiry,
    /// A review finds an emergency access not justified.
    Review,
}

impl Ending {
    const ALL: [Self; 9] = [
        Self::Removal,
        Self::Leaving,
        Self::Assignment,
        Self::Category,
        Self::Denial,
        Self::Suspension,
        Self::Affiliation,
        Self::Expiry,
        Self::Review,
    ];

    /// Whether it ends all access, or that to messages only.
    fn takes(self, category: i32) -> bool {
        self != Self::Category || category == i32::from(Category::Message)
    }
}

async fn every_end_of_access_acts_at_once(engine: Engine) -> Result<()> {
    let region = Arc::new(Region::open_with(engine, LONG_SESSIONS).await?);
    let doctor = region.doctor("wada").await?;
    let trials = (trials()? / 20).max(2);
    for endings in Ending::ALL.chunks(AT_ONCE) {
        let mut cases = JoinSet::new();
        for ending in endings.iter().copied() {
            let watcher = region.pharmacist(&format!("abe{}", ending as usize)).await?;
            let lane = Lane::open(&doctor, watcher, &region.place).await?;
            let case = Case::open(ending, Arc::clone(&region), lane).await?;
            cases.spawn(
                async move { judged(case, trials).await?.conclude(&format!("{ending:?}, {engine:?}")) },
            );
        }
        while let Some(case) = cases.join_next().await {
            case??;
        }
    }
    Ok(())
}

async fn judged(mut case: Case, trials: usize) -> Result<Figures> {
    let mut figures = Figures::default();
    let made = make(&mut case, trials, &mut figures).await?;
    for trial in &made {
        judge_stream(case.ending, trial, &mut figures);
    }
    judge_log(&case, &made, &mut figures).await?;
    Ok(figures)
}

async fn make(case: &mut Case, trials: usize, figures: &mut Figures) -> Result<Vec<Trial>> {
    let mut load = Load::new(&case.lane.poster, &case.lane.patient, &CATEGORIES);
    let mut made = Vec::new();
    let mut outcome = Ok(());
    for number in 0..trials {
        match case.trial(number, &mut load, figures).await {
            Ok(trial) => made.push(trial),
            Err(error) => {
                outcome = Err(error.context(format!("trial {number} of {:?}", case.ending)));
                break;
            }
        }
    }
    // what went wrong may be the load
    load.stop().await?;
    figures.posts = load.posts;
    outcome.map(|()| made)
}

fn judge_stream(ending: Ending, trial: &Trial, figures: &mut Figures) {
    let ack = trial.ack;
    figures.trials += 1;
    figures.ends.extend(trial.ended.map(|ended| ended.saturating_duration_since(ack.at)));
    for seen in &trial.entries {
        figures.entries += 1;
        let late = seen.at.saturating_duration_since(ack.at);
        if !ending.takes(seen.category) || late.is_zero() {
            continue;
        }
        if seen.began.is_some_and(|began| began > ack.at) {
            figures.violations.push(format!("entry {} came, posted after it", seen.seq));
        } else {
            figures.on_the_way.push(late);
        }
    }
}

/// Nothing was disclosed between the answer and the next beginning of access.
async fn judge_log(case: &Case, trials: &[Trial], figures: &mut Figures) -> Result<()> {
    let lane = &case.lane;
    let entries = lane.custodian.all_entries(&lane.patient).await?;
    let categories: HashMap<i64, i32> = entries.iter().map(|entry| (entry.seq, entry.category)).collect();
    let taken = |seq| categories.get(&seq).is_none_or(|category| case.ending.takes(*category));
    for event in ledger::audit_log(&lane.custodian, &lane.patient).await? {
        if event.action() != AuditAction::EntryRead || !ledger::is_disclosure(&event, &lane.watcher.person())
        {
            continue;
        }
        let at = SystemTime::try_from(event.time.unwrap_or_default())?;
        // the last trial before the event: is its access over, and not given again?
        let before = trials.iter().rposition(|trial| trial.ack.clock < at);
        let is_over = before.is_some_and(|last| trials.get(last + 1).is_none_or(|next| at < next.given));
        if is_over && ledger::seqs(&event).any(taken) {
            figures.violations.push(format!("entries {:?} were disclosed after it", event.seqs));
        }
    }
    Ok(())
}
