//! `renkei care-team`: the organisations and persons around a patient.

mod accept;
mod answer;
mod decline;
mod hand_over;
mod invitations;
mod invite;
mod leave;
mod list;
pub(super) mod member;
mod remove;
mod staff;
mod take_over;

verbs! {
    Invite => invite,
    List => list,
    Invitations => invitations,
    Accept => accept,
    Decline => decline,
    Leave => leave,
    Remove => remove,
    Staff => staff,
    HandOver => hand_over,
    TakeOver => take_over,
}
