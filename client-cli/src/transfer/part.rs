//! A download before it has its name: a file beside its target, under a name that the next run finds again.
//! It is closed to others, held by one process at a time, and gets its name only when it is verified.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use crate::{
    error::{Error, Exit, Result},
    private_file,
    text::msg,
    transfer::local::hash_into,
};

/// What has arrived. Its end is where the next bytes go.
pub(crate) struct Part {
    file: File,
    path: PathBuf,
    /// It is of use to a later run.
    stays: bool,
}

impl Part {
    /// Opens the part of this name in the folder, with what an earlier run left in it, or a new one.
    pub(crate) fn open(folder: &Path, name: &str, stays: bool) -> Result<Self> {
        let path = folder.join(name);
        for _ in 0..TRIES {
            let file = open_or_create(&path).map_err(|error| Error::file(&path, &error))?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => break,
                // Some network drives know no locks.
                Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
                    return Err(Error::file(&path, &error));
                }
                _ => {}
            }
            // Before the lock was given it may have got its name, and is somebody's file now.
            if is_still_at(&file, &path).map_err(|error| Error::file(&path, &error))? {
                return Ok(Self { file, path, stays });
            }
        }
        Err(Error::new(Exit::TryAgain, msg!("error-part-locked", path = path.display()))
            .next(msg!("next-part-locked")))
    }

    /// Whether a later run can go on with it.
    pub(crate) fn is_kept(&self) -> bool {
        self.stays && self.length().is_ok_and(|length| length > 0)
    }

    /// Bytes that have arrived.
    pub(crate) fn length(&self) -> Result<u64> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(|error| Error::file(&self.path, &error))
    }

    /// Hash and length of what is there; what is added goes behind it.
    pub(crate) async fn hash(&mut self) -> Result<(Sha256, u64)> {
        let failed = |error| Error::file(&self.path, &error);
        // The copy has the same place in the file.
        let mut file = self.file.try_clone().map_err(failed)?;
        let task = spawn_blocking(move || {
            file.rewind()?;
            let mut hash = Sha256::new();
            let length = hash_into(&mut hash, &mut file)?;
            Ok((hash, length))
        });
        task.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into())).map_err(failed)
    }

    pub(crate) fn add(&mut self, data: &[u8]) -> Result<()> {
        self.file.write_all(data).map_err(|error| {
            let error = Error::file(&self.path, &error);
            if error.is_disk_full() { error.next(msg!("next-disk-full")) } else { error }
        })
    }

    /// Throws away what is there.
    pub(crate) fn discard(&mut self) -> Result<()> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|error| Error::file(&self.path, &error))
    }

    /// Gives it its name. Without `force` nothing that stands there is replaced, however late it came.
    pub(crate) fn keep_as(mut self, target: &Path, force: bool) -> Result<()> {
        let kept = self.file.sync_all().and_then(|()| {
            if force { fs::rename(&self.path, target) } else { rename_to_new(&self.path, target) }
        });
        kept.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => private_file::exists(target),
            _ => Error::file(target, &error),
        })?;
        self.stays = true;
        Ok(())
    }

    /// The content from its beginning, to be shown once.
    pub(crate) fn into_content(mut self) -> Result<File> {
        self.file.rewind().map_err(|error| Error::file(&self.path, &error))?;
        self.stays = false;
        self.file.try_clone().map_err(|error| Error::file(&self.path, &error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let empty = self.file.metadata().is_ok_and(|metadata| metadata.len() == 0);
        // After it got its name it is not at this path any longer.
        if (empty || !self.stays) && is_still_at(&self.file, &self.path).unwrap_or(false) {
            let _ = private_file::remove(&self.path);
        }
    }
}

/// Follows no link that somebody put there.
fn open_or_create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_file() {
                return Err(error);
            }
            let file = options.create_new(false).open(path)?;
            // Only its owner may do this, so it is no file that somebody else prepared.
            #[cfg(unix)]
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
            Ok(file)
        }
        other => other,
    }
}

/// Whether this file, and under no second name, is at the path. A second name is taken off.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let opened = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(found) if (found.dev(), found.ino()) != (opened.dev(), opened.ino()) => Ok(false),
        // It got its name, and the program ended before it lost this one.
        Ok(found) if found.nlink() > 1 => fs::remove_file(path).map(|()| false),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_still_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path).is_ok())
}

/// A rename that fails where something stands.
fn rename_to_new(path: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(path, target) {
        Ok(()) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system has links. An empty file of ours holds the name then.
        Err(_) => {
            drop(private_file::create_new(target)?);
            fs::rename(path, target).inspect_err(|_| drop(fs::remove_file(target)))
        }
    }
}

const TRIES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = ".renkei-test.part";

    fn part(folder: &Path, content: &[u8]) -> Part {
        let mut part = Part::open(folder, NAME, true).unwrap();
        part.add(content).unwrap();
        part
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_existing_file_is_not_overwritten_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("photo.jpg");
        let first = part(folder.path(), b"new");
        // It appears while the download runs.
        fs::write(&target, "old").unwrap();
        assert_eq!(first.keep_as(&target, false).unwrap_err().exit(), Exit::LocalFile);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        let again = Part::open(folder.path(), NAME, true).unwrap();
        assert_eq!(again.length().unwrap(), 3, "what has arrived is still there");
        again.keep_as(&target, true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["photo.jpg"]);
    }

    #[test]
    fn what_arrived_stays_and_an_empty_part_or_one_of_no_use_goes() {
        let folder = tempfile::tempdir().unwrap();
        drop(Part::open(folder.path(), NAME, true).unwrap());
        assert!(names(folder.path()).is_empty());
        let mut useless = Part::open(folder.path(), NAME, false).unwrap();
        useless.add(b"x").unwrap();
        drop(useless);
        assert!(names(folder.path()).is_empty());
        drop(part(folder.path(), b"x"));
        assert_eq!(names(folder.path()), [NAME]);
        let mut damaged = Part::open(folder.path(), NAME, true).unwrap();
        assert!(damaged.is_kept());
        damaged.discard().unwrap();
        drop(damaged);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn one_process_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = part(folder.path(), b"x");
        assert_eq!(Part::open(folder.path(), NAME, true).err().unwrap().exit(), Exit::TryAgain);
        drop(held);
        assert!(Part::open(folder.path(), NAME, true).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn nothing_that_others_put_there_is_written_to() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join(NAME));
        fs::write(&victim, "mine").unwrap();
        symlink(&victim, &path).unwrap();
        assert!(Part::open(folder.path(), NAME, true).is_err());
        fs::remove_file(&path).unwrap();
        symlink(folder.path().join("nowhere"), &path).unwrap();
        assert!(Part::open(folder.path(), NAME, true).is_err());
        assert!(!folder.path().join("nowhere").exists());
        fs::remove_file(&path).unwrap();
        // As after a program that ended between giving the name and taking the other off.
        fs::hard_link(&victim, &path).unwrap();
        part(folder.path(), b"theirs");
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        drop(Part::open(folder.path(), NAME, true).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600, "an old one is closed too");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named_and_the_part_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::options().write(true).open("/dev/full").unwrap();
        let path = folder.path().join(NAME);
        fs::write(&path, "before").unwrap();
        let mut part = Part { file, path: path.clone(), stays: true };
        let error = part.add(b"more").unwrap_err();
        assert_eq!(error.exit(), Exit::LocalFile);
        let said = error.lines(&crate::text::Texts::new(crate::text::Language::English)).join("\n");
        assert!(said.contains("full"), "{said}");
        drop(part);
        assert_eq!(fs::read(&path).unwrap(), b"before");
    }
}
