//! `renkei attachment download`: into a file beside the target first, verified, then under its name. What
//! does not verify is never seen.

use std::{
    fs::{self, File},
    io::{self, IsTerminal as _, Seek as _},
    path::{Path, PathBuf},
};

use clap::Args;
use uuid::Uuid;

use crate::{
    command::{Context, resolve},
    error::{Error, Result},
    output::json::Json as _,
    private_file,
    text::msg,
    transfer,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    attachment: String,
    #[arg(short = 'o', long = "output-file", value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let attachment_id = resolve::uuid(&arguments.attachment)?;
    let to_stdout = arguments.output_file.as_deref() == Some(Path::new("-"));
    if to_stdout && io::stdout().is_terminal() {
        return Err(Error::usage(msg!("error-binary")).next(msg!("next-binary")));
    }
    let named = arguments.output_file.as_deref().filter(|path| !to_stdout && !path.is_dir());
    if let Some(target) = named {
        private_file::refuse_overwriting(target, arguments.force)?;
    }
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let folder = match (&arguments.output_file, named) {
        _ if to_stdout => context.profile.folder().to_owned(),
        (_, Some(target)) => private_file::folder_of(target).to_owned(),
        (Some(folder), None) => folder.clone(),
        (None, None) => PathBuf::from("."),
    };
    let mut part = Part::create(&folder)?;
    let attachment = transfer::download(&connection, &patient_id, &attachment_id, &mut part.file).await?;
    if to_stdout {
        part.file.rewind().map_err(|error| Error::file(&part.path, &error))?;
        return context.out.raw(&mut part.file);
    }
    let target = match named {
        Some(target) => target.to_owned(),
        None => folder.join(transfer::name::safe_name(&attachment.file_name, &attachment_id)),
    };
    part.keep_as(&target, arguments.force)?;
    let mut json = attachment.json();
    json["path"] = target.to_string_lossy().into();
    context.out.one(json, || vec![context.line(&msg!("downloaded", path = target.display()))])
}

/// A file that is removed unless it is kept.
struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    fn create(folder: &Path) -> Result<Self> {
        let path = folder.join(format!(".renkei-{}.part", Uuid::new_v4().simple()));
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| Error::file(&path, &error))?;
        Ok(Self { file, path })
    }

    fn keep_as(&self, target: &Path, force: bool) -> Result<()> {
        private_file::refuse_overwriting(target, force)?;
        let failed = |error| Error::file(target, &error);
        self.file.sync_all().map_err(failed)?;
        fs::rename(&self.path, target).map_err(failed)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After it was kept it is not there any longer.
        let _ = private_file::remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    #[test]
    fn an_existing_file_is_not_overwritten_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("photo.jpg");
        fs::write(&target, "old").unwrap();
        let part = Part::create(folder.path()).unwrap();
        assert_eq!(part.keep_as(&target, false).unwrap_err().exit(), Exit::LocalFile);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        part.keep_as(&target, true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }

    #[test]
    fn nothing_is_left_behind_after_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        drop(Part::create(folder.path()).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
