//! A full disk under the client: what was written stays, the error says what to do, and nothing half-written is read later.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{OrganizationKind, Role};
use renkei_tests::{cli::Cli, database::Engine, process, wait};
use rustix::process::Signal;

use super::{Ward, terminal::Terminal};
use crate::{account::commands::Computer, region::Region};

crate::on_both_engines!(
    the_outbox_keeps_what_it_has_and_sends_it_afterwards,
    the_screen_loses_nothing_that_was_typed,
    a_session_is_not_renewed_where_the_next_token_could_not_be_kept,
);

/// The client's folder as a small file system of a mount namespace, which is gone with its process.
struct Small {
    cli: Cli,
    holder: Child,
    home: PathBuf,
    is_root: bool,
}

impl Small {
    fn under(cli: &Cli) -> Result<Self> {
        let command = cli.command(&[])?;
        let home = command.get_envs().find(|(name, _)| *name == "RENKEI_HOME").and_then(|(_, home)| home);
        let home = PathBuf::from(home.context("RENKEI_HOME")?);
        let is_root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
        let unshare: &[&str] = if is_root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
        let script = r#"cp -a "$0" "$0.before" && mount -t tmpfs -o size=512k,mode=700 none "$0" &&
            cp -a "$0.before/." "$0" && echo ready && exec sleep infinity"#;
        let mut holder = Command::new("unshare")
            .args(unshare)
            .args(["sh", "-c", script])
            .arg(&home)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take().context("stdout")?).read_line(&mut line)?;
        let small = Self { cli: cli.clone(), holder, home, is_root };
        ensure!(line == "ready\n", "no small folder; are mount namespaces allowed?");
        Ok(small)
    }

    /// The command in that file system.
    fn command(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !self.is_root {
            inside.args(["--user", "--preserve-credentials"]);
        }
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }

    fn run(&self, args: &[&str]) -> Result<process::Finished> {
        process::run(&mut self.command(&self.cli.command(args)?), b"")
    }

    /// The exit code is 8, and both languages say what is wrong and what to do.
    fn refuses(&self, args: &[&str]) -> Result<()> {
        for (lang, what, next) in
            [("en", "The disk is full", "Make room"), ("ja", "ディスクに空きがありません", "空きを作って")]
        {
            let done = self.run(&[&["--lang", lang], args].concat())?;
            ensure!(done.status.code() == Some(8), "{args:?}: {}: {}", done.status, done.stderr);
            ensure!(done.stderr.contains(what) && done.stderr.contains(next), "{args:?}: {}", done.stderr);
        }
        Ok(())
    }

    /// The ids of what waits in the outbox, and whether it was refused.
    fn waiting(&self) -> Result<Vec<(String, bool)>> {
        let done = self.run(&["--output", "json", "outbox", "list"])?;
        ensure!(done.status.success() && done.stderr.is_empty(), "{}", done.stderr);
        let list: Vec<serde_json::Value> = serde_json::from_slice(&done.stdout)?;
        let one = |one: &serde_json::Value| {
            Some((one["draft_id"].as_str()?.to_owned(), one["refused"].as_bool().unwrap_or_default()))
        };
        list.iter().map(|draft| one(draft).with_context(|| draft.to_string())).collect()
    }

    fn inside(&self) -> Result<PathBuf> {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        Ok(root.join(self.home.strip_prefix("/")?))
    }

    fn fill(&self) -> Result<()> {
        let mut filler = File::create(self.inside()?.join("filler"))?;
        loop {
            match filler.write_all(&[0x55; 4096]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => bail!(error),
            }
        }
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.inside()?.join("filler"))?)
    }

    /// Files that were begun and neither finished nor removed.
    fn temporary(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.inside()?];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if is_temporary(&path) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

