//! `renkei device`: this computer as the second factor, and your other devices.

pub(crate) mod enroll;
mod list;
pub(crate) mod renew;
mod revoke;

verbs! {
    Enroll => enroll,
    List => list,
    Revoke => revoke,
    Renew => renew,
}
