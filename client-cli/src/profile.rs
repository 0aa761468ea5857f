//! What this computer keeps for one person at one server: a folder per profile under the home folder,
//! closed to others, with `device.key`, `device.pem`, `ca.pem`, `profile.json`, `session.json`
//! and the drafts of the outbox.
//!
//! The device's key is made here and never leaves. A refresh token works once, so whoever changes the
//! session holds [`Profile::lock_session`] and reads it again after getting the lock.

use std::{
    env, fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    error::{Error, Exit, Result},
    private_file::{self, Room},
    text::msg,
    witness::Kept,
};

/// The folder of all profiles: `RENKEI_HOME`, else `renkei` in the platform's folder for configuration.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn find() -> Result<Self> {
        if let Some(path) = env::var_os("RENKEI_HOME").filter(|path| !path.is_empty()) {
            return Ok(Self(PathBuf::from(path)));
        }
        let base = etcetera::choose_base_strategy()
            .map_err(|_| Error::new(Exit::LocalFile, msg!("error-no-home")).next(msg!("next-no-home")))?;
        Ok(Self(base.config_dir().join("renkei")))
    }

    #[cfg(test)]
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn profile(&self, name: &str) -> Result<Profile> {
        let valid = !name.is_empty()
            && name.len() <= 64
            && !name.starts_with(['.', '-'])
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if !valid {
            return Err(Error::usage(msg!("error-profile-name", name = name)));
        }
        Ok(Profile { name: name.to_owned(), folder: self.0.join(name) })
    }

    /// The profiles that are enrolled, by name.
    pub(crate) fn profiles(&self) -> Result<Vec<Profile>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file(&self.0, &error)),
        };
        let mut profiles: Vec<Profile> = entries
            .filter_map(|entry| self.profile(entry.ok()?.file_name().to_str()?).ok())
            .filter(|profile| profile.folder.join("profile.json").is_file())
            .collect();
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(profiles)
    }
}

/// One person at one server.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    name: String,
    folder: PathBuf,
}

/// `profile.json`: where the server is and who the device belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Enrollment {
    /// URL of the server, `https://HOST:PORT`.
    pub(crate) server: String,
    pub(crate) login_name: String,
    pub(crate) device_id: String,
    pub(crate) device_name: String,
    pub(crate) certificate_expire_time: String,
    /// There is no certificate: the person logs in with an authenticator app.
    #[serde(default)]
    pub(crate) totp: bool,
}

/// What a device shows and trusts.
pub(crate) struct Credentials {
    /// PKCS#8 in PEM.
    pub(crate) key: Zeroizing<String>,
    pub(crate) certificate: String,
    pub(crate) ca: String,
}

/// `session.json`: the tokens of the session, and when they end.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct StoredSession {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// Seconds since 1970 on this computer's clock, when the tokens arrived.
    pub(crate) obtained: i64,
    /// Seconds since 1970 on the server's clock.
    pub(crate) access_expires: i64,
    /// Seconds since 1970 on the server's clock.
    pub(crate) session_expires: i64,
    /// It began with an authenticator app.
    #[serde(default)]
    pub(crate) totp: bool,
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession").field("access_expires", &self.access_expires).finish_non_exhaustive()
    }
}

/// Held while something is read and changed, by one process at a time. Closing the file gives it back.
pub(crate) struct FileLock(File);

impl Profile {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn make_folder(&self) -> Result<()> {
        private_file::make_folder(&self.folder)
    }

    pub(crate) fn is_enrolled(&self) -> bool {
        self.folder.join(ENROLLMENT).exists()
    }

    pub(crate) fn enrollment(&self) -> Result<Enrollment> {
        self.read_json(ENROLLMENT)?.ok_or_else(|| self.not_enrolled())
    }

    pub(crate) fn credentials(&self) -> Result<Credentials> {
        Ok(Credentials {
            key: Zeroizing::new(self.read_text(KEY)?),
            certificate: self.read_text(CERTIFICATE)?,
            ca: self.read_text(CA)?,
        })
    }

