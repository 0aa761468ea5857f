//! Large files that come at once.

use anyhow::{Context as _, Result};
use futures::future::try_join_all;

use crate::{
    load::Client as _,
    parts::attachments::{file::File, transfer::Upload},
    world::World,
};

/// Uploads so many files of so many bytes at once, each over a connection of its own.
pub(super) async fn pass(world: &World, count: usize, size: usize) -> Result<()> {
    let file = File::random(size);
    let patient = world.patients.first().context("a region without patients")?;
    let uploads = world.members.iter().cycle().take(count).map(|member| {
        let upload = member.device.connect_again(&member.session).map(|session| Upload {
            session,
            patient_id: patient.clone(),
            file: file.clone(),
            attachment_id: String::new(),
        });
        async move { upload?.operate().await }
    });
    try_join_all(uploads).await?;
    Ok(())
}
