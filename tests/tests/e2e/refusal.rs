//! What a refusal must be.

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::ERROR_DOMAIN;
use tonic::{Code, Response, Status, Streaming};
use tonic_types::StatusExt as _;

/// The refusal of a call that must not succeed.
pub(crate) fn refused<T>(answer: Result<Response<T>, Status>) -> Result<Status> {
    match answer {
        Ok(_) => bail!("it was not refused"),
        Err(status) => Ok(status),
    }
}

/// The first message of a stream: a refusal may come instead of the stream or on it.
pub(crate) async fn first_of<T>(
    answer: Result<Response<Streaming<T>>, Status>,
) -> Result<Response<T>, Status> {
    let first = answer?.into_inner().message().await?;
    first.map(Response::new).ok_or_else(|| Status::ok("the stream ended without a message"))
}

/// Checks the code and the reason of a refusal.
pub(crate) fn expect(status: &Status, code: Code, reason: &str) -> Result<()> {
    let info = status.get_details_error_info().with_context(|| format!("no ErrorInfo: {status:?}"))?;
    ensure!(
        status.code() == code && info.reason == reason && info.domain == ERROR_DOMAIN,
        "{:?} {} of {}, not {code:?} {reason}: {}",
        status.code(),
        info.reason,
        info.domain,
        status.message()
    );
    Ok(())
}

/// Checks that a call is refused with this code and reason.
pub(crate) fn expect_refused<T>(
    answer: Result<Response<T>, Status>,
    code: Code,
    reason: &str,
) -> Result<Status> {
    let status = refused(answer).with_context(|| format!("wanted {reason}"))?;
    expect(&status, code, reason)?;
    Ok(status)
}

/// Checks that a call is refused as INVALID_ARGUMENT, and that `field` is among the fields it names.
pub(crate) fn expect_invalid<T>(answer: Result<Response<T>, Status>, field: &str) -> Result<()> {
    let status =
        expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID").context(field.to_owned())?;
    let fields = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    let named: Vec<&str> = fields.iter().map(|violation| violation.field.as_str()).collect();
    ensure!(named.iter().any(|name| name.starts_with(field)), "{field} is not named, but {named:?}");
    Ok(())
}

/// Everything of a refusal that a caller could compare: all but the id of the request and the clock.
pub(crate) fn visible(status: &Status) -> String {
    let mut metadata = status.metadata().clone();
    metadata.remove("x-request-id");
    metadata.remove("date");
    let details = status.details();
    format!("{:?} {:?} {details:?} {:?}", status.code(), status.message(), metadata.into_headers())
}
