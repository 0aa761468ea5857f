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
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use self::policy::Requirement;
use crate::admission::Peer;
use crate::app::App;
use crate::app::session::Presented;
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
            let presented = match identify(&app, &mut request).await {
                Ok(presented) => presented,
                Err(error) => return Ok(status::to_status(error).into_http()),
            };
            let response = inner.call(request).await?;
            if let Some(Remembered { token, certificate_hash }) = presented
                && response.headers().contains_key(Status::GRPC_STATUS)
                && let Err(error) = app.caller(Some(&token), certificate_hash).await
            {
                // whoever has no session any longer is told that, whatever else was wrong
                return Ok(status::to_status(error).into_http());
            }
            Ok(response)
        })
    }
}

/// What a caller was remembered by.
struct Remembered {
    token: String,
    certificate_hash: Option<[u8; 32]>,
}

/// Puts who is calling into the request's extensions. Returns what it was remembered by, if it was.
async fn identify(app: &App, request: &mut Request<Body>) -> Result<Option<Remembered>> {
    let path = request.uri().path().to_owned();
    let requirement = policy::requirement(&path);
    if requirement == Some(Requirement::Anyone) {
        return Ok(None);
    }
    let certificate = request.extensions().get::<Peer>().and_then(|peer| peer.certificate.as_ref());
    let certificate_hash = certificate.map(|der| certificate_sha256(der));
    if let Some(holder @ (Requirement::Device | Requirement::Service | Requirement::DeviceOrService)) =
        requirement
    {
        let shown = certificate_hash.ok_or_else(|| Error::new(Reason::DeviceRequired))?;
        let shown = app.presented(shown).await?;
        let extensions = request.extensions_mut();
        match (holder, shown) {
            (Requirement::DeviceOrService, shown) => drop(extensions.insert(shown)),
            (Requirement::Service, Presented::Service(shown)) => drop(extensions.insert(shown)),
            (Requirement::Service, Presented::Device(_)) => return Err(Error::new(Reason::DeviceRequired)),
            (_, Presented::Device(shown)) => drop(extensions.insert(shown)),
            (_, Presented::Service(_)) => return Err(Error::new(Reason::ServiceMethodNotAllowed)),
        }
        return Ok(None);
    }
    if requirement == Some(Requirement::Holder) {
        if let Some(shown) = app.presented_if_any(certificate_hash).await? {
            request.extensions_mut().insert(shown);
        }
        return Ok(None);
    }
    let token = bearer(request).map(str::to_owned);
    if requirement == Some(Requirement::Recorded)
        && let Some(token) = &token
        && let Some(caller) = app.remembered_caller(token, certificate_hash)
    {
        admit_service(app, &path, &caller).await?;
        request.extensions_mut().insert::<Arc<Caller>>(caller);
        return Ok(Some(Remembered { token: token.clone(), certificate_hash }));
    }
    let caller: Arc<Caller> = app.caller(token.as_deref(), certificate_hash).await?;
    admit_service(app, &path, &caller).await?;
    if !matches!(requirement, Some(Requirement::Session | Requirement::Recorded)) {
        // not in the policy: nobody's
        return Err(Error::new(Reason::RoleNotAllowed));
    }
    request.extensions_mut().insert(caller);
    Ok(None)
}

/// Counts the call if a service account acts for the person, and refuses what no service account may call.
async fn admit_service(app: &App, path: &str, caller: &Caller) -> Result<()> {
    let Some(service) = &caller.service else { return Ok(()) };
    app.take_call(service)?;
    if policy::is_for_services(path) { Ok(()) } else { Err(app.refuse_service(caller).await) }
}

fn bearer(request: &Request<Body>) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
