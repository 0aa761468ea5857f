//! The days after the first one: ten people of eight organisations keep the record of a third patient, in entries
//! of every kind, each written by whom it belongs to and looked at through somebody else's eyes.
//!
//! All of it is played at once; the days are those that the authors name (`visit_time` and the like), none of
//! them later than now.

mod hospital;
mod instruction;
mod living;
mod moment;
mod offline;
mod overview;
mod paper;
mod proxy;
mod question;
mod review;
mod team;
mod template;
mod wound;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::person,
    stage::{Stage, field, list},
};

/// The clinic's number for the patient of the week.
const LOCAL_ID: &str = "S-3072";

/// Plays the days.
///
/// # Errors
/// With the scene that did not go as it must.
pub(super) fn play(stage: &Stage, scene: &Scene) -> Result<()> {
    let patient = team::play(stage).context("the team of eight organisations")?;
    instruction::play(stage, &patient).context("the doctor's instructions")?;
    proxy::play(stage, &patient).context("the clerk enters for the doctor")?;
    living::play(stage, &patient).context("the daily life")?;
    wound::play(stage, &scene.patient).context("the wound over the week")?;
    question::play(stage, &patient).context("questions and answers")?;
    offline::play(stage, &patient).context("a note without a connection")?;
    hospital::play(stage, &patient).context("to the hospital and back")?;
    template::play(stage, &scene.patient).context("a template of the nursing station")?;
    review::play(stage, &patient).context("the week is looked at")?;
    paper::play(stage, &patient).context("the week on paper")?;
    overview::play(stage, &patient).context("the patient on one screen, and the report")
}

/// Whose entry it is, and who looks at it.
#[derive(Clone, Copy)]
struct Posting<'a> {
    /// UUID of the patient.
    patient: &'a str,
    /// The patient as the author types it.
    number: &'a str,
    /// Login name of the author.
    author: &'a str,
    /// Login name of somebody of another organisation.
    reader: &'a str,
}

impl Posting<'_> {
    /// Posts an entry of `kind` with `fields`, each `FIELD=VALUE`, and returns it as the reader sees it.
    ///
    /// # Errors
    /// If it is refused, or the newest entry of that kind that the reader sees is another one.
    fn post(&self, stage: &Stage, kind: &str, fields: &[&str]) -> Result<Value> {
        self.post_with(stage, kind, fields, &[])
    }

    /// The same with further arguments.
    fn post_with(&self, stage: &Stage, kind: &str, fields: &[&str], more: &[&str]) -> Result<Value> {
        let fields: Vec<&str> = fields.iter().flat_map(|field| ["--set", field]).collect();
        stage.show(self.author, &[&["post", self.number, "--kind", kind], &fields[..], more].concat())?;
        self.newest(stage, kind)
    }

    /// The newest entry of `kind`, which must be the author's, as the reader sees it.
    fn newest(&self, stage: &Stage, kind: &str) -> Result<Value> {
        let args = ["timeline", "show", self.patient, "--kind", kind, "--limit", "1", "--no-mark-read"];
        let seen = stage.ask(self.reader, &args)?;
        let entry = list(&seen)?.first().with_context(|| format!("{} sees no {kind}", self.reader))?;
        let Self { author, reader, .. } = self;
        let writer = person(author);
        ensure!(entry["author"]["person_name"] == writer.name, "{reader} sees not that of {author}: {entry}");
        ensure!(entry["author"]["organization_name"] == writer.organization, "{entry}");
        ensure!(entry["kind"] == kind && entry["content"][kind].is_object(), "no {kind}: {entry}");
        Ok(entry.clone())
    }
}

/// Ids of the entries that a person sees of a patient with these arguments of `timeline show`, oldest first.
fn seen(stage: &Stage, login: &str, patient: &str, args: &[&str]) -> Result<Vec<String>> {
    let seen = stage.ask(login, &[&["timeline", "show", patient, "--no-mark-read"], args].concat())?;
    Ok(list(&seen)?.iter().filter_map(|entry| entry["entry_id"].as_str()).map(str::to_owned).collect())
}

/// Whether this entry is in a view of a person's inbox.
fn waits(stage: &Stage, login: &str, view: &str, entry_id: &str) -> Result<bool> {
    let inbox = stage.ask(login, &["inbox", "--view", view])?;
    Ok(list(&inbox)?.iter().any(|entry| entry["entry_id"] == *entry_id))
}

/// Throws away the only draft in a person's outbox: what was refused stays there until its author says so.
fn discard(stage: &Stage, login: &str) -> Result<()> {
    let kept = stage.ask(login, &["outbox", "list"])?;
    ensure!(list(&kept)?.len() == 1 && kept[0]["state"] == "refused", "the outbox of {login}: {kept}");
    stage.show(login, &["outbox", "discard", &field(&kept[0], "draft_id")?])?;
    let kept = stage.ask(login, &["outbox", "list"])?;
    ensure!(list(&kept)?.is_empty(), "the outbox of {login}: {kept}");
    Ok(())
}
