//! The audit log of a real server: events get their places whatever happens to servers, the log is proven to clients,
//! and a client that has kept a checkpoint finds out what was done to the database.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use renkei_audit_log::{Checkpoint, Event, Hash, VerifyingKey, proof, tree::leaf_hash};
use renkei_proto::v1::{
    GetCheckpointRequest, GetConsistencyProofRequest, GetInclusionProofsRequest, OrganizationKind, Role,
};
use renkei_tests::{cli::Cli, database::Engine, fixtures, process, server::Server, wait};
use tonic::Code;

use crate::{
    account::commands::Computer,
    grpc::{Place, Session},
    refusal::expect_refused,
    region::{PASSWORD, Region, posting},
};

crate::on_both_engines!(
    the_log_is_proven_to_clients,
    a_client_that_kept_a_checkpoint_sees_what_was_cut_off,
    events_that_waited_when_the_server_died_get_their_places,
    a_log_that_does_not_go_on_is_told,
);

/// How long a lease lasts.
const LEASE: Duration = Duration::from_secs(3);

/// Waits until every event has its place, and lets `renkei-server audit verify` recompute everything.
pub(crate) fn verified(server: &Server, since: Option<&PathBuf>) -> Result<String> {
    wait::until("places for all events", || {
        Ok((server.sql("SELECT COUNT(*) FROM audit_pending")? == "0").then_some(()))
    })?;
    let (told, is_good) = verify(server, since)?;
    ensure!(is_good, "{told}");
    Ok(told)
}

/// What `renkei-server audit verify` says, and whether all is well.
fn verify(server: &Server, since: Option<&PathBuf>) -> Result<(String, bool)> {
    let since = since.map(|file| file.display().to_string());
    let mut args = vec!["audit", "verify"];
    args.extend(since.iter().flat_map(|file| ["--since", file]));
    let done = process::run(&mut server.beside(&args)?, b"")?;
    Ok((format!("{}{}", String::from_utf8(done.stdout)?, done.stderr), done.status.success()))
}

async fn checkpoint(session: &Session) -> Result<(Checkpoint, String, VerifyingKey)> {
    let answer = session.audit.clone().get_checkpoint(GetCheckpointRequest {}).await?.into_inner();
    let key = VerifyingKey::parse(&answer.verifying_key).context("a key")?;
    Ok((Checkpoint::open(&answer.checkpoint, &key)?, answer.checkpoint, key))
}

fn hashes<T: AsRef<[u8]>>(path: &[T]) -> Result<Vec<Hash>> {
    path.iter().map(|hash| Ok(hash.as_ref().try_into()?)).collect()
}

