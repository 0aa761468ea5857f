//! `renkei service`: programs of an organisation that act for people who allow it.

mod allow;
mod allowed;
mod code;
mod create;
mod disallow;
mod end;
mod enroll;
mod list;

verbs! {
    Create => create,
    List => list,
    Code => code,
    End => end,
    Allow => allow,
    Disallow => disallow,
    Allowed => allowed,
    Enroll => enroll,
}
