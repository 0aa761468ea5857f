//! A process, and a way to the server that is cut after a random number of bytes.

use std::{
    net::SocketAddr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use renkei_proto::v1::attachment_service_server::AttachmentServiceServer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Endpoint;

use super::fake::Fake;
use crate::{
    connection::Connection,
    profile::{Home, Profile, StoredSession},
    text::{Language, Texts},
    transfer::progress::Progress,
};

/// The server, and a profile that is logged in.
pub(super) struct World {
    pub(super) fake: Fake,
    pub(super) folder: tempfile::TempDir,
    profile: Profile,
    address: SocketAddr,
    /// Connections that were cut.
    pub(super) cuts: Arc<AtomicUsize>,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let profile = Home::at(folder.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let session = StoredSession {
            access_token: "access".into(),
            refresh_token: "refresh".into(),
            obtained: now,
            access_expires: now + 3600,
            session_expires: now + 3600,
            totp: false,
        };
        profile.save_session(&session).unwrap();
        let fake = Fake::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = AttachmentServiceServer::new(fake.clone());
        let server = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { fake, folder, profile, address, cuts: Arc::default() }
    }

    /// A process whose connections hold.
    pub(super) fn process(&self) -> Connection {
        self.over(self.address)
    }

    /// A process whose every connection is cut after so many bytes in either direction.
    pub(super) async fn unlucky_process(&self, seed: u64, bytes: Range<u64>) -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (here, server, cuts) = (listener.local_addr().unwrap(), self.address, self.cuts.clone());
        let mut random = Random(seed);
        tokio::spawn(async move {
            for number in 1.. {
                let (client, _) = listener.accept().await.unwrap();
                let (limit, cuts, at_once) = (random.within(&bytes), cuts.clone(), number % 3 == 0);
                tokio::spawn(async move {
                    let (read, mut write) = client.into_split();
                    let (server_read, mut server_write) =
                        TcpStream::connect(server).await.unwrap().into_split();
                    // Whichever way has carried so much ends both.
                    let (mut there, mut back) = (read.take(limit), server_read.take(limit));
                    let carried = tokio::select! {
                        carried = copy(&mut there, &mut server_write) => carried,
                        carried = copy(&mut back, &mut write) => carried,
                    };
                    drop((there, write));
                    cuts.fetch_add(usize::from(carried.is_ok_and(|bytes| bytes == limit)), Ordering::SeqCst);
                    // Most servers learn late that a client is gone; some at once, and may lose what they
                    // have not read.
                    if !at_once {
                        std::future::pending::<()>().await;
                    }
                    let _ = server_write.shutdown().await;
                });
            }
        });
        self.over(here)
    }

    fn over(&self, address: SocketAddr) -> Connection {
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Connection::over(&self.profile, channel)
    }
}

/// Files of tests are too small to be told of; on a terminal their lines come and go.
pub(super) fn progress() -> Progress {
    Progress::new(&Texts::new(Language::English))
}

/// SplitMix64: the same numbers for the same seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn within(&mut self, range: &Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub(super) fn content(&mut self, length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(length).collect()
    }
}