async fn the_log_is_proven_to_clients(engine: Engine) -> Result<()> {
    let witness = tempfile::tempdir()?;
    let folder = witness.path().join("checkpoints");
    let settings = format!("audit.checkpoint_dir = \"{}\"\n", folder.display());
    let mut region = Region::open_with(engine, &settings).await?;
    let doctor = region.doctor("hayashi").await?;
    let patient = doctor.session.register().await?;
    verified(&region.server, None)?;
    let (old, note, _) = checkpoint(&doctor.session).await?;
    let kept = region.server.folder().join("kept.txt");
    fs::write(&kept, note)?;
    for n in 0..20 {
        doctor.session.post(&patient, &format!("訪問 {n}")).await?;
    }
    let file = doctor.session.upload(&patient, "創部.jpg", fixtures::PHOTO).await?.attachment_id;
    let mut with_file = posting(&patient, "写真を付けます");
    with_file.attachment_ids = vec![file];
    doctor.session.timeline.clone().post_entry(with_file).await?;
    let posted = Instant::now();
    verified(&region.server, Some(&kept))?;
    println!("{engine:?}: all have their places {:?} after the last answer", posted.elapsed());

    let (new, _, _) = checkpoint(&doctor.session).await?;
    ensure!(new.size >= old.size + 22 && new.origin == old.origin);
    let mut audit = doctor.session.audit.clone();
    let sizes = |from: u64, to: u64| GetConsistencyProofRequest {
        from_size: from.cast_signed(),
        to_size: to.cast_signed(),
    };
    let path = audit.get_consistency_proof(sizes(old.size, new.size)).await?.into_inner().hashes;
    ensure!(proof::is_consistent(old.size, &old.root, new.size, &new.root, &hashes(&path)?));
    let further = audit.get_consistency_proof(sizes(1, new.size + 100_000)).await;
    expect_refused(further, Code::InvalidArgument, "REQUEST_INVALID")?;

    let events = doctor.session.audit_events(&patient).await?;
    let request = GetInclusionProofsRequest {
        patient_id: patient.clone(),
        event_ids: events.iter().map(|event| event.event_id.clone()).take(100).collect(),
        size: new.size.cast_signed(),
    };
    let proofs = audit.get_inclusion_proofs(request.clone()).await?.into_inner().proofs;
    let proofs: HashMap<String, _> =
        proofs.into_iter().map(|proof| (proof.event_id.clone(), proof)).collect();
    // all but the reading of the list itself
    ensure!(proofs.len() >= 21 && proofs.len() + 1 >= events.len(), "{} of {}", proofs.len(), events.len());
    for event in events.iter().filter(|event| proofs.contains_key(&event.event_id)) {
        let proof = &proofs[&event.event_id];
        let leaf = Event::decode(&proof.leaf).context("a leaf")?;
        ensure!(
            leaf.id.to_string() == event.event_id
                && leaf.object.map(|id| id.to_string()).unwrap_or_default() == event.object_id
        );
        let index = u64::try_from(proof.leaf_index)?;
        let path = hashes(&proof.hashes)?;
        ensure!(proof::is_included(&leaf_hash(&proof.leaf), index, new.size, &path, &new.root));
        if leaf.action == "ENTRY_POST" {
            ensure!(leaf.revision == Some(1) && leaf.content.is_some(), "a post without its content");
        }
    }
    let other = region.care_manager("inoue").await?;
    let foreign = other.session.audit.clone().get_inclusion_proofs(request).await;
    expect_refused(foreign, Code::NotFound, "NOT_FOUND")?;
    ensure!(other.session.audit.clone().get_checkpoint(GetCheckpointRequest {}).await.is_ok());

    let written = fs::read_dir(&folder)?.next().context("a checkpoint in the folder")??.path();
    verified(&region.server, Some(&written))?;

    // the same log after a restart
    region.server.stop()?;
    ensure!(
        region.server.sql("SELECT COUNT(*) FROM audit_pending")? == "0",
        "events wait after a stop in order"
    );
    region.server.start()?;
    verified(&region.server, Some(&kept))?;

    // a file that nothing names any longer is swept a day later; that it was posted is known
    region.server.sql("UPDATE attachment SET entry_seq = NULL, entry_place = NULL")?;
    let (told, is_good) = verify(&region.server, Some(&kept))?;
    ensure!(
        !is_good && told.contains("the entry, its files or what stands beside it are not those"),
        "{told}"
    );
    Ok(())
}

