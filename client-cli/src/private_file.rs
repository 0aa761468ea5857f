//! Files that hold secrets or patient data: readable by their owner only, and either the old or the new
//! content after a crash, never half of it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{
    error::{Error, Exit, Result},
    text::msg,
};

/// Replaces the file: written beside it, flushed to the disk, then renamed over it.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    replace(path, content).map_err(|error| Error::file(path, &error))
}

/// Room for a file, taken before what is to stand in it is known: the next content of a file that must not be lost.
#[derive(Debug)]
pub(crate) struct Room {
    beside: PathBuf,
    path: PathBuf,
    file: File,
}

impl Room {
    /// So many bytes beside the file, on the disk.
    pub(crate) fn take(path: &Path, bytes: usize) -> Result<Self> {
        let failed = |error| Error::file(path, &error);
        let beside = beside(path).map_err(failed)?;
        let file = create_new(&beside).map_err(failed)?;
        let mut room = Self { beside, path: path.to_owned(), file };
        room.fill(&vec![b' '; bytes]).map_err(failed)?;
        Ok(room)
    }

    /// Replaces the file by the content, which takes no more room than was taken.
    pub(crate) fn write(mut self, content: &[u8]) -> Result<()> {
        let written = self.fill(content).and_then(|()| fs::rename(&self.beside, &self.path));
        written.and_then(|()| settle(&self.path)).map_err(|error| Error::file(&self.path, &error))
    }

    fn fill(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(content)?;
        self.file.set_len(content.len() as u64)?;
        self.file.sync_all()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // After it was written it no longer stands there.
        let _ = fs::remove_file(&self.beside);
    }
}

/// Says no where something stands already, unless it is to be overwritten.
pub(crate) fn refuse_overwriting(path: &Path, force: bool) -> Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    Ok(())
}

/// The error for something that stands where a file is to go.
pub(crate) fn exists(path: &Path) -> Error {
    Error::new(Exit::LocalFile, msg!("error-exists", path = path.display())).next(msg!("next-exists"))
}

/// The folder that a file lies in; that of a bare name is the one the program was started in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Reads a file whole; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path, &error)),
    }
}

/// Removes a file; no file is fine.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(path, &error)),
        _ => Ok(()),
    }
}

/// Creates a new file for writing that only its owner can read; an existing one is an error.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder, with its parents, that only its owner can enter, and closes one that is open wider.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).and_then(|()| close_to_others(path)).map_err(|error| Error::file(path, &error))
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<()> {
    // A user's folder is closed to other users by the access list that it inherits.
    Ok(())
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path)?;
    let written = create_new(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&beside, path)) {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    settle(path)
}

/// Where the next content of a file is written first.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    Ok(folder_of(path).join(format!(".{name}.{}", Uuid::new_v4().simple())))
}

/// Flushes to the disk that the file has its name.
fn settle(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_closed_to_others() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        make_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        write(&folder.join("secret"), b"one").unwrap();
        write(&folder.join("secret"), b"two").unwrap();
        assert_eq!(mode(&folder.join("secret")), 0o600);
        assert_eq!(read(&folder.join("secret")).unwrap().unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing temporary stays");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_open_to_others_is_closed() {
        let home = tempfile::tempdir().unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(home.path(), open).unwrap();
        make_folder(home.path()).unwrap();
        assert_eq!(mode(home.path()), 0o700);
    }

    #[test]
    fn room_that_was_taken_holds_the_next_content_or_goes() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("session.json");
        write(&path, b"old").unwrap();
        drop(Room::take(&path, 100).unwrap());
        let room = Room::take(&path, 100).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"old");
        room.write(b"new").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"new");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing temporary stays");
    }

    #[test]
    fn a_bare_name_lies_here() {
        assert_eq!(folder_of(Path::new("record.html")), Path::new("."));
        assert_eq!(folder_of(Path::new("/tmp/record.html")), Path::new("/tmp"));
    }

    #[test]
    fn a_missing_file_is_none_and_removing_it_is_fine() {
        let home = tempfile::tempdir().unwrap();
        assert!(read(&home.path().join("none")).unwrap().is_none());
        remove(&home.path().join("none")).unwrap();
    }
}
