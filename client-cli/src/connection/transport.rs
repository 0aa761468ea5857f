//! One HTTP/2 connection to the server over our own TLS configuration. It is made when it is first
//! needed and made again after it was lost.

use std::{io, sync::Arc, time::Duration};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::{
    error::{Error, Result},
    text::msg,
};

/// Where the server is: host and port, from `https://HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    host: String,
    port: u16,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let bad = || Error::usage(msg!("error-server-url", url = url)).next(msg!("next-server-url"));
        let uri: Uri = url.parse().map_err(|_| bad())?;
        let plain = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        match (uri.scheme_str(), authority, plain) {
            (Some("https"), Some(authority), true) => Ok(Self {
                host: authority.host().trim_matches(['[', ']']).to_owned(),
                port: authority.port_u16().unwrap_or(DEFAULT_PORT),
            }),
            _ => Err(bad()),
        }
    }

    /// The address as a URL, as it is stored and shown.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.authority())
    }

    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A channel that connects by itself.
pub(crate) fn channel(address: &Address, config: ClientConfig) -> Result<Channel> {
    let bad = || Error::usage(msg!("error-server-url", url = address.url())).next(msg!("next-server-url"));
    let name = ServerName::try_from(address.host.clone()).map_err(|_| bad())?;
    // The connector below does TLS itself, so the endpoint dials plain; requests still say https.
    let endpoint = Endpoint::from_shared(format!("http://{}", address.authority())).map_err(|_| bad())?;
    let endpoint = endpoint
        .origin(address.url().parse().map_err(|_| bad())?)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .http2_adaptive_window(true);
    let tls = TlsConnector::from(Arc::new(config));
    let address = address.clone();
    Ok(endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| {
        let (tls, name, address) = (tls.clone(), name.clone(), address.clone());
        async move {
            let connect = async {
                let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
                stream.set_nodelay(true)?;
                tls.connect(name, stream).await
            };
            timeout(CONNECT, connect)
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
                .map(TokioIo::new)
        }
    })))
}

const DEFAULT_PORT: u16 = 7443;
const CONNECT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(
            Address::parse("https://renkei.example:7000").unwrap().url(),
            "https://renkei.example:7000"
        );
        assert_eq!(Address::parse("https://renkei.example/").unwrap().url(), "https://renkei.example:7443");
        assert_eq!(Address::parse("https://[::1]:7000").unwrap().url(), "https://[::1]:7000");
        for bad in
            ["http://renkei.example", "renkei.example:7443", "https://", "https://h/path", "https://u@h", ""]
        {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