    /// What a profile without a device trusts, in PEM.
    pub(crate) fn authority(&self) -> Result<String> {
        self.read_text(CA)
    }

    /// The key of an enrolment that was begun, so that a second try sends the same one.
    pub(crate) fn pending_key(&self) -> Result<Option<Zeroizing<String>>> {
        let content = private_file::read(&self.folder.join(PENDING_KEY))?;
        Ok(content.and_then(|bytes| String::from_utf8(bytes).ok()).map(Zeroizing::new))
    }

    pub(crate) fn save_pending_key(&self, key: &str) -> Result<()> {
        private_file::write(&self.folder.join(PENDING_KEY), key.as_bytes())
    }

    /// Completes an enrolment, or replaces an earlier one. What breaks off in between is made good by
    /// enrolling again with the same code: the pending key goes last.
    pub(crate) fn save_enrollment(&self, credentials: &Credentials, enrollment: &Enrollment) -> Result<()> {
        self.leave(&credentials.ca)?;
        private_file::write(&self.folder.join(KEY), credentials.key.as_bytes())?;
        private_file::write(&self.folder.join(CERTIFICATE), credentials.certificate.as_bytes())?;
        private_file::write(&self.folder.join(CA), credentials.ca.as_bytes())?;
        self.write_json(ENROLLMENT, enrollment)?;
        private_file::remove(&self.folder.join(PENDING_KEY))
    }

    /// The same for an authenticator app: there is nothing to show in a handshake.
    pub(crate) fn save_app(&self, ca: &str, enrollment: &Enrollment) -> Result<()> {
        self.leave(ca)?;
        for name in [KEY, CERTIFICATE, PENDING_KEY] {
            private_file::remove(&self.folder.join(name))?;
        }
        private_file::write(&self.folder.join(CA), ca.as_bytes())?;
        self.write_json(ENROLLMENT, enrollment)
    }

    /// Ends what there was before the enrolment with the server of this certificate authority. What was kept of the audit
    /// log of another one's is set aside: it says nothing of this one, and is evidence still.
    fn leave(&self, ca: &str) -> Result<()> {
        self.remove_session()?;
        let known = private_file::read(&self.folder.join(CA))?;
        if known.is_some_and(|known| known != ca.as_bytes()) {
            self.set_checkpoint_aside()?;
        }
        Ok(())
    }

    /// Keeps the next certificate of the device's key, and that of the authority.
    pub(crate) fn save_certificate(
        &self,
        next: &Credentials,
        enrollment: &Enrollment,
        expires: String,
    ) -> Result<()> {
        private_file::write(&self.folder.join(CA), next.ca.as_bytes())?;
        private_file::write(&self.folder.join(CERTIFICATE), next.certificate.as_bytes())?;
        self.write_json(ENROLLMENT, &Enrollment { certificate_expire_time: expires, ..enrollment.clone() })
    }

    pub(crate) fn session(&self) -> Result<Option<StoredSession>> {
        self.read_json(SESSION)
    }

    pub(crate) fn save_session(&self, session: &StoredSession) -> Result<()> {
        self.write_json(SESSION, session)
    }

    /// Takes room for the session that will take the place of this one.
    pub(crate) fn take_room_for_session(&self, session: &StoredSession) -> Result<Room> {
        let length = self.json(SESSION, session)?.len();
        Room::take(&self.folder.join(SESSION), length + ROOM_TO_GROW)
    }

    /// Saves a session in that room.
    pub(crate) fn save_session_in(&self, room: Room, session: &StoredSession) -> Result<()> {
        room.write(&self.json(SESSION, session)?)
    }

    pub(crate) fn remove_session(&self) -> Result<()> {
        private_file::remove(&self.folder.join(SESSION))
    }

    /// The last checkpoint of the audit log that was seen.
    pub(crate) fn checkpoint(&self) -> Result<Option<Kept>> {
        self.read_json(CHECKPOINT)
    }

    pub(crate) fn save_checkpoint(&self, kept: &Kept) -> Result<()> {
        self.write_json(CHECKPOINT, kept)
    }

    pub(crate) fn checkpoint_path(&self) -> PathBuf {
        self.folder.join(CHECKPOINT)
    }

