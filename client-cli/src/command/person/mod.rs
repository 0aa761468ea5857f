//! `renkei person`: people with an account.

mod create;
mod list;
mod offboard;
mod reinstate;
mod suspend;

verbs! {
    Create => create,
    List => list,
    Offboard => offboard,
    Suspend => suspend,
    Reinstate => reinstate,
}
