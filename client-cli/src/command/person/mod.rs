//! `renkei person`: people with an account.

mod create;
mod list;
mod reinstate;
mod suspend;

verbs! {
    Create => create,
    List => list,
    Suspend => suspend,
    Reinstate => reinstate,
}
