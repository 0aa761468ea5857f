//! `renkei care-team`: the organisations around a patient.

mod accept;
mod answer;
mod decline;
mod invitations;
mod invite;
mod list;

verbs! {
    Invite => invite,
    List => list,
    Invitations => invitations,
    Accept => accept,
    Decline => decline,
}
