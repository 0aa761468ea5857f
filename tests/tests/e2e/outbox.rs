//! The outbox of the client: what is finalised without a connection arrives in the author's order, each thing exactly
//! once, over a network that breaks in the middle of everything, with two processes that send at once.
//!
//! `RENKEI_OUTBOX_POSTS` sets the number of posts (60), `RENKEI_OUTBOX_SEED` the random numbers.

use std::{collections::BTreeMap, env, fs, process::Stdio, thread};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{OrganizationKind, Role};
use renkei_tests::{
    cut::{Network, Random},
    database::Engine,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{account::commands::Computer, region::Region};

crate::on_both_engines!(
    everything_arrives_once_and_in_order_over_a_network_that_breaks,
    what_is_refused_stays_and_holds_up_nobody_else,
);

const PATIENTS: usize = 3;
/// Room for a handshake and a few posts; many connections break before the handshake is done.
const LONGEST: u64 = 14_000;

/// What an entry must be in the end.
#[derive(Debug, PartialEq)]
struct Wanted {
    entry_id: String,
    text: String,
    /// The entry that it corrects or retracts; empty for a post.
    amends: String,
    /// How many files it has.
    files: usize,
}

async fn everything_arrives_once_and_in_order_over_a_network_that_breaks(engine: Engine) -> Result<()> {
    let posts: usize = env::var("RENKEI_OUTBOX_POSTS").map_or(Ok(60), |posts| posts.parse())?;
    let seed: u64 = env::var("RENKEI_OUTBOX_SEED")
        .map_or_else(|_| Ok(Uuid::new_v4().as_u64_pair().0), |seed| seed.parse())?;
    println!("RENKEI_OUTBOX_SEED={seed}");
    let mut random = Random::new(seed);
    let region = Region::open(engine).await?;
    let code = region.admit("hana", OrganizationKind::Clinic, Role::Doctor).await?;
    let network = Network::open(region.server.address(), LONGEST, seed)?;
    let hana = Computer::enroll_over(&region, &network.url(), "hana", &code)?;
    let photo = region.server.folder().join("note.txt");
    fs::write(&photo, "処置のメモ\n".repeat(100))?;
    let photo = photo.display().to_string();
    let patients = (0..PATIENTS).map(|number| register(&hana, number)).collect::<Result<Vec<_>>>()?;

    let mut wanted: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    for number in 0..posts {
        let (identifier, id) = &patients[random.below(PATIENTS as u64) as usize];
        // Whoever is on the road knows a patient by one name or the other.
        let patient = if random.below(2) == 0 { identifier } else { id };
        let list = wanted.entry(id.clone()).or_default();
        list.push(write(&hana, &mut random, &photo, patient, number, list)?);
    }
    network.cut(true);
    send_with_two_processes(&hana)?;
    let cuts = network.cuts();
    network.cut(false);

    ensure!(hana.cli.json(&["outbox", "list"])? == Value::Array(Vec::new()), "the outbox is not empty");
    for (patient, wanted) in &wanted {
        let shown = hana.cli.json(&["timeline", "show", patient, "--limit", "100000", "--no-mark-read"])?;
        let entries = shown.as_array().context("entries")?;
        let written = entries.iter().filter(|entry| entry["kind"] != "notice");
        let arrived: Vec<Wanted> = written.clone().map(as_arrived).collect::<Result<_>>()?;
        ensure!(arrived == *wanted, "seed {seed}: {arrived:#?}\nbut written were {wanted:#?}");
        for entry in written.filter(|entry| entry["kind"] != "retraction") {
            ensure!(entry["write_time"].is_string(), "it does not say when it was written: {entry}");
        }
    }
    ensure!(cuts > 0, "the network never broke");
    println!("{posts} posts, {cuts} broken connections");
    Ok(())
}

/// Registers a patient, and returns local identifier and UUID.
fn register(hana: &Computer, number: usize) -> Result<(String, String)> {
    let identifier = format!("7{number}");
    let birth = ["--birth-date", "1941-02-03", "--sex", "female", "--local-id", &identifier];
    let name = ["patient", "register", "--name", "山田 花", "--kana", "ヤマダ ハナ"];
    let patient = hana.cli.json(&[&name[..], &birth].concat())?;
    Ok((identifier, patient["patient_id"].as_str().context("patient_id")?.to_owned()))
}

/// Writes something without a connection: a post, or a correction or a retraction of what was written before.
fn write(
    hana: &Computer,
    random: &mut Random,
    photo: &str,
    patient: &str,
    number: usize,
    before: &[Wanted],
) -> Result<Wanted> {
    let amended: Vec<&str> = before.iter().map(|one| one.amends.as_str()).collect();
    let standing =
        before.iter().rev().find(|one| !one.text.is_empty() && !amended.contains(&one.entry_id.as_str()));
    let text = format!("記録 {number}");
    let message = format!("text={text}");
    let (args, amends, text, kept) = match (random.below(8), standing) {
        (0, Some(one)) => (
            vec!["entry", "correct", patient, &one.entry_id, "--reason", "誤記", "--set", &message],
            one.entry_id.clone(),
            text,
            one.files,
        ),
        (1, Some(one)) => (
            vec!["entry", "retract", patient, &one.entry_id, "--reason", "別の患者", "--yes"],
            one.entry_id.clone(),
            String::new(),
            0,
        ),
        _ => (vec!["post", patient, "--kind", "message", "--set", &message], String::new(), text, 0),
    };
    // Two that upload the same file at once would get in each other's way.
    let with_file = args[0] == "post" && random.below(4) == 0;
    let file: &[&str] = if with_file { &["--attach", photo] } else { &[] };
    let queued = hana.cli.json(&[&args[..], file, &["--offline"]].concat())?;
    let entry_id = queued["entry_id"].as_str().context("entry_id")?.to_owned();
    Ok(Wanted { entry_id, text, amends, files: kept + file.len() / 2 })
}

fn as_arrived(entry: &Value) -> Result<Wanted> {
    Ok(Wanted {
        entry_id: entry["entry_id"].as_str().context("entry_id")?.to_owned(),
        text: entry["content"]["message"]["text"].as_str().unwrap_or_default().to_owned(),
        amends: entry["amendment"]["entry_id"].as_str().unwrap_or_default().to_owned(),
        files: entry["attachments"].as_array().context("attachments")?.len(),
    })
}

/// Both go on until nothing waits. One that was logged out or refused fails, and says why.
fn send_with_two_processes(hana: &Computer) -> Result<()> {
    let mut senders = Vec::new();
    for _ in 0..2 {
        let mut command = hana.cli.command(&["outbox", "send", "--wait"])?;
        senders.push(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?);
    }
    let watched: Vec<_> =
        senders.into_iter().map(|child| thread::spawn(|| child.wait_with_output())).collect();
    for sender in watched {
        let done = sender.join().map_err(|_| anyhow::anyhow!("a thread ended badly"))??;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "{}: {said}", done.status);
    }
    Ok(())
}

