//! `renkei-server init`: makes a new installation, and with it the enrolment code of its administrator.
//!
//! All or nothing: everything is built under another name and gets its place in the end, `ca.pem` last.
//! An installation that is there is never touched, and a try that failed leaves nothing behind but, with
//! PostgreSQL, a database that must be made empty again; it then says so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use renkei_crypto::{OsEntropy, key::Key};
use renkei_domain::{Clock as _, time::SystemClock};
use renkei_store::{DatabaseUrl, Store};

use crate::app::identity::{FirstAdministrator, FirstEnrollment, create_first_administrator};
use crate::app::keys::{HeldRootKeys, RootPlace};
use crate::certs::DeviceCa;
use crate::config::Config;
use crate::files;
use crate::installation::{Places, USUAL_REGION, explained};

/// Makes an installation whose first person is the administrator with this login name and name.
pub(crate) async fn init(config: &Config, login_name: &str, name: &str) -> anyhow::Result<FirstEnrollment> {
    let places = Places::new(config);
    let building = Building::begin(&places)?;
    let enrollment = build(config, &building.places, login_name, name).await;
    let enrollment = enrollment.and_then(|enrollment| building.finish().map(|()| enrollment));
    enrollment.context("nothing was initialised")
}

async fn build(
    config: &Config,
    places: &Places,
    login_name: &str,
    name: &str,
) -> anyhow::Result<FirstEnrollment> {
    if Store::open(places.database.clone()).await.is_ok() {
        bail!("the database belongs to an installation already; name a new one");
    }
    let now = SystemClock.now();
    let region = config.region.as_deref().unwrap_or(USUAL_REGION);
    let root_keys = root_keys(places)?;
    let ca = DeviceCa::create(&places.folder, region, now)?;
    places.server_certificate(config).ensure(&ca.authority(), now)?;
    places.create_blobs()?;
    let administrator = FirstAdministrator {
        region: region.to_owned(),
        login_name: login_name.to_owned(),
        name: name.to_owned(),
    };
    let enrollment = fill_database(config, places, root_keys, ca, administrator).await;
    enrollment.map_err(|error| match &places.database.url {
        DatabaseUrl::Postgres(_) => error.context(
            "the PostgreSQL database may hold the beginning of this installation: if no other uses it, make \
             it anew before the next try",
        ),
        DatabaseUrl::Sqlite(_) => error,
    })
}

/// The root key: a new one in its file, or what the operator has put there or into the credential.
fn root_keys(places: &Places) -> anyhow::Result<HeldRootKeys> {
    if let RootPlace::File(path) = &places.root
        && !path.exists()
    {
        files::create(path, Key::random(&OsEntropy).expose()).with_context(|| path.display().to_string())?;
        files::sync(&files::parent(path))?;
    }
    places.read_root_key()
}

async fn fill_database(
    config: &Config,
    places: &Places,
    root_keys: HeldRootKeys,
    ca: DeviceCa,
    administrator: FirstAdministrator,
) -> anyhow::Result<FirstEnrollment> {
    Store::migrate(&places.database).await.context("the database")?;
    let store = Store::open(places.database.clone()).await.context("the database")?;
    let app = places.open_app(config, root_keys, ca, store).await?;
    let enrollment = create_first_administrator(&app, administrator).await.map_err(explained);
    app.shutdown();
    // the folder is renamed next: nothing of the database may be open in it
    app.store.close().await;
    enrollment
}

/// An installation under another name. Dropped unfinished, it is removed.
struct Building {
    places: Places,
    target: PathBuf,
    is_finished: bool,
    /// A SQLite file outside the data folder that was not there before.
    database: Option<PathBuf>,
    /// The same of the root key.
    root_key: Option<PathBuf>,
}

