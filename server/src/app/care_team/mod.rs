//! Care teams: invite, answer, leave, remove, staff, hand over, list.

mod answer_invitation;
mod end_membership;
mod hand_over;
mod invite;
mod list;
mod staff;

pub(crate) use self::answer_invitation::AnswerInvitation;
pub(crate) use self::invite::Invite;
