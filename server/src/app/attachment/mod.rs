//! Files: upload and download. Only sealed bytes ever reach the blob store, and only verified bytes leave.

mod download;
mod upload;

pub(crate) use self::upload::NewAttachment;
