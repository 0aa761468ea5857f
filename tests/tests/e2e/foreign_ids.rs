//! Ids of what a caller may not see, many times: every RPC that takes an id answers a foreign one as one that
//! nobody has, byte for byte and in about the same time. So ids that leaked are good for nothing.
//!
//! `RENKEI_FOREIGN_IDS` sets how many foreign ids are tried (300), each beside an unknown one; `cargo xtask
//! prove ids` tries 10,000.

mod ask;
mod coverage;
mod question;
mod times;
mod world;

use std::{env, sync::Arc, time::Instant};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::database::Engine;
use tokio::task::JoinSet;
use tonic::Code;
use uuid::Uuid;

use self::{
    ask::{Answer, ask},
    question::{Expected, Question, Standing},
    times::Times,
    world::{Ids, World},
};
use crate::{
    refusal::{expect, visible},
    region::{Member, Region},
};

crate::on_both_engines!(foreign_ids_are_answered_like_unknown_ones);

/// Sessions that outlive the longest run.
const SETTINGS: &str = "[sessions]\naccess_seconds = 36000\nidle_seconds = 36000\nabsolute_seconds = 36000\nstep_up_seconds = 36000\n";

/// Ids asked for at the same time.
const AT_ONCE: usize = 3;

async fn foreign_ids_are_answered_like_unknown_ones(engine: Engine) -> Result<()> {
    let count: usize = env::var("RENKEI_FOREIGN_IDS").map_or(Ok(300), |count| count.parse())?;
    let region = Region::open_with(engine, SETTINGS).await?;
    let world = Arc::new(World::open(region, (count / 1000).clamp(2, 8)).await?);
    let mut askers = JoinSet::new();
    for asker in 0..AT_ONCE {
        let world = Arc::clone(&world);
        askers.spawn(async move {
            let mut times = Times::default();
            for number in (asker..count).step_by(AT_ONCE) {
                compare(&world, number, &mut times).await?;
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Times::default();
    while let Some(asker) = askers.join_next().await {
        times.add(asker??);
    }
    let kinds = asked().count();
    println!(
        "{count} foreign ids in {kinds} kinds of questions, {engine:?}: no answer tells them from unknown ones"
    );
    times.conclude()
}

/// Asks all that there is to ask about a patient, in as many ways: nobody who is not in the care team finds anything,
/// and who asks about this one must not either. `ids` are of the entry, the attachment and the consent.
pub(crate) async fn nothing_is_found(caller: &Member, patient: &str, ids: [&str; 3]) -> Result<()> {
    let [entry, attachment, consent] = ids.map(str::to_owned);
    let ids = Ids { patient: patient.to_owned(), entry, attachment, consent, ..Ids::unknown() };
    let mut count = 0;
    for question in Question::ALL {
        if let Some(expected @ Expected::Refused(Code::NotFound, _)) = question.expected(Standing::Stranger) {
            check(&ask(*question, caller, &ids).await?, expected).with_context(|| format!("{question:?}"))?;
            count += 1;
        }
    }
    ensure!(count > 30, "only {count} questions were asked");
    Ok(())
}

/// Who asks what.
fn asked() -> impl Iterator<Item = (Standing, Question, Expected)> {
    Standing::ALL.into_iter().flat_map(|standing| {
        let questions = Question::ALL.iter();
        questions.filter_map(move |question| Some((standing, *question, question.expected(standing)?)))
    })
}

/// Asks a question twice: with a foreign id, and with an unknown one.
async fn compare(world: &World, number: usize, times: &mut Times) -> Result<()> {
    let kinds = asked().count();
    let (standing, question, expected) = asked().nth(number % kinds).context("a question")?;
    let (foreign, unknown) = world.ids(question, standing, number / kinds).await?;
    let caller = world.caller(standing);
    let timed = async |ids| {
        let start = Instant::now();
        let answer = ask(question, caller, ids).await?;
        anyhow::Ok((answer, start.elapsed()))
    };
    // in either order, so that neither profits from being the second
    let is_foreign_first = Uuid::new_v4().as_bytes()[0].is_multiple_of(2);
    let (of_foreign, of_unknown) = if is_foreign_first {
        let first = timed(&foreign).await?;
        (first, timed(&unknown).await?)
    } else {
        let first = timed(&unknown).await?;
        (timed(&foreign).await?, first)
    };
    let asked = format!("{standing:?} {question:?}");
    for answer in [&of_foreign.0, &of_unknown.0] {
        check(answer, expected).with_context(|| asked.clone())?;
    }
    if let (Err(of_foreign), Err(of_unknown)) = (&of_foreign.0, &of_unknown.0) {
        let (of_foreign, of_unknown) = (visible(of_foreign), visible(of_unknown));
        ensure!(
            of_foreign == of_unknown,
            "{asked}: {of_foreign} to a foreign id, {of_unknown} to an unknown"
        );
    }
    // whether invited, removed or neither, an outsider is answered the same
    let group = if standing.is_outside() { format!("outsider {question:?}") } else { asked };
    times.note(group, of_foreign.1, of_unknown.1);
    Ok(())
}

fn check(answer: &Answer, expected: Expected) -> Result<()> {
    match (answer, expected) {
        (Ok(()), Expected::Done) => Ok(()),
        (Err(status), Expected::Refused(code, reason)) => expect(status, code, reason),
        (Ok(()), Expected::Refused(..)) => anyhow::bail!("it was not refused"),
        (Err(status), Expected::Done) => anyhow::bail!("refused: {status:?}"),
    }
}
