//! A real S3-compatible server on a loopback port, for tests of whatever stores its files in one.
//!
//! It checks signatures (SigV4) and keeps objects as files of a folder that is removed with it, so that a test
//! can look at them and damage them. It depends on none of the project's crates.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, anyhow};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// The one bucket.
pub const BUCKET: &str = "renkei-test";
/// The one account.
pub const ACCESS_KEY_ID: &str = "AKIATESTONLY";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "for-tests-only-0123456789";

/// A server at work. It stops, and its folder goes, with this value.
pub struct Server {
    address: SocketAddr,
    folder: TempDir,
    /// Dropped to stop the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server with an empty bucket.
    ///
    /// # Errors
    /// If there is no port or no folder for it.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join(BUCKET))?;
        let files = FileSystem::new(folder.path()).map_err(|error| anyhow!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("s3".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    // the sender is dropped
                    _ = stopped => {}
                    error = serve(listener, service) => panic!("the S3 server has ended: {error:?}"),
                }
            });
        })?;
        Ok(Self { address, folder, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bucket's objects, as files.
    pub fn objects(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut waiting = vec![self.folder.path().join(BUCKET)];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    waiting.push(entry.path());
                } else if !entry.file_name().to_string_lossy().starts_with('.') {
                    found.push(entry.path());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The section of `server.toml` that makes a Renkei server keep its attachments here. `secret_file` is
    /// written, for its owner only.
    ///
    /// # Errors
    /// If the file can not be written.
    pub fn settings(&self, secret_file: &Path) -> Result<String> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(secret_file)?;
        std::io::Write::write_all(&mut file, SECRET_ACCESS_KEY.as_bytes())?;
        let secret_file = secret_file.to_str().context("a path in UTF-8")?;
        Ok(format!(
            "[s3]\nendpoint = \"{}\"\nallow_http = true\nbucket = \"{BUCKET}\"\nprefix = \"sealed\"\n\
             access_key_id = \"{ACCESS_KEY_ID}\"\nsecret_access_key_file = \"{secret_file}\"\n",
            self.endpoint()
        ))
    }

    /// Stops it for good: from now on nobody answers at the endpoint.
    pub fn stop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(listener: TcpListener, service: S3Service) -> std::io::Error {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
                // a client that goes away is none of the server's troubles
                tokio::spawn(async move { drop(connection.await) });
            }
            Err(error) => return error,
        }
    }
}
