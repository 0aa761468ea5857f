//! Lists that take the place of the one before, at a terminal and without one.

use std::{fs, os::unix::fs::PermissionsExt as _};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::{cli::Cli, database::Engine};
use serde_json::Value;

use super::{Ward, terminal::Terminal};

crate::on_both_engines!(
    a_list_tells_what_is_on_it_no_longer,
    the_form_of_a_list_begins_with_the_one_that_counts,
    a_form_that_is_left_as_it_was_corrects_nothing,
);

const KIND: [&str; 2] = ["--kind", "allergy_list"];

impl Ward {
    fn post_allergies(&self, more: &[&str]) -> Result<(Value, String)> {
        let args = [&["--output", "json", "post", &self.patient][..], &KIND, more].concat();
        let done = self.nurse.cli.run(&args, "")?;
        ensure!(done.status.success(), "{}: {}", done.status, done.stderr);
        Ok((serde_json::from_slice(&done.stdout)?, done.stderr))
    }

    /// The substances that the summary shows.
    fn allergies(&self) -> Result<Vec<String>> {
        let shown = self.nurse.cli.json(&["patient", "summary", &self.patient])?;
        let list = &shown["summary"]["allergy_list"]["content"]["allergy_list"]["allergies"];
        let list = list.as_array().with_context(|| format!("no list in {shown}"))?;
        Ok(list.iter().filter_map(|it| Some(it["substance"].as_str()?.to_owned())).collect())
    }

    /// Starts the client in a terminal with an editor, which is a command of the shell.
    fn with_editor(&self, editor: &str, args: &[&str]) -> Result<Terminal> {
        let path = self.region.server.folder().join("editor.sh");
        fs::write(&path, format!("#!/bin/sh\n{editor}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        let mut command = Cli::command(&self.nurse.cli, args)?;
        command.env_remove("VISUAL").env("EDITOR", path);
        Terminal::start(command)
    }
}

async fn a_list_tells_what_is_on_it_no_longer(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let set = |substance: &str| format!("allergies=substance={substance}");
    let (penicillin, egg) = (set("ペニシリン"), set("卵"));
    let (_, said) = ward.post_allergies(&["--set", &penicillin])?;
    ensure!(!said.contains("takes the place"), "the first one replaces nothing: {said}");
    let (_, said) = ward.post_allergies(&["--set", &penicillin, "--set", &egg])?;
    ensure!(!said.contains("takes the place"), "nothing is left out: {said}");
    let (posted, said) = ward.post_allergies(&["--set", &egg])?;
    let id = posted["entry_id"].as_str().context("entry_id")?;
    ensure!(said.contains("No longer on it: ペニシリン\n") && said.contains("banno"), "{said}");
    let take_back = format!("renkei entry retract {} {id}", ward.patient);
    ensure!(said.contains(&take_back), "{said}");
    ensure!(ward.allergies()? == ["卵"]);

    // what it says does what it says
    let retract = ["entry", "retract", &ward.patient, id, "--reason", "誤り", "--yes"];
    ward.nurse.cli.text(&retract, "")?;
    ensure!(ward.allergies()? == ["ペニシリン", "卵"]);

    let (_, said) = ward.post_allergies(&["--set", &egg, "--offline"])?;
    ensure!(said.contains("could not be seen now"), "{said}");
    Ok(())
}

async fn the_form_of_a_list_begins_with_the_one_that_counts(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    ward.post_allergies(&["--set", "allergies=substance=ペニシリン; reaction=発疹"])?;
    let form = ward.region.server.folder().join("seen.txt");
    let post = [&["post", &ward.patient][..], &KIND].concat();

    let mut terminal = ward.with_editor(&format!("cp \"$1\" {form:?}"), &post)?;
    ensure!(terminal.end()?.code() == Some(2), "{}", terminal.screen());
    ensure!(terminal.screen().contains("Nothing was changed"), "{}", terminal.screen());
    let seen = fs::read_to_string(&form)?;
    ensure!(seen.contains("substance=ペニシリン; reaction=発疹"), "{seen}");
    ensure!(seen.contains("takes the place of this list") && seen.contains("banno"), "{seen}");

    let added = "sed -i 's/^substance=ペニシリン.*/&\\nsubstance=卵/' \"$1\"";
    let mut terminal = ward.with_editor(added, &post)?;
    ensure!(terminal.end()?.success(), "nothing is left out: {}", terminal.screen());
    ensure!(ward.allergies()? == ["ペニシリン", "卵"]);

    let removed = "sed -i '/^substance=ペニシリン/d' \"$1\"";
    for (answer, left) in [("n", &["ペニシリン", "卵"][..]), ("y", &["卵"])] {
        let mut terminal = ward.with_editor(removed, &post)?;
        terminal.expect("No longer on it: ペニシリン")?;
        terminal.expect("[y/N]")?;
        terminal.type_keys(&format!("{answer}\r"))?;
        ensure!(terminal.end()?.success() == (answer == "y"), "{}", terminal.screen());
        ensure!(ward.allergies()? == left, "after {answer}");
    }
    Ok(())
}

async fn a_form_that_is_left_as_it_was_corrects_nothing(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let note = ["post", &ward.patient, "--subjective", "# 見出し\n右膝が痛い", "--vital", "bp=128/76"];
    let posted = ward.nurse.cli.json(&note)?;
    let id = posted["entry_id"].as_str().context("entry_id")?;
    let correct = ["entry", "correct", &ward.patient, id, "--reason", "左右"];
    let mut terminal = ward.with_editor("true", &correct)?;
    ensure!(terminal.end()?.code() == Some(2), "{}", terminal.screen());
    ensure!(terminal.screen().contains("Nothing was changed"), "{}", terminal.screen());
    let entries = ward.doctor.session.written_entries(&ward.patient).await?;
    ensure!(entries.len() == 1, "{entries:?}");

    let mut terminal = ward.with_editor("sed -i s/右膝/左膝/ \"$1\"", &correct)?;
    ensure!(terminal.end()?.success(), "{}", terminal.screen());
    let entries = ward.doctor.session.written_entries(&ward.patient).await?;
    ensure!(entries.len() == 2, "{entries:?}");
    Ok(())
}
