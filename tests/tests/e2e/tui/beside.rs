//! What commands and the full screen say beside each other on one terminal, and what a form is headed with.

use std::{fs, os::unix::fs::PermissionsExt as _, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::database::Engine;

use super::{Ward, terminal::Terminal};

crate::on_both_engines!(
    what_is_sent_behind_the_screen_is_not_written_over_it,
    ctrl_c_names_the_draft_that_stays,
    forms_of_what_was_written_before_name_the_patient,
);

async fn what_is_sent_behind_the_screen_is_not_written_over_it(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    ward.doctor.session.post(&ward.patient, "今夜の検温をお願いします。").await?;
    let file = ward.region.server.folder().join("memo.pdf");
    fs::write(&file, "処置のメモ\n".repeat(100))?;
    let file = file.display().to_string();
    let kept = ["post", &ward.patient, "--message", "前に書いた記録", "--attach", &file, "--offline"];
    ward.nurse.cli.text(&kept, "")?;

    let mut terminal = ward.terminal()?;
    terminal.expect("山本 ふじ")?;
    terminal.type_keys("\r")?;
    terminal.expect("今夜の検温")?;
    ward.go_to(&mut terminal, "検温をお願い")?;
    terminal.type_keys("r")?;
    terminal.expect("への返信")?;
    terminal.type_keys("了解しました。\x13")?;
    terminal.expect("として記録しました。")?;
    terminal.type_keys("q")?;
    ensure!(terminal.end()?.success());
    let written = terminal.bytes();
    let written = String::from_utf8_lossy(&written);
    ensure!(!written.contains("ではなく"), "what the file is was written over the screen");
    ensure!(ward.texts().await?.iter().any(|text| text == "前に書いた記録"), "it was not sent");
    Ok(())
}

async fn ctrl_c_names_the_draft_that_stays(engine: Engine) -> Result<()> {
    let mut ward = Ward::open(engine).await?;
    ward.region.server.kill()?;
    let command = ward.nurse.cli.command(&["post", &ward.patient, "--message", "車内で書いた記録"])?;
    let mut terminal = Terminal::start(command)?;
    let drafts = || ward.nurse.cli.json(&["outbox", "list"]);
    renkei_tests::wait::until("the draft", || Ok(drafts()?[0]["draft_id"].is_string().then_some(())))?;
    // it tries for some seconds
    thread::sleep(Duration::from_millis(500));
    terminal.type_keys("\x03")?;
    ensure!(terminal.end()?.code() == Some(130));
    let listed = drafts()?;
    let id = listed[0]["draft_id"].as_str().context("a draft")?;
    for command in ["send", "discard"] {
        let hint = format!("renkei outbox {command} {id}");
        ensure!(terminal.screen().contains(&hint), "{hint}: {}", terminal.screen());
    }

    // whoever sends it now is told what waits, and not to enter it again
    let sent = ward.nurse.cli.run(&["outbox", "send"], "")?;
    let said = String::from_utf8(sent.stdout)? + &sent.stderr;
    ensure!(sent.status.code() == Some(7) && said.contains("1 wait in the outbox"), "{said}");
    ensure!(!said.contains("nothing to send") && !said.contains("run the command again"), "{said}");
    ward.region.server.start()?;
    ward.nurse.cli.text(&["outbox", "send"], "")?;
    ensure!(ward.texts().await?.iter().filter(|text| *text == "車内で書いた記録").count() == 1);
    Ok(())
}

async fn forms_of_what_was_written_before_name_the_patient(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let posted = ward.nurse.cli.json(&["post", &ward.patient, "--message", "右足の浮腫"])?;
    let entry = posted["entry_id"].as_str().context("an entry")?;
    let kept = ward.nurse.cli.json(&["post", &ward.patient, "--message", "右足の浮腫", "--offline"])?;
    let draft = kept["draft_id"].as_str().context("a draft")?;
    let seen = ward.region.server.folder().join("seen");
    let editor = ward.region.server.folder().join("editor.sh");
    fs::write(&editor, format!("#!/bin/sh\ncp \"$1\" {seen:?}\nsed -i 's/右足/左足/' \"$1\"\n"))?;
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700))?;
    let correct = ["entry", "correct", &ward.patient, entry, "--reason", "左右"];
    for args in [&["outbox", "edit", draft][..], &correct] {
        let mut command = ward.nurse.cli.command(args)?;
        command.env_remove("VISUAL").env("EDITOR", &editor);
        let mut terminal = Terminal::start(command)?;
        ensure!(terminal.end()?.success(), "{args:?}: {}", terminal.screen());
        let form = fs::read_to_string(&seen)?;
        ensure!(form.contains("右足") && form.contains("山本 ふじ"), "{args:?}: {form}");
        ensure!(!form.contains(&ward.patient), "{args:?}: {form}");
    }
    ensure!(ward.texts().await?.iter().filter(|text| *text == "左足の浮腫").count() == 2);
    Ok(())
}
