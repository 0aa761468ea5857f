//! A week in the region, played over the real server and the real client. On the first day a visit note travels
//! from the doctor to the care manager, and at every hour the patient's consent decides who sees what; the days
//! after it ten people of eight organisations keep the records of a care team.
//!
//! `cargo xtask demo` shows it to a person, the end-to-end tests play it on both engines. Every scene
//! checks what it shows, so what is told is true: a demo that reaches its end has been verified.

mod cast;
mod consent;
mod emergency;
mod file;
mod hand_over;
mod opening;
mod restart;
mod restricted;
mod staff;
mod stage;
mod stranger;
mod visit;
mod week;
mod withdrawal;

pub use cast::{ADMIN, PEOPLE, Person};
pub use stage::{Lang, Stage};

use anyhow::{Context as _, Result};

use crate::watch::Watch;

/// What the scenes hand on to each other.
struct Scene {
    /// UUID of the patient of the day.
    patient: String,
    /// UUID of another patient, for whom nothing changes.
    other: String,
    /// UUID of the visit note.
    note: String,
    /// UUID of its photo.
    photo: String,
    /// The care manager's open watch.
    watch: Watch,
}

/// Plays the whole week.
///
/// # Errors
/// With the scene that did not go as it must, and the end of the server's log.
pub fn play(stage: &mut Stage) -> Result<()> {
    let played = play_scenes(stage);
    played.with_context(|| format!("the end of the server's log:\n{}", stage.server.end_of_log()))
}

fn play_scenes(stage: &mut Stage) -> Result<()> {
    opening::play(stage).context("the administrator opens the region")?;
    let (patient, other) = consent::play(stage).context("the doctor registers patients")?;
    let mut scene = visit::play(stage, patient, other).context("the visit note travels")?;
    visit::play_next_day(stage, &scene).context("the nurse reads the next day")?;
    file::play(stage, &scene).context("a file goes up before its entry")?;
    stranger::play(stage, &mut scene).context("the pharmacist sees nothing")?;
    staff::play(stage, &scene).context("the nursing station assigns staff")?;
    restricted::play(stage, &mut scene).context("a restricted note")?;
    emergency::play(stage, &mut scene).context("the pharmacist opens the record in an emergency")?;
    withdrawal::play_part(stage, &mut scene).context("the patient withdraws a part of the consent")?;
    withdrawal::play(stage, &mut scene).context("the patient withdraws the consent")?;
    restart::play(stage, &mut scene).context("the server restarts")?;
    hand_over::play(stage, &mut scene).context("the clinic hands a patient over")?;
    week::play(stage, &scene).context("the days after the first one")
}