    /// What is kept is no checkpoint.
    pub(crate) fn checkpoint_damaged(&self) -> Error {
        self.damaged(CHECKPOINT)
    }

    /// Renames what is kept of the audit log to the first name that is free: `checkpoint.json.1` and so on.
    fn set_checkpoint_aside(&self) -> Result<()> {
        let path = self.checkpoint_path();
        let mut free = (1_u32..).map(|n| self.folder.join(format!("{CHECKPOINT}.{n}")));
        let Some(aside) = free.find(|aside| aside.symlink_metadata().is_err()) else { return Ok(()) };
        match fs::rename(&path, aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(&path, &error)),
            _ => Ok(()),
        }
    }

    /// Waits until no other process changes the session. Blocks the thread.
    pub(crate) fn lock_session(&self) -> Result<FileLock> {
        self.lock("session.lock")
    }

    /// Waits until no other process changes what is kept of the audit log, which takes a moment. Blocks the thread.
    pub(crate) fn lock_checkpoint(&self) -> Result<FileLock> {
        self.lock("checkpoint.lock")
    }

    /// Waits until no other process sends what stands in the outbox. Blocks the thread.
    pub(crate) fn lock_outbox(&self) -> Result<FileLock> {
        self.lock("outbox.lock")
    }

    /// The same without waiting.
    ///
    /// # Errors
    ///
    /// While another process sends.
    pub(crate) fn try_lock_outbox(&self) -> Result<FileLock> {
        let (path, file) = self.lock_file("outbox.lock")?;
        match file.try_lock() {
            Ok(()) => Ok(FileLock(file)),
            Err(TryLockError::WouldBlock) => {
                Err(Error::new(Exit::Conflict, msg!("error-outbox-busy")).next(msg!("next-outbox-busy")))
            }
            Err(TryLockError::Error(error)) => Err(Error::file(&path, &error)),
        }
    }

    /// The next place in the outbox: later than every one that was taken before, on any clock, and in the order of the
    /// clock where that goes forward. Waits for other processes for a moment.
    pub(crate) fn take_place(&self) -> Result<u64> {
        let path = self.folder.join("outbox.place");
        let failed = |error| Error::file(&path, &error);
        let mut lock = self.lock("outbox.place")?;
        let mut last = String::new();
        lock.0.read_to_string(&mut last).map_err(failed)?;
        let now = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or_default();
        let place = now.max(last.trim().parse::<u64>().unwrap_or_default() + 1);
        // As long as ever, so it is written over whole.
        lock.0.rewind().and_then(|()| write!(lock.0, "{place:020}")).map_err(failed)?;
        Ok(place)
    }

    fn lock(&self, name: &str) -> Result<FileLock> {
        let (path, file) = self.lock_file(name)?;
        file.lock().map_err(|error| Error::file(&path, &error))?;
        Ok(FileLock(file))
    }

    fn lock_file(&self, name: &str) -> Result<(PathBuf, File)> {
        let path = self.folder.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| Error::file(&path, &error))?;
        Ok((path, file))
    }

    fn not_enrolled(&self) -> Error {
        Error::new(Exit::LogIn, msg!("error-not-enrolled", profile = self.name))
            .next(msg!("next-not-enrolled"))
    }

    fn read_text(&self, name: &str) -> Result<String> {
        let content = private_file::read(&self.folder.join(name))?.ok_or_else(|| self.not_enrolled())?;
        String::from_utf8(content).map_err(|_| self.damaged(name))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(content) = private_file::read(&self.folder.join(name))?.map(Zeroizing::new) else {
            return Ok(None);
        };
        serde_json::from_slice(&content).map(Some).map_err(|_| self.damaged(name))
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        private_file::write(&self.folder.join(name), &self.json(name, value)?)
    }

    fn json(&self, name: &str, value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>> {
        serde_json::to_vec_pretty(value).map(Zeroizing::new).map_err(|_| self.damaged(name))
    }

    fn damaged(&self, name: &str) -> Error {
        let error =
            Error::new(Exit::LocalFile, msg!("error-file-damaged", path = self.folder.join(name).display()));
        if name == CHECKPOINT {
            return error.next(msg!("next-checkpoint-damaged"));
        }
        error.next(msg!("next-file-damaged"))
    }
}

