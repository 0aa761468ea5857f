//! The full-screen client in a real terminal.

mod amending;
mod beside;
mod full_disk;
mod lists;
mod terminal;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{OrganizationKind, PostEntryRequest, Role};
use renkei_tests::{database::Engine, fixtures, wait};
use rustix::process::Signal;
use uuid::Uuid;

use crate::{
    account::commands::Computer,
    region::{Member, PASSWORD, Region, invitation, posting, text_of},
};

use self::terminal::Terminal;

crate::on_both_engines!(
    a_nurse_reads_and_answers,
    files_are_shown_and_forms_filled_in,
    the_first_screen_stands_before_the_server_answers,
    a_session_that_ends_asks_for_the_password_and_keeps_what_was_typed,
    the_terminal_is_given_back_however_it_ends,
);

/// A doctor with a patient, and a nurse of the care team at a computer.
struct Ward {
    region: Region,
    doctor: Member,
    nurse: Computer,
    patient: String,
}

impl Ward {
    async fn open(engine: Engine) -> Result<Self> {
        let region = Region::open(engine).await?;
        let doctor = region.doctor("asano").await?;
        let code = region.admit("banno", OrganizationKind::HomeVisitNursing, Role::Nurse).await?;
        let nurse = Computer::enroll(&region, "banno", &code)?;
        let me = nurse.cli.json(&["whoami"])?;
        let organization = me["identity"]["actor"]["organization_id"].as_str().context("whoami")?;
        let patient = doctor.session.register().await?;
        let request = invitation(&patient, organization.to_owned());
        doctor.session.patients.clone().invite_care_team_member(request).await?;
        nurse.cli.text(&["care-team", "accept", &patient], "")?;
        doctor.session.consent_to_all(&patient).await?;
        Ok(Self { region, doctor, nurse, patient })
    }

    fn command(&self) -> Result<Command> {
        let mut command = self.nurse.cli.command(&["--lang", "ja"])?;
        command.env("TMPDIR", self.region.server.folder());
        Ok(command)
    }

    fn terminal(&self) -> Result<Terminal> {
        Terminal::start(self.command()?)
    }

    /// Searches for a word that one entry has, and goes there.
    fn go_to(&self, terminal: &mut Terminal, word: &str) -> Result<()> {
        terminal.type_keys("/")?;
        terminal.expect("検索:")?;
        terminal.type_keys(&format!("{word}\r"))?;
        terminal.expect(&format!("「{word}」1 件"))?;
        terminal.type_keys("\r")?;
        let is_under_cursor =
            |screen: &str| screen.lines().any(|line| line.contains('▌') && line.contains(word));
        terminal.wait_for("the entry under the cursor", is_under_cursor).map(drop)
    }

    /// What the doctor reads, in a session of its own.
    async fn texts(&self) -> Result<Vec<String>> {
        let entries = self.doctor.device.login().await?.written_entries(&self.patient).await?;
        Ok(entries.iter().map(|entry| text_of(entry).to_owned()).collect())
    }
}

