//! Care teams: invite, answer, list.

mod answer_invitation;
mod invite;
mod list;

pub(crate) use self::invite::Invite;