const KEY: &str = "device.key";
const PENDING_KEY: &str = "device.key.new";
const CERTIFICATE: &str = "device.pem";
const CA: &str = "ca.pem";
const ENROLLMENT: &str = "profile.json";
/// Bytes by which the next session may be longer.
const ROOM_TO_GROW: usize = 512;
const SESSION: &str = "session.json";
const CHECKPOINT: &str = "checkpoint.json";

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> StoredSession {
        StoredSession {
            access_token: "a".into(),
            refresh_token: "r".into(),
            obtained: 1,
            access_expires: 2,
            session_expires: 3,
            totp: false,
        }
    }

    fn credentials() -> Credentials {
        let [key, certificate, ca] = ["key", "certificate", "ca"].map(str::to_owned);
        Credentials { key: Zeroizing::new(key), certificate, ca }
    }

    fn enrollment() -> Enrollment {
        let [server, login_name, device_id] = ["https://localhost:7443", "hanako", ""].map(str::to_owned);
        let [device_name, certificate_expire_time] = ["tablet", ""].map(str::to_owned);
        Enrollment { server, login_name, device_id, device_name, certificate_expire_time, totp: false }
    }

    #[test]
    fn names_that_could_leave_the_folder_are_refused() {
        let home = Home::at(Path::new("/nowhere"));
        for name in ["", "..", ".", "a/b", "a\\b", ".hidden", "a\nb", &"x".repeat(65)] {
            assert!(home.profile(name).is_err(), "{name:?}");
        }
        assert!(home.profile("往診-1").is_ok());
    }

    #[test]
    fn only_finished_enrolments_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        assert!(home.profiles().unwrap().is_empty());
        for name in ["b", "a", "begun"] {
            let profile = home.profile(name).unwrap();
            profile.make_folder().unwrap();
            profile.save_pending_key("key").unwrap();
            if name != "begun" {
                profile.save_enrollment(&credentials(), &enrollment()).unwrap();
                assert!(profile.pending_key().unwrap().is_none());
            }
        }
        let names: Vec<_> = home.profiles().unwrap().iter().map(|p| p.name().to_owned()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_and_every_file_in_it_are_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let profile = Home::at(folder.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        profile.save_pending_key("key").unwrap();
        profile.save_enrollment(&credentials(), &enrollment()).unwrap();
        profile.save_session(&session()).unwrap();
        drop(profile.lock_session().unwrap());
        assert_eq!(fs::metadata(profile.folder()).unwrap().permissions().mode() & 0o777, 0o700);
        for file in fs::read_dir(profile.folder()).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        }
    }

    #[test]
    fn what_was_kept_of_another_servers_log_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let profile = Home::at(folder.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        let enroll = |ca: &str| {
            let credentials = Credentials { ca: ca.to_owned(), ..credentials() };
            profile.save_enrollment(&credentials, &enrollment()).unwrap();
            profile.checkpoint().unwrap().map(|kept| kept.checkpoint)
        };
        let keep = |checkpoint: &str| {
            let kept = Kept { verifying_key: "key".into(), checkpoint: checkpoint.into(), seen: 1 };
            profile.save_checkpoint(&kept).unwrap();
        };
        assert!(enroll("one").is_none());
        keep("of one");
        assert_eq!(enroll("one").as_deref(), Some("of one"), "the same server");
        assert!(enroll("two").is_none());
        keep("of two");
        assert!(enroll("three").is_none());
        assert!(enroll("four").is_none(), "nothing was kept");
        for (name, kept) in [("checkpoint.json.1", "of one"), ("checkpoint.json.2", "of two")] {
            assert!(fs::read_to_string(profile.folder().join(name)).unwrap().contains(kept));
        }
        assert!(!profile.folder().join("checkpoint.json.3").exists());
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        assert!(!format!("{:?}", session()).contains("refresh"));
    }
}
