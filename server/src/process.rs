//! What the operating system is asked for on behalf of the whole process.

use anyhow::Context as _;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::{Mode, umask};

/// Open files beside those of connections: database, attachments, log.
const OTHER_FILES: u64 = 256;

/// No core dumps, which would hold keys; and files are the owner's alone.
pub(crate) fn protect_secrets() -> anyhow::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0).context("core dumps cannot be turned off")?;
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_dumpable(false).context("core dumps cannot be turned off")?;
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    Ok(())
}

/// Raises the number of open files as far as `connections` need it and the system lets us.
pub(crate) fn allow_connections(connections: u32) {
    let needed = u64::from(connections) + OTHER_FILES;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    if soft >= needed {
        return;
    }
    let raised = needed.min(hard);
    if raised < needed || setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_err() {
        tracing::warn!(
            needed,
            allowed = hard,
            "fewer open files are allowed than limits.max_connections needs"
        );
    }
}