async fn a_client_that_kept_a_checkpoint_sees_what_was_cut_off(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let code = region.admit("okamoto", OrganizationKind::Clinic, Role::Doctor).await?;
    let cli = Cli::new(&region.server.folder().join("home"), "okamoto", "ja");
    let (code_file, password) =
        (region.server.folder().join("code"), region.server.folder().join("password"));
    fs::write(&code_file, code)?;
    fs::write(&password, PASSWORD)?;
    let (code_file, password) = (code_file.display().to_string(), password.display().to_string());
    let url = region.server.url();
    let enroll = ["device", "enroll", "--server", &url, "--code-file", &code_file];
    cli.text(&[&enroll[..], &["--password-file", &password]].concat(), "")?;
    cli.text(&["login", "--password-file", &password], "")?;
    verified(&region.server, None)?;

    let kept = region.server.folder().join("kept.txt");
    let first = cli.json(&["audit", "verify"])?;
    ensure!(first["since"].is_null() && first["size"].as_u64().is_some_and(|size| size > 0), "{first}");
    cli.text(&["audit", "checkpoint", "--out", &kept.display().to_string()], "")?;
    verified(&region.server, Some(&kept))?;
    cli.text(&["whoami"], "")?;

    // an order of the database's own: the newest checkpoint and its leaves go, and nothing of it shows there
    let size = "(SELECT previous_size FROM audit_checkpoint ORDER BY size DESC LIMIT 1)";
    region.server.sql(&format!(
        "DELETE FROM audit_event WHERE event_id IN (SELECT event_id FROM audit_leaf WHERE leaf_index >= {size});
         DELETE FROM audit_leaf WHERE leaf_index >= {size}; UPDATE audit_log SET size = {size};
         DELETE FROM audit_checkpoint WHERE size = (SELECT MAX(size) FROM audit_checkpoint);"
    ))?;
    let (told, is_good) = verify(&region.server, Some(&kept))?;
    ensure!(!is_good && told.contains("cut off"), "{told}");
    verified(&region.server, None).context("without what was kept nothing shows")?;
    // what is kept is damaged: that ends no look in silence
    let file = region.server.folder().join("home/okamoto/checkpoint.json");
    let whole = fs::read_to_string(&file)?;
    fs::write(&file, &whole[..20])?;
    let done = cli.run(&["whoami"], "")?;
    ensure!(done.status.code() == Some(8) && !done.stdout.is_empty(), "{}: {}", done.status, done.stderr);
    ensure!(done.stderr.contains("確認できなくなりました"), "{}", done.stderr);
    fs::write(&file, whole)?;
    // the hour has passed
    let later = fs::read_to_string(&file)?.replace("\"seen\": ", "\"seen\": 1");
    fs::write(&file, later)?;
    let done = cli.run(&["whoami"], "")?;
    ensure!(done.status.code() == Some(10), "{}: {}", done.status, done.stderr);
    ensure!(!done.stdout.is_empty() && done.stderr.contains("末尾が欠けています"), "{}", done.stderr);
    ensure!(region.server.folder().join("home/okamoto/checkpoint-conflict.txt").is_file());
    let done = cli.run(&["audit", "verify"], "")?;
    ensure!(done.status.code() == Some(10), "{}: {}", done.status, done.stderr);

    // nobody could look for days, whatever hindered: that is told, and no alarm
    let kept = fs::read_to_string(&file)?;
    let (before, _) = kept.split_once("\"seen\"").context("seen")?;
    fs::write(&file, format!("{before}\"seen\": 1000000}}"))?;
    region.server.sql("UPDATE session SET ended_at = 1")?;
    let done = cli.run(&["whoami"], "")?;
    ensure!(done.status.code() == Some(5), "{}: {}", done.status, done.stderr);
    ensure!(done.stderr.contains("日間"), "{}", done.stderr);
    Ok(())
}

async fn events_that_waited_when_the_server_died_get_their_places(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let doctor = region.doctor("kaneko").await?;
    let patient = doctor.session.register().await?;
    verified(&region.server, None)?;
    let waiting = "SELECT COUNT(*) FROM audit_pending";
    for n in 0..3 {
        let lease = somebody(engine, n);
        // nobody gives places meanwhile, once a turn that was under way has ended
        let held =
            format!("UPDATE audit_log SET sequencer_id = {lease}, leased_until = {}", soon()? + 60_000_000);
        for _ in 0..10 {
            region.server.sql(&held)?;
            doctor.session.post(&patient, &format!("訪問 {n}")).await?;
            if region.server.sql(waiting)? != "0" {
                break;
            }
        }
        // as if it had died with the lease
        region.server.kill()?;
        let end = Instant::now() + LEASE;
        region
            .server
            .sql(&format!("UPDATE audit_log SET sequencer_id = {lease}, leased_until = {}", soon()?))?;
        ensure!(region.server.sql(waiting)? != "0", "it had its place already");
        region.server.start()?;
        verified(&region.server, None)?;
        ensure!(Instant::now() >= end, "the lease was not waited for");
        doctor.session.texts(&patient).await?;
    }
    Ok(())
}

