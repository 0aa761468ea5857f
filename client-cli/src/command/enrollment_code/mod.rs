//! `renkei enrollment-code`: one-time codes for devices.

mod create;

verbs! {
    Create => create,
}
