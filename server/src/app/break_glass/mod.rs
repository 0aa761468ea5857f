//! Emergency access (緊急アクセス, R12): open, list, review. What it lifts is the access rule's to say.

mod begin;
mod list;
mod review;

pub(crate) use self::begin::BreakGlassCommand;
pub(crate) use self::review::ReviewBreakGlass;
