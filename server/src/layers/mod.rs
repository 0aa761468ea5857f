//! What happens to every call before and after the services: tower layers, outermost first.
//!
//! 1. [`request_id`]: the call gets an id, and the answer carries it.
//! 2. [`access_log`]: a span with the id around everything, and one line when the call has ended.
//! 3. [`work`]: the call runs on its own task to its end, whatever the client does, and a call that is no
//!    stream is answered in time.
//! 4. [`load`]: too many calls at once are refused at once.
//!
//! Then come `authn` and the services. A layer here never looks into a message, so nothing of a patient
//! can get into the log by it.

mod access_log;
mod load;
mod methods;
mod request_id;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use access_log::AccessLogLayer;
pub(crate) use load::LoadLayer;
pub(crate) use methods::services;
pub(crate) use request_id::RequestIdLayer;
pub(crate) use work::WorkLayer;

use http::Response;
use renkei_domain::Error;
use tonic::body::Body;

/// The answer to a call that failed before it reached its service.
fn refusal(error: Error) -> Response<Body> {
    crate::grpc::status::to_status(error).into_http()
}
