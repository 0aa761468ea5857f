//! `renkei patient`: patients.

mod list;
mod register;
mod show;

verbs! {
    Register => register,
    List => list,
    Show => show,
}
