//! Who gets in: from an address that knocks to a connection with TLS and a known peer.
//!
//! Everything here happens before anybody has said who they are, so all of it is bounded: connections
//! altogether and per address, and the time of a handshake. Nothing here can end the server: not a client,
//! and not a lack of file descriptors.

mod accept;
mod gate;

pub(crate) use accept::accept;
pub(crate) use gate::{Gate, Pass};

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::tls::{ALPN, Tls};

/// The other end of a connection; an extension of each of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Where it comes from.
    pub(crate) address: SocketAddr,
    /// Its certificate, signed by the region's CA and in date when the connection was made.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

impl Peer {
    /// Where it comes from, as far as it cannot choose: whoever has an IPv6 network has all addresses in it.
    pub(crate) fn network(&self) -> IpAddr {
        gate::counted_as(self.address.ip())
    }
}

/// Makes the TLS connection. [`None`] if the client is too slow, speaks something else than HTTP/2 over
/// TLS 1.3, or shows a certificate that is not the region's; the reason is in the log.
pub(crate) async fn shake_hands(
    stream: TcpStream,
    address: SocketAddr,
    tls: &Tls,
    limit: Duration,
) -> Option<(TlsStream<TcpStream>, Peer)> {
    let handshake = TlsAcceptor::from(tls.config()).accept(stream);
    let stream = match tokio::time::timeout(limit, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            return None;
        }
        Err(_) => {
            tracing::debug!("TLS handshake took too long");
            return None;
        }
    };
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(ALPN) {
        tracing::debug!("the client does not speak HTTP/2");
        return None;
    }
    let certificate =
        session.peer_certificates().and_then(|chain| chain.first()).map(|leaf| leaf.clone().into_owned());
    Some((stream, Peer { address, certificate }))
}