async fn a_nurse_reads_and_answers(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let asked = ward.doctor.session.post(&ward.patient, "今夜の検温をお願いします。").await?;
    let mut terminal = ward.terminal()?;
    terminal.expect("山本 ふじ")?;
    terminal.expect("オンライン")?;
    terminal.type_keys("\r")?;
    terminal.expect("今夜の検温をお願いします。")?;

    // what comes now comes by itself
    ward.doctor.session.post(&ward.patient, "食事量も知らせてください。").await?;
    terminal.expect("食事量も知らせてください。")?;

    ward.go_to(&mut terminal, "検温をお願い")?;
    terminal.type_keys("r")?;
    terminal.expect("への返信")?;
    terminal.type_keys("\x1b[200~了解しました。\n２１時に検温します。\x1b[201~")?;
    terminal.expect("２１時に検温します。")?;
    terminal.type_keys("\x13")?;
    terminal.expect("として記録しました。")?;
    let texts = ward.texts().await?;
    ensure!(texts.iter().any(|text| text == "了解しました。\n２１時に検温します。"), "{texts:?}");
    let entries = ward.doctor.session.all_entries(&ward.patient).await?;
    let reply = entries.iter().find(|entry| text_of(entry).starts_with("了解")).context("the reply")?;
    ensure!(reply.reply_to_entry_id == asked.entry_id, "{reply:?}");
    ensure!(ward.nurse.cli.json(&["outbox", "list"])?.as_array().is_some_and(Vec::is_empty));

    // what stood on the screen for a while is read
    wait::until("the entries to be read", || {
        let inbox = ward.nurse.cli.json(&["inbox"])?;
        Ok(inbox.as_array().context("a list")?.is_empty().then_some(()))
    })?;

    terminal.type_keys("q")?;
    ensure!(terminal.end()?.success());
    ensure!(!terminal.is_alternate() && !terminal.screen().contains("検温"), "{}", terminal.screen());
    let bytes = terminal.bytes();
    let titles = [&b"\x1b]0;"[..], b"\x1b]1;", b"\x1b]2;"];
    for title in titles {
        ensure!(!bytes.windows(title.len()).any(|part| part == title), "a window title was set");
    }
    Ok(())
}

async fn files_are_shown_and_forms_filled_in(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let doctor = &ward.doctor.session;
    let photo = doctor.upload(&ward.patient, fixtures::PHOTO_NAME, fixtures::PHOTO).await?.attachment_id;
    let posting =
        PostEntryRequest { attachment_ids: vec![photo], ..posting(&ward.patient, "創部の写真です") };
    doctor.timeline.clone().post_entry(posting).await?;
    let editor = ward.region.server.folder().join("editor.sh");
    let [begun, go_on] = ["begun", "go-on"].map(|name| ward.region.server.folder().join(name));
    let waits = format!("touch {begun:?}; while [ ! -e {go_on:?} ]; do sleep 0.02; done");
    fs::write(&editor, format!("#!/bin/sh\n{waits}\nprintf '[S]\\nよく眠れた\\n[P]\\n継続\\n' > \"$1\"\n"))?;
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700))?;
    let mut command = ward.command()?;
    command.env_remove("VISUAL").env("EDITOR", &editor);
    let mut terminal = Terminal::start(command)?;
    terminal.expect("山本 ふじ")?;
    terminal.type_keys("\r")?;
    terminal.expect(fixtures::PHOTO_NAME)?;
    let temporary = || -> Result<Vec<PathBuf>> {
        let found = fs::read_dir(ward.region.server.folder())?.collect::<Result<Vec<_>, _>>()?;
        let is_ours = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("renkei-"))
        };
        Ok(found.into_iter().map(|entry| entry.path()).filter(is_ours).collect())
    };
    ward.go_to(&mut terminal, "創部の写真")?;
    terminal.type_keys("o")?;
    terminal.expect("ここに保存しています")?;
    let [folder] = &temporary()?[..] else { bail!("one folder: {:?}", temporary()?) };
    ensure!(fs::metadata(folder)?.permissions().mode() & 0o777 == 0o700);
    let file = fs::read_dir(folder)?.next().context("a file")??.path().join(fixtures::PHOTO_NAME);
    ensure!(fs::read(&file)? == fixtures::PHOTO);
    terminal.type_keys(" e")?;
    wait::until("the editor", || Ok(begun.exists().then_some(())))?;
    // a key that the editor leaves is for the screen that comes back
    terminal.type_keys("?")?;
    fs::write(&go_on, "")?;
    terminal.expect("キー操作")?;
    terminal.type_keys("?")?;
    terminal.expect("よく眠れた")?;
    terminal.expect("オンライン")?;
    terminal.type_keys("q")?;
    ensure!(terminal.end()?.success());
    ensure!(temporary()?.is_empty(), "{:?}", temporary()?);
    Ok(())
}

