//! Who is calling: one tower layer that turns the certificate of the handshake and the access token into
//! a [`Caller`], as far as [`policy`] says that the method needs it. What is not in the policy is refused.

mod policy;

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Request, Response, header};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use tonic::body::Body;
use tower::{Layer, Service};

use self::policy::Requirement;
use crate::admission::Peer;
use crate::app::App;
use crate::certs::certificate_sha256;
use crate::grpc::status;

/// Puts [`AuthnService`] before the services.
#[derive(Clone)]
pub(crate) struct AuthnLayer {
    app: Arc<App>,
}

impl AuthnLayer {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

impl<S> Layer<S> for AuthnLayer {
    type Service = AuthnService<S>;
    fn layer(&self, inner: S) -> Self::Service {
        AuthnService { app: Arc::clone(&self.app), inner }
    }
}

/// Lets a call pass with who is calling in its extensions, or answers it.
#[derive(Clone)]
pub(crate) struct AuthnService<S> {
    app: Arc<App>,
    inner: S,
}

impl<S> Service<Request<Body>> for AuthnService<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let app = Arc::clone(&self.app);
        // the clone that was polled ready is the one to call
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            match identify(&app, &mut request).await {
                Ok(()) => inner.call(request).await,
                Err(error) => Ok(status::to_status(error).into_http()),
            }
        })
    }
}

async fn identify(app: &App, request: &mut Request<Body>) -> Result<()> {
    let requirement = policy::requirement(request.uri().path());
    if requirement == Some(Requirement::Anyone) {
        return Ok(());
    }
    let certificate = request.extensions().get::<Peer>().and_then(|peer| peer.certificate.as_ref());
    let hash =
        certificate.map(|der| certificate_sha256(der)).ok_or_else(|| Error::new(Reason::DeviceRequired))?;
    if requirement == Some(Requirement::Device) {
        let device = app.presented_device(hash).await?;
        request.extensions_mut().insert(device);
        return Ok(());
    }
    let token = bearer(request).map(str::to_owned);
    let caller: Caller = app.caller(token.as_deref(), hash).await?;
    if requirement != Some(Requirement::Session) {
        // not in the policy: nobody's
        return Err(Error::new(Reason::RoleNotAllowed));
    }
    request.extensions_mut().insert(Arc::new(caller));
    Ok(())
}

fn bearer(request: &Request<Body>) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
