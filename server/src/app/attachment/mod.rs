//! Files: upload and download. Only sealed bytes ever reach the blob store, and only verified bytes leave.

mod attempt;
mod download;
mod sealer;
mod upload;

pub(crate) use self::upload::NewAttachment;