async fn the_outbox_keeps_what_it_has_and_sends_it_afterwards(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let small = Small::under(&ward.nurse.cli)?;
    let post = |text| ["post", &ward.patient, "--message", text, "--offline"];
    let kept = small.run(&post("満杯の前に書いた。"))?;
    ensure!(kept.status.success(), "{}", kept.stderr);
    let before = small.waiting()?;
    ensure!(matches!(&before[..], [(_, false)]), "{before:?}");

    small.fill()?;
    small.refuses(&post("満杯で書いた。"))?;
    small.refuses(&["outbox", "send"])?;
    ensure!(small.waiting()? == before, "what was kept is kept, is not refused, and nothing else is there");
    ensure!(small.temporary()?.is_empty(), "{:?}", small.temporary()?);
    ensure!(ward.texts().await?.is_empty(), "nothing was sent that is not kept");

    small.free()?;
    let sent = small.run(&["outbox", "send"])?;
    ensure!(sent.status.success(), "{}", sent.stderr);
    let again = small.run(&["post", &ward.patient, "--message", "満杯で書いた。"])?;
    ensure!(again.status.success(), "{}", again.stderr);
    let texts = ward.texts().await?;
    ensure!(texts == ["満杯の前に書いた。", "満杯で書いた。"], "once each: {texts:?}");
    ensure!(small.waiting()?.is_empty());
    Ok(())
}

async fn the_screen_loses_nothing_that_was_typed(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    ward.doctor.session.post(&ward.patient, "今夜の検温をお願いします。").await?;
    let small = Small::under(&ward.nurse.cli)?;
    let mut terminal = Terminal::start(small.command(&ward.command()?))?;
    terminal.expect("山本 ふじ")?;
    terminal.expect("オンライン")?;
    terminal.type_keys("\r")?;
    terminal.expect("今夜の検温をお願いします。")?;
    ward.go_to(&mut terminal, "検温をお願い")?;
    terminal.type_keys("r")?;
    terminal.expect("への返信")?;
    terminal.type_keys("\x1b[200~了解しました。\x1b[201~")?;
    terminal.expect("了解しました。")?;

    small.fill()?;
    terminal.type_keys("\x13")?;
    terminal.expect("ディスクに空きがありません")?;
    terminal.expect("了解しました。")?;
    ensure!(small.temporary()?.is_empty(), "{:?}", small.temporary()?);
    small.free()?;
    terminal.type_keys("\x13")?;
    terminal.expect("として記録しました。")?;
    let texts = ward.texts().await?;
    ensure!(texts.iter().filter(|text| *text == "了解しました。").count() == 1, "{texts:?}");

    ward.go_to(&mut terminal, "検温をお願い")?;
    terminal.type_keys("r")?;
    terminal.expect("への返信")?;
    terminal.type_keys("\x1b[200~三十七度二分でした。\x1b[201~")?;
    terminal.expect("三十七度二分でした。")?;
    small.fill()?;
    terminal.signal(Signal::TERM)?;
    terminal.end()?;
    let screen = terminal.screen();
    ensure!(!terminal.is_alternate(), "{screen}");
    for told in ["ディスクに空きがありません", "保存されていません", "三十七度二分でした。"]
    {
        ensure!(screen.contains(told), "{told} is not in {screen}");
    }
    Ok(())
}

async fn a_session_is_not_renewed_where_the_next_token_could_not_be_kept(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, "[sessions]\naccess_seconds = 2\n").await?;
    let code = region.admit("hana", OrganizationKind::Clinic, Role::Doctor).await?;
    let hana = Computer::enroll(&region, "hana", &code)?;
    let small = Small::under(&hana.cli)?;
    small.fill()?;
    wait::until("the token to end", || Ok((small.run(&["whoami"])?.status.code() == Some(8)).then_some(())))?;
    small.refuses(&["whoami"])?;
    ensure!(small.temporary()?.is_empty(), "{:?}", small.temporary()?);
    small.free()?;
    let after = small.run(&["whoami"])?;
    ensure!(after.status.success(), "the session was lost: {}", after.stderr);
    Ok(())
}