async fn what_is_refused_stays_and_holds_up_nobody_else(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let code = region.admit("hana", OrganizationKind::Clinic, Role::Doctor).await?;
    let network = Network::open(region.server.address(), LONGEST, 1)?;
    let hana = Computer::enroll_over(&region, &network.url(), "hana", &code)?;
    let (identifier, patient) = register(&hana, 1)?;
    let stranger = Uuid::new_v4().to_string();
    let keep = |args: &[&str]| -> Result<(String, String)> {
        let queued = hana.cli.json(&[args, &["--offline"]].concat())?;
        let text = |name: &str| queued[name].as_str().map(str::to_owned).context("a queued entry");
        Ok((text("draft_id")?, text("entry_id")?))
    };
    let (refused, lost) = keep(&["post", &stranger, "--message", "誰の記録か"])?;
    let (answer, _) = keep(&["post", &stranger, "--message", "返信", "--reply-to", &lost])?;
    keep(&["post", &identifier, "--message", "届く"])?;

    let sent = hana.cli.run(&["--output", "json", "outbox", "send"], "")?;
    ensure!(sent.status.code() == Some(6), "{}: {}", sent.status, sent.stderr);
    let rows: Value = serde_json::from_slice(&sent.stdout)?;
    let states: Vec<_> = rows.as_array().context("rows")?.iter().map(|row| row["state"].as_str()).collect();
    let expected = [Some("refused"), Some("sent"), Some("waiting")];
    ensure!(states == expected, "the answer to what did not arrive waits: {rows}");
    let left = hana.cli.json(&["outbox", "list"])?;
    let ids: Vec<_> = left.as_array().context("drafts")?.iter().map(|one| one["draft_id"].as_str()).collect();
    ensure!(ids == [Some(refused.as_str()), Some(answer.as_str())], "{left}");
    ensure!(left[0]["error"].to_string().contains("NOT_FOUND"), "{left}");

    // It is said again as long as it stays, and that is no success.
    let again = hana.cli.run(&["outbox", "send"], "")?;
    let said = String::from_utf8(again.stdout)? + &again.stderr;
    ensure!(again.status.code() == Some(6), "{}: {said}", again.status);
    ensure!(
        said.contains("NOT_FOUND") && said.contains(&format!("renkei outbox discard {refused}")),
        "{said}"
    );
    ensure!(said.contains(&answer) && !said.contains("nothing to send"), "{said}");
    // Nobody is not the only patient.
    for nobody in ["", " ", "\u{3000}"] {
        for offline in [&[][..], &["--offline"]] {
            let args = [&["post", nobody, "--message", "誰の記録か"], offline].concat();
            ensure!(hana.code(&args)? == Some(2), "{args:?}");
        }
        ensure!(hana.code(&["patient", "show", nobody])? == Some(2), "{nobody:?}");
    }

    // The author says what should become of them; then a post goes out at once again.
    hana.cli.text(&["outbox", "discard", &answer], "")?;
    hana.cli.text(&["outbox", "discard", &refused], "")?;
    hana.cli.text(&["post", &patient, "--message", "次"], "")?;
    let shown = hana.cli.json(&["timeline", "show", &patient, "--no-mark-read"])?;
    let texts = shown
        .as_array()
        .context("entries")?
        .iter()
        .filter_map(|one| one["content"]["message"]["text"].as_str());
    ensure!(texts.eq(["届く", "次"]), "{shown}");
    ensure!(hana.cli.json(&["outbox", "list"])? == Value::Array(Vec::new()), "something stays");
    Ok(())
}
