//! `renkei person`: people with an account.

mod create;
mod list;

verbs! {
    Create => create,
    List => list,
}