/// Over a line on which the server does not answer at all.
async fn the_first_screen_stands_before_the_server_answers(engine: Engine) -> Result<()> {
    let mut ward = Ward::open(engine).await?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let mut terminal = ward.terminal()?;
        terminal.wait_for("the first screen", |screen| screen.contains("banno @ "))?;
        times.push(begun.elapsed());
        terminal.type_keys("q")?;
        terminal.end()?;
    }
    times.sort();
    println!("start → first screen ({engine:?}): {times:?}");
    ensure!(times[2] < GENEROUS, "{times:?}");

    ward.region.server.kill()?;
    let mut terminal = ward.terminal()?;
    terminal.expect("banno @ ")?;
    terminal.type_keys("?")?;
    terminal.expect("キー操作")?;
    terminal.type_keys("?")?;
    terminal.expect("オフライン")?;
    ward.region.server.start()?;
    terminal.expect("オンライン")?;
    Ok(())
}

async fn a_session_that_ends_asks_for_the_password_and_keeps_what_was_typed(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    ward.doctor.session.post(&ward.patient, "今夜の検温をお願いします。").await?;
    let mut terminal = ward.terminal()?;
    terminal.expect("山本 ふじ")?;
    terminal.type_keys("\r")?;
    terminal.expect("今夜の検温")?;
    terminal.type_keys("n")?;
    terminal.expect("新しい連絡")?;
    terminal.type_keys("書きかけです")?;
    terminal.expect("書きかけです")?;

    ward.region.server.sql("UPDATE session SET ended_at = 1")?;
    ward.doctor.device.login().await?.post(&ward.patient, "次の記録").await?;
    // a screen is read while it is drawn
    let shows_nothing =
        |screen: &str| !["今夜の検温", "書きかけです"].iter().any(|text| screen.contains(text));
    terminal.wait_for("the door", |screen| screen.contains("ログアウトしました") && shows_nothing(screen))?;
    terminal.type_keys("\r")?;
    terminal.wait_for("the question for the password", |screen| screen.contains("パスワード"))?;
    terminal.type_keys(&format!("{PASSWORD}\r"))?;
    terminal.expect("書きかけです")?;
    terminal.expect("次の記録")?;
    terminal.type_keys("\x1b\r")?;
    terminal.expect("として記録しました。")?;
    ensure!(ward.texts().await?.iter().any(|text| text == "書きかけです"));

    // locked by hand: the session is gone, here and at the server
    terminal.type_keys("L")?;
    terminal.wait_for("the door", |screen| screen.contains("ロック中") && !screen.contains("次の記録"))?;
    wait::until("the session to end", || Ok((ward.nurse.code(&["whoami"])? == Some(5)).then_some(())))?;
    terminal.type_keys("q")?;
    ensure!(terminal.end()?.success());
    Ok(())
}

async fn the_terminal_is_given_back_however_it_ends(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = ward.terminal()?;
        terminal.expect("山本 ふじ")?;
        terminal.signal(signal)?;
        let status = terminal.end()?;
        ensure!(status.code() == Some(130), "{signal:?}: {status}");
        ensure!(!terminal.is_alternate(), "{signal:?}: {}", terminal.screen());
        ensure!(!terminal.screen().contains("山本"), "{signal:?}: {}", terminal.screen());
    }
    // the shell that comes next shows what is typed
    let marker = Uuid::new_v4().to_string();
    let script = ward.region.server.folder().join("shell.sh");
    let program = ward.command()?;
    let words: Vec<_> = std::iter::once(program.get_program()).chain(program.get_args()).collect();
    let words: Vec<_> = words.into_iter().map(renkei_tests::process::quote).collect();
    fs::write(&script, format!("{}\nstty -a\necho {marker}\n", words.join(" ")))?;
    let mut shell = Command::new("sh");
    shell.arg(&script);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut terminal = Terminal::start(shell)?;
    terminal.expect("山本 ふじ")?;
    terminal.type_keys("\x03")?;
    terminal.expect(&marker)?;
    let screen = terminal.screen();
    ensure!(screen.contains(" echo ") && screen.contains(" icanon") && screen.contains("isig"), "{screen}");
    Ok(())
}

/// In a debug build on a busy machine. Of a release the bar is 150 ms.
const GENEROUS: Duration = Duration::from_secs(3);
