use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::sync::{Notify, oneshot};
use tokio_util::task::TaskTracker;
use tonic::{Code, Status, body::Body};
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _, service_fn};
use tracing_subscriber::fmt::MakeWriter;

use super::*;

const UNARY: &str = "/renkei.v1.TimelineService/PostEntry";
const STREAM: &str = "/renkei.v1.TimelineService/Watch";
const UPLOAD: &str = "/renkei.v1.AttachmentService/UploadAttachment";
const LIMIT: Duration = Duration::from_secs(30);

fn request(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

fn ok() -> Response<Body> {
    Status::ok("").into_http()
}

fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

fn work() -> WorkLayer {
    WorkLayer::new(LIMIT, TaskTracker::new())
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_is_answered_in_time_and_its_work_still_ends() {
    let (done, ended) = oneshot::channel();
    let done = Arc::new(Mutex::new(Some(done)));
    let service = work().layer(service_fn(move |_: Request<Body>| {
        let done = done.lock().unwrap().take().unwrap();
        async move {
            tokio::time::sleep(LIMIT * 2).await;
            done.send(()).unwrap();
            Ok(ok())
        }
    }));
    let begun = tokio::time::Instant::now();
    let response = service.oneshot(request(UNARY)).await.unwrap();
    assert_eq!(code(response.headers()), Some(Code::DeadlineExceeded));
    assert_eq!(begun.elapsed(), LIMIT);
    ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_no_deadline() {
    let service = work().layer(service_fn(|_: Request<Body>| async {
        tokio::time::sleep(LIMIT * 2).await;
        Ok(ok())
    }));
    let response = service.oneshot(request(STREAM)).await.unwrap();
    assert_eq!(code(response.headers()), Some(Code::Ok));
}

#[tokio::test]
async fn the_work_ends_although_the_client_has_gone() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (done, ended) = oneshot::channel();
    let done = Arc::new(Mutex::new(Some(done)));
    let service = work().layer(service_fn({
        let (begun, go) = (begun.clone(), go.clone());
        move |_: Request<Body>| {
            let (begun, go, done) = (begun.clone(), go.clone(), done.lock().unwrap().take().unwrap());
            async move {
                begun.notify_one();
                go.notified().await;
                done.send(()).unwrap();
                Ok(ok())
            }
        }
    }));
    let call = tokio::spawn(service.oneshot(request(UNARY)));
    begun.notified().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    go.notify_one();
    ended.await.unwrap();
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let service = work().layer(service_fn(|request: Request<Body>| async move {
        assert!(request.uri().path().is_empty(), "a panic in the work");
        Ok(ok())
    }));
    let response = service.oneshot(request(UNARY)).await.unwrap();
    assert_eq!(code(response.headers()), Some(Code::Internal));
}

type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Status>> + Send>>;

/// What the work of `path` gets from a request made of `frames`: so many of them, and then this.
async fn received(path: &str, frames: Frames) -> (usize, Option<Code>) {
    let (told, seen) = oneshot::channel();
    let told = Arc::new(Mutex::new(Some(told)));
    let service = work().layer(service_fn(move |request: Request<Body>| {
        let told = told.lock().unwrap().take().unwrap();
        async move {
            let (mut body, mut count) = (request.into_body(), 0);
            let end = loop {
                match body.frame().await {
                    Some(Ok(_)) => count += 1,
                    end => break end.map(|end| end.unwrap_err().code()),
                }
            };
            told.send((count, end)).unwrap();
            Ok(ok())
        }
    }));
    let request = Request::builder().uri(path).body(Body::new(StreamBody::new(frames))).unwrap();
    service.oneshot(request).await.unwrap();
    seen.await.unwrap()
}

/// A frame every 20 seconds, and after `count` none any more.
fn slowly(count: usize) -> Frames {
    let frames = futures::stream::iter(0..count).then(|_| async {
        tokio::time::sleep(LIMIT * 2 / 3).await;
        Ok(Frame::data(Bytes::from_static(b"frame")))
    });
    Box::pin(frames.chain(futures::stream::pending()))
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_does_not_keep_its_work() {
    assert_eq!(received(UNARY, slowly(9)).await, (1, Some(Code::DeadlineExceeded)));
}

#[tokio::test(start_paused = true)]
async fn a_streaming_request_may_be_long_but_not_stall() {
    assert_eq!(received(UPLOAD, slowly(9)).await, (9, Some(Code::DeadlineExceeded)));
}

#[tokio::test]
async fn too_many_calls_are_refused_and_health_is_not() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let service = LoadLayer::new(1).layer(service_fn({
        let (begun, go) = (begun.clone(), go.clone());
        move |request: Request<Body>| {
            let (begun, go) = (begun.clone(), go.clone());
            async move {
                if request.uri().path() == UNARY {
                    begun.notify_one();
                    go.notified().await;
                }
                Ok(ok())
            }
        }
    }));
    let first = tokio::spawn(service.clone().oneshot(request(UNARY)));
    begun.notified().await;
    let second = service.clone().oneshot(request(UNARY)).await.unwrap();
    assert_eq!(code(second.headers()), Some(Code::ResourceExhausted));
    let health = service.clone().oneshot(request("/grpc.health.v1.Health/Check")).await.unwrap();
    assert_eq!(code(health.headers()), Some(Code::Ok));
    go.notify_one();
    assert_eq!(code(first.await.unwrap().unwrap().headers()), Some(Code::Ok));
    let third = service.oneshot(request(STREAM)).await.unwrap();
    assert_eq!(code(third.headers()), Some(Code::Ok));
}

#[tokio::test]
async fn the_server_makes_the_request_id() {
    let mut service = RequestIdLayer.layer(service_fn(|request: Request<Body>| async move {
        let seen = request.extensions().get::<super::request_id::RequestId>().unwrap().0;
        assert!(!request.headers().contains_key("x-request-id"));
        let mut response = ok();
        response.headers_mut().insert("x-seen", seen.to_string().parse().unwrap());
        Ok::<_, std::convert::Infallible>(response)
    }));
    let mut forged = request(UNARY);
    forged.headers_mut().insert("x-request-id", "forged".parse().unwrap());
    let response = service.ready().await.unwrap().call(forged).await.unwrap();
    assert_eq!(response.headers()["x-request-id"], response.headers()["x-seen"]);
    let other = service.ready().await.unwrap().call(request(UNARY)).await.unwrap();
    assert_ne!(response.headers()["x-request-id"], other.headers()["x-request-id"]);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn lines(&self) -> Vec<serde_json::Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test]
async fn every_call_has_one_line_without_anything_of_the_clients() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let service = ServiceBuilder::new().layer(RequestIdLayer).layer(AccessLogLayer).layer(work()).service(
        service_fn(|request: Request<Body>| async move {
            Ok(match request.uri().path() {
                STREAM => {
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", "5".parse().unwrap());
                    let end = std::future::ready(Some(Ok(trailers)));
                    Response::new(Body::new(http_body_util::Empty::new().with_trailers(end)))
                }
                _ => ok(),
            })
        }),
    );
    for path in [UNARY, STREAM, "/canary.Service/Canary?canary"] {
        let mut request = request(path);
        request.headers_mut().insert("authorization", "Bearer canary".parse().unwrap());
        let response = service.clone().oneshot(request).await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        response.into_body().collect().await.unwrap();
        assert_eq!(log.lines().last().unwrap()["request_id"], id);
    }
    let told: Vec<_> = log
        .lines()
        .iter()
        .map(|line| {
            assert!(line["duration_ms"].is_u64());
            (line["method"].as_str().unwrap().to_owned(), line["code"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [(UNARY, "OK"), (STREAM, "NOT_FOUND"), ("unknown", "OK")];
    assert_eq!(told, expected.map(|(method, code)| (method.to_owned(), code.to_owned())));
    assert!(!String::from_utf8(log.0.lock().unwrap().clone()).unwrap().contains("anary"));
}

#[tokio::test]
async fn a_stream_that_the_client_drops_has_its_line() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let service = AccessLogLayer.layer(service_fn(|_: Request<Body>| async {
        let silent = futures::stream::pending::<Result<Frame<Bytes>, Status>>();
        Ok::<_, std::convert::Infallible>(Response::new(Body::new(StreamBody::new(silent))))
    }));
    drop(service.oneshot(request(STREAM)).await.unwrap());
    assert_eq!(log.lines()[0]["code"], "CANCELLED");
}
