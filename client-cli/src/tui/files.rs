//! Attachments that are looked at: in a folder that only the person can enter, and that goes with the screen.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    connection::Connection,
    error::Result,
    private_file,
    text::msg,
    transfer::{
        download::{Wanted, download},
        name::{safe_name, viewable_name},
        part::Part,
        progress::Progress,
    },
    tui::event::Answer,
};

/// The folder of what was opened. It is removed with the last of its values.
#[derive(Clone)]
pub(crate) struct Opened(Arc<Folder>);

struct Folder(PathBuf);

impl Folder {
    fn remove(&self) {
        // It may never have been made.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Opened {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Folder(env::temp_dir().join(format!("renkei-{}", Uuid::new_v4().simple())))))
    }

    /// Removes everything, also where a download still goes on.
    pub(crate) fn remove(&self) {
        self.0.remove();
    }

    /// Downloads a file and shows it with the program that the system has for it. Says what became of it.
    pub(crate) async fn open(
        &self,
        connection: &Connection,
        patient_id: String,
        attachment_id: String,
    ) -> Result<Answer> {
        let folder = self.0.0.join(&attachment_id);
        private_file::make_folder(&self.0.0)?;
        private_file::make_folder(&folder)?;
        let wanted = Wanted { patient_id, attachment_id, ..Wanted::default() };
        let mut part = Part::open(&folder, &wanted.part_name(), false)?;
        let attachment =
            download(connection, &wanted, &mut part, &Progress::hidden(), &mut |_| Ok(())).await?;
        let name = safe_name(&attachment.file_name, &wanted.attachment_id);
        let viewable = viewable_name(&name, &attachment.content_type);
        let path = folder.join(viewable.as_ref().unwrap_or(&name));
        part.keep_as(&path, true)?;
        let shown = path.clone();
        let is_open = viewable.is_some() && spawn_blocking(move || show(&path)).await.unwrap_or(false);
        Ok(if is_open {
            Answer::Opened(msg!("tui-opened", file = attachment.file_name))
        } else {
            Answer::Downloaded(msg!("tui-downloaded", path = shown.display()))
        })
    }
}

/// Whether there is a program, and it has begun.
fn show(path: &Path) -> bool {
    // Without a desktop there would be a browser of texts on our own screen.
    let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    if cfg!(all(unix, not(target_os = "macos"))) && !has_desktop {
        return false;
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(opener);
    command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            std::thread::spawn(move || child.wait());
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_goes_with_the_screen() {
        let opened = Opened::new();
        let path = opened.0.0.clone();
        private_file::make_folder(&path).unwrap();
        std::fs::write(path.join("創部.jpg"), b"x").unwrap();
        let task = opened.clone();
        drop(opened);
        assert!(path.exists(), "a download still goes on");
        drop(task);
        assert!(!path.exists());
    }
}
