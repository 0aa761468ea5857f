//! The way into the services that the server has, without the network: a request goes in as bytes under its path,
//! with whoever calls, and what would go over the wire comes out.

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes};
use futures::stream;
use http::uri::PathAndQuery;
use prost::Message;
use renkei_domain::Reason;
use renkei_domain::identity::Caller;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::service::Routes;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::admission::Peer;
use crate::app::App;
use crate::grpc;

/// A refusal as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) details: Bytes,
    pub(super) reason: Reason,
}

/// All services.
pub(super) struct Line {
    routes: Routes,
}

impl Line {
    pub(super) fn new(app: &Arc<App>) -> Self {
        Self { routes: grpc::routes(Arc::clone(app)).prepare() }
    }

    /// The first frame of the answer to `caller`, of a stream too; or the refusal that came instead.
    pub(super) async fn call(
        &self,
        caller: &Arc<Caller>,
        rpc: &str,
        frames: Vec<Bytes>,
    ) -> Result<Bytes, Refusal> {
        let path = PathAndQuery::try_from(format!("/renkei.v1.{rpc}")).unwrap();
        let mut request = Request::new(stream::iter(frames));
        request.extensions_mut().insert(Arc::clone(caller));
        request.extensions_mut().insert(Peer { address: ([127, 0, 0, 1], 1).into(), certificate: None });
        let answer =
            Grpc::new(self.routes.clone()).streaming(request, path, Frames).await.map_err(refusal)?;
        let first = answer.into_inner().message().await.map_err(refusal)?;
        Ok(first.expect("an answer"))
    }

    /// The answer to a call that must be done.
    pub(super) async fn done<M: Message + Default>(
        &self,
        caller: &Arc<Caller>,
        rpc: &str,
        request: &impl Message,
    ) -> M {
        let answer = self.call(caller, rpc, vec![request.encode_to_vec().into()]).await;
        M::decode(answer.unwrap_or_else(|refusal| panic!("{rpc}: {refusal:?}"))).unwrap()
    }
}

fn refusal(status: Status) -> Refusal {
    let reason = status.get_details_error_info().and_then(|info| info.reason.parse().ok());
    Refusal {
        code: status.code(),
        message: status.message().to_owned(),
        details: Bytes::copy_from_slice(status.details()),
        reason: reason.unwrap_or_else(|| panic!("a refusal without a reason: {status:?}")),
    }
}

/// Passes frames through as they are.
struct Frames;

impl Codec for Frames {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Frames {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, frame: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(frame);
        Ok(())
    }
}

impl Decoder for Frames {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
