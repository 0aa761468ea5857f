//! What a watch stream sends, and does not send, when access changes.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{Category, watch_response::Event};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{Team, entry, is_notice, is_silent, log_out, next, started, watch};
use crate::refusal::expect;

crate::on_both_engines!(
    a_client_that_stops_reading_gets_nothing_of_what_ended_meanwhile,
    a_change_that_takes_nothing_away_holds_nobody_up,
    what_comes_to_be_permitted_is_sent,
    positions_tell_of_visible_entries_only,
);

/// Several times what a client takes without reading: 2 MiB.
const ENTRIES: i64 = 100;
/// More than can be on the way to a client that does not read.
const ON_THE_WAY: i64 = 75;

/// Posts them, and returns their `seq`.
async fn fill(team: &Team) -> Result<Vec<i64>> {
    // 60 KB
    let text = "痛".repeat(20_000);
    let mut posted = Vec::new();
    for _ in 0..ENTRIES {
        posted.push(team.post(Category::Message, &text).await?);
    }
    Ok(posted)
}

async fn a_client_that_stops_reading_gets_nothing_of_what_ended_meanwhile(engine: Engine) -> Result<()> {
    let team = Team::open(engine).await?;
    let first = fill(&team).await?[0];
    let consent = team.consent(&team.manager, &[], None).await?;
    team.consent(&team.pharmacist, &[], None).await?;
    let mut of_manager = watch(&team.manager.session, &team.patient, Some(0)).await?;
    let mut of_pharmacist = watch(&team.pharmacist.session, &team.patient, Some(0)).await?;
    for stream in [&mut of_manager, &mut of_pharmacist] {
        ensure!(started(stream).await? == 0 && entry(stream).await? == first);
    }

    team.withdraw(&consent).await?;
    let mut got = 1;
    loop {
        match next(&mut of_manager).await?? {
            Event::Entry(event) => got += i64::from(!is_notice(&event)),
            Event::AccessEnded(_) => break,
            other => bail!("{other:?}"),
        }
    }
    println!("{got} of {ENTRIES} entries came in spite of the withdrawal");
    ensure!(got < ON_THE_WAY, "{got} entries came after the withdrawal");
    team.post(Category::Message, "取り消しの後").await?;
    is_silent(&mut of_manager).await.context("after the end of access")?;

    log_out(&team.pharmacist.session).await?;
    let mut got = 1;
    let end = loop {
        match next(&mut of_pharmacist).await? {
            Ok(Event::Entry(event)) => got += i64::from(!is_notice(&event)),
            Ok(other) => bail!("{other:?}"),
            Err(end) => break end,
        }
    };
    println!("{got} of {ENTRIES} entries came in spite of the log-out");
    expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
    ensure!(got < ON_THE_WAY, "{got} entries came after the log-out");
    Ok(())
}

async fn a_change_that_takes_nothing_away_holds_nobody_up(engine: Engine) -> Result<()> {
    let team = Team::open(engine).await?;
    let posted = fill(&team).await?;
    team.consent(&team.manager, &[], None).await?;
    let mut stream = watch(&team.manager.session, &team.patient, Some(0)).await?;
    ensure!(started(&mut stream).await? == 0 && entry(&mut stream).await? == posted[0]);
    // The server is amid the entries: most of them do not fit into what a client takes without reading.
    team.consent(&team.pharmacist, &[], None).await?;
    for seq in &posted[1..] {
        ensure!(entry(&mut stream).await? == *seq, "another entry than {seq}");
    }
    Ok(())
}

async fn what_comes_to_be_permitted_is_sent(engine: Engine) -> Result<()> {
    let team = Team::open(engine).await?;
    team.consent(&team.pharmacist, &[Category::Medication], None).await?;
    let mut stream = watch(&team.pharmacist.session, &team.patient, None).await?;
    let notices = team.pharmacist.session.all_entries(&team.patient).await?;
    ensure!(Some(started(&mut stream).await?) == notices.last().map(|notice| notice.seq), "{notices:?}");
    team.post(Category::Message, "まだ見えない").await?;
    let seen = team.post(Category::Medication, "見える").await?;
    ensure!(entry(&mut stream).await? == seen, "a hidden entry came");

    // Passed over, and then permitted by a consent.
    let hidden = team.post(Category::Message, "同意の後に見える").await?;
    team.consent(&team.pharmacist, &[Category::Message], None).await?;
    ensure!(entry(&mut stream).await? == hidden, "another entry than the one now permitted");

    // Passed over, and then permitted because the time has come.
    let start = SystemTime::now() + Duration::from_secs(2);
    team.consent(&team.pharmacist, &[Category::Nursing], Some(start.into())).await?;
    let hidden = team.post(Category::Nursing, "その時から見える").await?;
    ensure!(entry(&mut stream).await? == hidden, "another entry than the one now permitted");
    ensure!(SystemTime::now() >= start, "it came before it was permitted");
    Ok(())
}

async fn positions_tell_of_visible_entries_only(engine: Engine) -> Result<()> {
    let team = Team::open(engine).await?;
    team.consent(&team.pharmacist, &[Category::Medication], None).await?;
    let visible = team.post(Category::Medication, "見える").await?;
    let hidden = team.post(Category::Message, "見えない").await?;
    for position in [None, Some(visible), Some(hidden), Some(i64::MAX)] {
        let mut stream = watch(&team.pharmacist.session, &team.patient, position).await?;
        let told = started(&mut stream).await?;
        ensure!(told == visible, "position {position:?}: access starts at {told}, not {visible}");
    }
    Ok(())
}