impl Building {
    /// Beside the data folder if there is none yet; inside if there is an empty one, which may be a mount,
    /// or in a folder that is not ours to write.
    fn begin(places: &Places) -> anyhow::Result<Self> {
        let target = places.folder.clone();
        let shown = target.display();
        let suffix = std::process::id();
        let folder = match fs::read_dir(&target) {
            Ok(entries) => {
                if target.join("ca.pem").exists() {
                    bail!("{shown} is initialised already; `renkei-server run` serves it");
                }
                if !is_empty(entries)? {
                    bail!("{shown} is not empty; name a new folder with --data-dir");
                }
                target.join(format!(".init-{suffix}"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let parent = files::parent(&target);
                fs::create_dir_all(&parent).with_context(|| parent.display().to_string())?;
                let name = target.file_name().context("--data-dir must name a folder")?;
                parent.join(format!(".{}.init-{suffix}", name.to_string_lossy()))
            }
            Err(error) => return Err(error).context(shown.to_string()),
        };
        let moved = places.moved_to(&folder);
        let database = match &moved.database.url {
            DatabaseUrl::Sqlite(path) if path.exists() => {
                bail!("{} exists already; an installation begins with a new database", path.display());
            }
            DatabaseUrl::Sqlite(path) if !path.starts_with(&folder) => Some(path.clone()),
            _ => None,
        };
        let root_key = match &moved.root {
            RootPlace::File(path) if !path.starts_with(&folder) && !path.exists() => Some(path.clone()),
            _ => None,
        };
        files::create_folder(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { places: moved, target, is_finished: false, database, root_key })
    }

    /// Gives everything its place.
    fn finish(mut self) -> anyhow::Result<()> {
        let folder = &self.places.folder;
        files::sync(folder)?;
        if folder.parent() == Some(&self.target) {
            let mut names: Vec<_> =
                fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
            names.sort_by_key(|name| name == "ca.pem");
            for name in names {
                fs::rename(folder.join(&name), self.target.join(&name))?;
            }
            fs::remove_dir(folder)?;
            make_private(&self.target)?;
            files::sync(&self.target)?;
        } else {
            fs::rename(folder, &self.target).with_context(|| self.target.display().to_string())?;
        }
        self.is_finished = true;
        files::sync(&files::parent(&self.target)).or_else(ignore_if_not_ours)?;
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        _ = fs::remove_dir_all(&self.places.folder);
        if let Some(root_key) = &self.root_key {
            _ = fs::remove_file(root_key);
        }
        if let Some(database) = &self.database {
            for suffix in ["", "-wal", "-shm"] {
                let mut path = database.clone().into_os_string();
                path.push(suffix);
                _ = fs::remove_file(path);
            }
        }
    }
}

/// What a file system or an interrupted try left there does not count.
fn is_empty(entries: fs::ReadDir) -> io::Result<bool> {
    for entry in entries {
        let name = entry?.file_name();
        if name != "lost+found" && !name.to_string_lossy().starts_with(".init-") {
            return Ok(false);
        }
    }
    Ok(true)
}

fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// The folder above may be one that we cannot open; its entry was there before.
fn ignore_if_not_ours(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::PermissionDenied { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(folder: &Path) -> Places {
        Places::new(&Config { data_dir: folder.to_owned(), ..Config::default() })
    }

    fn fill(building: &Building) {
        let folder = &building.places.folder;
        for name in ["root.key", "ca.pem", "renkei.sqlite"] {
            fs::write(folder.join(name), name).unwrap();
        }
    }

    #[test]
    fn a_folder_that_does_not_exist_appears_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("data");
        let building = Building::begin(&places(&target)).unwrap();
        fill(&building);
        assert!(!target.exists());
        drop(building);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);

        let building = Building::begin(&places(&target)).unwrap();
        fill(&building);
        building.finish().unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        assert_eq!(files::mode(&target).unwrap().0, 0o700);
        assert!(Building::begin(&places(&target)).is_err());
        assert_eq!(fs::read(target.join("root.key")).unwrap(), b"root.key");
    }

    #[test]
    fn an_empty_folder_is_filled_and_closed_to_others() {
        let target = tempfile::tempdir().unwrap();
        fs::create_dir(target.path().join("lost+found")).unwrap();
        let building = Building::begin(&places(target.path())).unwrap();
        fill(&building);
        assert_eq!(building.places.folder.parent(), Some(target.path()));
        drop(building);
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);

        let building = Building::begin(&places(target.path())).unwrap();
        fill(&building);
        building.finish().unwrap();
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 4);
        assert_eq!(files::mode(target.path()).unwrap().0, 0o700);
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let target = tempfile::tempdir().unwrap();
        fs::write(target.path().join("somebody's"), "file").unwrap();
        assert!(Building::begin(&places(target.path())).is_err());
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_database_elsewhere_must_be_new_and_is_removed_with_a_failed_try() {
        let parent = tempfile::tempdir().unwrap();
        let database = parent.path().join("renkei.sqlite");
        let mut places = places(&parent.path().join("data"));
        places.database.url = DatabaseUrl::Sqlite(database.clone());
        let building = Building::begin(&places).unwrap();
        fs::write(&database, "half").unwrap();
        drop(building);
        assert!(!database.exists());
        fs::write(&database, "another's").unwrap();
        assert!(Building::begin(&places).is_err());
        assert!(database.exists());
    }
}
