//! `renkei patient`: patients.

mod list;
mod register;
mod show;
mod summary;

verbs! {
    Register => register,
    List => list,
    Show => show,
    Summary => summary,
}
