//! Files: upload and download. Only sealed bytes ever reach the blob store, and only verified bytes leave.

mod accept;
mod attempt;
mod begin;
mod download;
mod examine;
mod open;
mod preview;
mod receive;
mod sealer;
mod stored;
mod sweep;
mod upload;

pub(crate) use self::download::Wanted;
pub(super) use self::open::file_of;
pub(crate) use self::upload::NewAttachment;
