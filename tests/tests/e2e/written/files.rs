//! A correction keeps the files of what it corrects, unless they are left out; one that waits in the outbox does too.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_tests::database::Engine;
use serde_json::Value;

use super::{Clinic, text};

crate::on_both_engines!(
    a_correction_keeps_the_files_but_those_that_are_left_out,
    a_correction_that_waits_keeps_the_files_of_what_waits_before_it,
);

/// Text files with these names, and their paths.
fn lay(clinic: &Clinic, names: &[&str]) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for name in names {
        let path = clinic.region.server.folder().join(name);
        fs::write(&path, format!("{name}の内容"))?;
        paths.push(path.display().to_string());
    }
    Ok(paths)
}

/// Name and id of each file that an entry shows.
fn shown(entry: &Value) -> Result<Vec<(String, String)>> {
    let files = entry["attachments"].as_array().context("attachments")?;
    files.iter().map(|file| Ok((text(file, "file_name")?, text(file, "attachment_id")?))).collect()
}

fn correct<'a>(patient: &'a str, entry: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["entry", "correct", patient, entry, "--reason", "誤記"], more].concat()
}

async fn a_correction_keeps_the_files_but_those_that_are_left_out(engine: Engine) -> Result<()> {
    let clinic = Clinic::open(engine).await?;
    let (doctor, patient) = (&clinic.doctor.cli, clinic.patient.as_str());
    let paths = lay(&clinic, &["一.txt", "二.txt", "三.txt"])?;
    let post = ["post", patient, "--kind", "memo", "--set", "text=始め", "--attach", &paths[0]];
    let first = doctor.json(&[&post[..], &["--attach", &paths[1]]].concat())?;
    let files = shown(&first)?;
    ensure!(files.len() == 2, "{first}");

    let second = doctor.json(&correct(patient, &text(&first, "entry_id")?, &["--set", "text=次"]))?;
    ensure!(shown(&second)? == files, "they are the same files: {second}");
    let entry = text(&second, "entry_id")?;
    // nothing is written down that leaves out what is not there
    let wrong = correct(patient, &entry, &["--set", "text=三", "--without-attachment", "三.txt"]);
    ensure!(clinic.doctor.code(&wrong)? == Some(2));
    ensure!(doctor.json(&["outbox", "list"])? == Value::Array(Vec::new()), "it waits");
    let fields = ["--set", "text=三", "--without-attachment", "一.txt", "--attach", &paths[2]];
    let third = doctor.json(&correct(patient, &entry, &fields))?;
    let now = shown(&third)?;
    ensure!(now[0] == files[1] && now[1].0 == "三.txt" && now.len() == 2, "{third}");

    // an entry that is not read before: its files are asked for when the correction is sent
    let entry = text(&third, "entry_id")?;
    let unread = ["--kind", "memo", "--set", "text=四", "--without-attachment"];
    let wrong = correct(patient, &entry, &[&unread[..], &["一.txt"]].concat());
    ensure!(clinic.doctor.code(&wrong)? == Some(2));
    let left = doctor.json(&["outbox", "list"])?;
    ensure!(left[0]["state"] == "refused" && left[0]["attachment_ids"].is_null(), "{left}");
    doctor.text(&["outbox", "discard", &text(&left[0], "draft_id")?], "")?;
    let fourth = doctor.json(&correct(patient, &entry, &[&unread[..], &[&files[1].1]].concat()))?;
    ensure!(shown(&fourth)? == now[1..], "{fourth}");

    // the record as it stands shows what the last one shows; the others show what they showed
    let current = clinic.shown(&clinic.clerk, &["--current"])?;
    ensure!(current.len() == 1 && shown(&current[0])? == now[1..], "{current:?}");
    let history = clinic.clerk.cli.json(&["entry", "show", patient, &entry, "--history"])?;
    let counts: Vec<usize> = history
        .as_array()
        .context("history")?
        .iter()
        .map(|one| Ok(shown(one)?.len()))
        .collect::<Result<_>>()?;
    ensure!(counts == [2, 2, 2, 1], "{history}");
    let printed = clinic.clerk.cli.text(&["timeline", "show", patient, "--current", "--no-mark-read"], "")?;
    ensure!(printed.contains("三.txt") && !printed.contains("二.txt"), "{printed}");
    let folder = clinic.region.server.folder().join("kept");
    fs::create_dir(&folder)?;
    let folder = folder.display().to_string();
    clinic.clerk.cli.text(&["attachment", "download", patient, &files[1].1, "-o", &folder], "")?;
    ensure!(fs::read_to_string(format!("{folder}/二.txt"))? == "二.txtの内容");
    Ok(())
}

async fn a_correction_that_waits_keeps_the_files_of_what_waits_before_it(engine: Engine) -> Result<()> {
    let clinic = Clinic::open(engine).await?;
    let (doctor, patient) = (&clinic.doctor.cli, clinic.patient.as_str());
    let paths = lay(&clinic, &["一.txt", "二.txt", "三.txt"])?;
    let keep = |args: &[&str]| -> Result<String> {
        text(&doctor.json(&[args, &["--offline"]].concat())?, "entry_id")
    };
    let post = ["post", patient, "--kind", "memo", "--set", "text=始め", "--attach", &paths[0]];
    let first = keep(&[&post[..], &["--attach", &paths[1]]].concat())?;
    let fields = ["--set", "text=次", "--without-attachment", "一.txt", "--attach", &paths[2]];
    let second = keep(&correct(patient, &first, &fields))?;
    let third = keep(&correct(patient, &second, &["--kind", "memo", "--set", "text=三"]))?;
    let waiting = doctor.json(&["outbox", "list"])?;
    let known: Vec<_> =
        waiting.as_array().context("drafts")?.iter().map(|one| !one["attachment_ids"].is_null()).collect();
    ensure!(known == [true, false, false], "{waiting}");
    // what is changed before it is sent keeps them still
    let edited = text(&waiting[1], "draft_id")?;
    doctor.json(&["outbox", "edit", &edited, "--set", "text=書き直し", "--offline"])?;
    doctor.text(&["outbox", "send"], "")?;

    let show = |entry: &str| clinic.clerk.cli.json(&["entry", "show", patient, entry]);
    let names = |entry: &Value| -> Result<Vec<String>> {
        Ok(shown(entry)?.into_iter().map(|(name, _)| name).collect())
    };
    let (first, second, third) = (show(&first)?, show(&second)?, show(&third)?);
    ensure!(names(&first)? == ["一.txt", "二.txt"], "{first}");
    ensure!(second["content"]["memo"]["text"] == "書き直し", "{second}");
    ensure!(names(&second)? == ["二.txt", "三.txt"] && shown(&second)?[0] == shown(&first)?[1], "{second}");
    ensure!(shown(&third)? == shown(&second)?, "{third}");
    Ok(())
}