/// Who can write to the database renews a lease for ever, and gives no places.
async fn a_log_that_does_not_go_on_is_told(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let code = region.admit("okamoto", OrganizationKind::Clinic, Role::Doctor).await?;
    let office = Computer::enroll(&region, "okamoto", &code)?;
    let birth =
        ["--name", "山本 ふじ", "--kana", "ヤマモト フジ", "--birth-date", "1936-05-05", "--sex", "female"];
    let registered = office.cli.json(&[&["patient", "register"], &birth[..]].concat())?;
    let patient = registered["patient_id"].as_str().context("patient_id")?.to_owned();
    verified(&region.server, None)?;
    let seen = office.cli.json(&["audit", "verify", "--patient", &patient])?;
    ensure!(seen["events_included"].as_u64() > Some(0), "{seen}");

    let hold = || {
        let lease = somebody(engine, 0);
        let until = soon()? + 25_000_000;
        region.server.sql(&format!("UPDATE audit_log SET sequencer_id = {lease}, leased_until = {until}"))
    };
    wait::until("an event that waits", || {
        hold()?;
        office.cli.text(&["patient", "show", &patient], "")?;
        Ok((region.server.sql("SELECT COUNT(*) FROM audit_pending")? != "0").then_some(()))
    })?;
    // behind the newest checkpoint, as if that were older than it is
    region.server.sql(
        "UPDATE audit_event SET happened_at = (SELECT MAX(signed_at) FROM audit_checkpoint) - 59000000 \
         WHERE event_id IN (SELECT event_id FROM audit_pending)",
    )?;
    let done = wait::until("the alarm", || {
        hold()?;
        let done = office.cli.run(&["audit", "verify", "--patient", &patient], "")?;
        Ok((done.status.code() != Some(0)).then_some(done))
    })?;
    ensure!(done.status.code() == Some(10), "{}: {}", done.status, done.stderr);
    ensure!(done.stderr.contains("has no place in the audit log yet"), "{}", done.stderr);
    wait::until("the server's log", || {
        Ok(fs::read_to_string(region.server.log_file())?
            .contains("wait for their places for more than a minute")
            .then_some(()))
    })?;
    let doctor = process::run(&mut region.server.beside(&["doctor"])?, b"")?;
    let told = String::from_utf8(doctor.stdout)?;
    ensure!(
        told.lines().any(|line| line.starts_with("warn") && line.contains("events wait since")),
        "{told}"
    );
    Ok(())
}

/// Somebody who is no server here.
fn somebody(engine: Engine, n: u8) -> String {
    match engine {
        Engine::Sqlite => format!("x'{:032x}'", 1 + n),
        Engine::Postgres => format!("'00000000-0000-0000-0000-{:012x}'", 1 + n),
    }
}

/// When a lease that is taken now ends, in microseconds since 1970.
fn soon() -> Result<u128> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok((now + LEASE).as_micros())
}

mod nodes {
    #[test]
    fn two_servers_of_one_database_give_each_event_one_place() -> anyhow::Result<()> {
        crate::block_on(super::two_servers_of_one_database_give_each_event_one_place())
    }
}

async fn two_servers_of_one_database_give_each_event_one_place() -> Result<()> {
    let region = Region::open(Engine::Postgres).await?;
    let other = region.server.start_beside()?;
    let there = Place { address: other.address(), ..region.place.clone() };
    let doctor = region.doctor("murata").await?;
    let (one, two) = (doctor.session.register().await?, doctor.session.register().await?);
    let mut device = doctor.device.clone();
    device.place = there;
    let beside = device.connect_again(&doctor.session)?;
    for round in 0..4 {
        let posts = (0..25).map(|n| {
            let (session, patient) = if n % 2 == 0 { (&doctor.session, &one) } else { (&beside, &two) };
            let post = posting(patient, &format!("訪問 {round}-{n}"));
            let mut timeline = session.timeline.clone();
            async move { timeline.post_entry(post).await.map(drop) }
        });
        futures::future::try_join_all(posts).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    verified(&region.server, None)?;
    let leaves = "SELECT COUNT(*) FROM audit_leaf l JOIN audit_event e ON e.event_id = l.event_id \
        WHERE e.action = 'ENTRY_POST'";
    ensure!(region.server.sql(leaves)? == "100");
    ensure!(region.server.sql("SELECT COUNT(*) FROM audit_checkpoint")?.parse::<u32>()? > 4);
    Ok(())
}
