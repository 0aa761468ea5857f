//! Previews of files, made in a child process: decoders meet hostile files there, with nothing to take and little to
//! use up.
//!
//! The child is this program once more, as `renkei-server preview`. It gets the content through a pipe and gives the
//! picture back through another; it has no environment, and before it reads the first byte it limits its own memory
//! and time and gives up opening files and sockets. It runs as the server's user: what it is kept from is what needs
//! a descriptor, not signals to its own kind. Whatever goes wrong with it, there is no preview, and nothing else happens.

use std::fmt::Display;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use nix::sys::resource::{Resource, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Semaphore;

/// Children at once: each may fill a processor and [`MEMORY`].
static TURNS: Semaphore = Semaphore::const_new(1);

/// The child's address space, in bytes: the allocator reserves 1 GiB at the start, used or not, and the rest is for
/// the file and what decoding it takes.
const MEMORY: u64 = 2 * 1024 * 1024 * 1024;
/// The child's time on a processor, in seconds.
const PROCESSOR: u64 = 10;
/// Files that the child may open: none. Its pipes are open already.
const FILES: u64 = 0;
/// How long the child may take altogether, once it is its turn.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest preview, in bytes: one of 512 × 512 pixels is far below it.
const LONGEST: u64 = 1024 * 1024;

/// What the child does: gives up what it does not need, then turns stdin into a preview on stdout.
pub(crate) fn child() -> anyhow::Result<()> {
    for (resource, limit) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CPU, PROCESSOR),
        (Resource::RLIMIT_NOFILE, FILES),
        (Resource::RLIMIT_FSIZE, 0),
    ] {
        setrlimit(resource, limit, limit).with_context(|| format!("{resource:?} cannot be limited"))?;
    }
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_no_new_privs().context("further privileges cannot be renounced")?;
    renkei_content::preview_main(std::io::stdin().lock(), std::io::stdout().lock()).context("the pipes")
}

/// A JPEG of at most 512 × 512 pixels of a file of this type; nothing if there is none for whatever reason. Waits
/// for its turn first. `content` is asked for bytes only as fast as the child takes them.
pub(crate) async fn render<E: Display>(
    content_type: &str,
    content: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Option<Vec<u8>> {
    // The file that runs, even if another version was put into its place meanwhile.
    #[cfg(target_os = "linux")]
    let program = Path::new("/proc/self/exe");
    #[cfg(not(target_os = "linux"))]
    let program = &std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    command.arg("preview");
    render_by(command, content_type, content, PATIENCE).await
}

async fn render_by<E: Display>(
    mut command: Command,
    content_type: &str,
    content: impl Stream<Item = Result<Bytes, E>> + Send,
    patience: Duration,
) -> Option<Vec<u8>> {
    let _turn = TURNS.acquire().await.ok()?;
    command.env_clear().current_dir("/").kill_on_drop(true);
    // What a decoder says in its last words may be of the patient.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let result = match command.spawn() {
        Ok(child) => tokio::time::timeout(patience, converse(child, content_type, content)).await,
        Err(error) => Ok(Err(anyhow::Error::new(error).context("it cannot be started"))),
    };
    match result {
        Ok(Ok(preview)) => preview,
        Ok(Err(error)) => {
            tracing::warn!(content_type, cause = format!("{error:#}"), "a preview was not made");
            None
        }
        Err(_) => {
            tracing::warn!(content_type, "a preview was not made in time");
            None
        }
    }
}

/// Gives the file to the child and takes what comes back.
async fn converse<E: Display>(
    mut child: Child,
    content_type: &str,
    content: impl Stream<Item = Result<Bytes, E>> + Send,
) -> anyhow::Result<Option<Vec<u8>>> {
    let stdin = child.stdin.take().context("it has no stdin")?;
    let stdout = child.stdout.take().context("it has no stdout")?;
    let read = async {
        let mut preview = Vec::new();
        stdout.take(LONGEST + 1).read_to_end(&mut preview).await.context("it cannot be read from")?;
        anyhow::ensure!(preview.len() as u64 <= LONGEST, "it gave more than a preview");
        Ok(preview)
    };
    let ((), preview) = tokio::try_join!(feed(stdin, content_type, content), read)?;
    let status = child.wait().await.context("its end cannot be waited for")?;
    anyhow::ensure!(status.success(), "it ended with {status}");
    anyhow::ensure!(preview.is_empty() || preview.starts_with(b"\xFF\xD8\xFF"), "it gave something else");
    Ok(Some(preview).filter(|preview| !preview.is_empty()))
}

/// # Errors
/// When the content cannot be read. A child that takes no more of it is none: how it ends tells.
async fn feed<E: Display>(
    mut stdin: ChildStdin,
    content_type: &str,
    content: impl Stream<Item = Result<Bytes, E>> + Send,
) -> anyhow::Result<()> {
    let mut content = std::pin::pin!(content);
    if stdin.write_all(format!("{content_type}\n").as_bytes()).await.is_err() {
        return Ok(());
    }
    while let Some(bytes) = content.next().await {
        let bytes = bytes.map_err(|error| anyhow::anyhow!("the content cannot be read: {error}"))?;
        if stdin.write_all(&bytes).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    /// What a shell makes of the file.
    async fn by_shell(script: &str, patience: Duration) -> Option<Vec<u8>> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let pieces =
            stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"con")), Ok(Bytes::from_static(b"tent"))]);
        render_by(command, "image/png", pieces, patience).await
    }

    #[tokio::test]
    async fn the_child_gets_the_type_and_the_content_and_nothing_else() {
        let echo =
            "/usr/bin/printf '\\377\\330\\377'; /usr/bin/env | /bin/grep -v ^PWD=; /bin/pwd; exec /bin/cat";
        let got = by_shell(echo, PATIENCE).await.expect("what looks like a preview");
        let got = String::from_utf8_lossy(&got[3..]);
        // The shell sets some of its own.
        let told: Vec<_> =
            got.lines().filter(|line| !line.starts_with("_=") && !line.starts_with("SHLVL=")).collect();
        assert_eq!(told, ["/", "image/png", "content"]);
    }

    #[tokio::test]
    async fn what_is_odd_is_no_preview() {
        for script in [
            "cat > /dev/null",
            "cat > /dev/null; printf 'no picture'",
            "printf '\\377\\330\\377'; exit 1",
            "printf '\\377\\330\\377'; kill -9 $$",
            "printf '\\377\\330\\377'; cat /dev/zero",
            "exec sleep 60",
        ] {
            let patience = if script.contains("60") { Duration::from_millis(50) } else { PATIENCE };
            assert_eq!(by_shell(script, patience).await, None, "{script}");
        }
        let missing = Command::new("/nonexistent/program");
        let nothing = stream::empty::<Result<Bytes, Infallible>>();
        assert_eq!(render_by(missing, "image/png", nothing, PATIENCE).await, None);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_has_no_preview() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "printf '\\377\\330\\377'; cat > /dev/null"]);
        let broken = stream::iter([Ok(Bytes::from_static(b"x")), Err("damaged")]);
        assert_eq!(render_by(command, "image/png", broken, PATIENCE).await, None);
    }
}
