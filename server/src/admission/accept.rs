//! Taking connections from the operating system.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nix::errno::Errno;
use tokio::net::{TcpListener, TcpStream};

/// While file descriptors or memory are lacking, trying again at once would only burn the processor.
const PAUSE: Duration = Duration::from_millis(200);

/// The next connection. Failures are waited out: a client that left, or a lack that may pass.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        let error = match listener.accept().await {
            Ok((stream, address)) => match stream.set_nodelay(true) {
                Ok(()) => return (stream, address),
                Err(error) => error,
            },
            Err(error) => error,
        };
        if is_lack(&error) {
            tracing::error!(%error, "no connection can be taken; trying again");
            tokio::time::sleep(PAUSE).await;
        } else {
            tracing::debug!(%error, "a client left before it was let in");
            tokio::task::yield_now().await;
        }
    }
}

/// Whether the server lacks something, or only the one client is gone.
fn is_lack(error: &io::Error) -> bool {
    let gone = [Errno::ECONNABORTED, Errno::ECONNRESET, Errno::EINTR, Errno::EPROTO, Errno::EINVAL];
    !error.raw_os_error().is_some_and(|code| gone.contains(&Errno::from_raw(code)))
}
