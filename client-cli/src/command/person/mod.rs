//! `renkei person`: people with an account.

mod create;
mod list;
mod offboard;
mod reinstate;
mod reset_password;
mod suspend;

verbs! {
    Create => create,
    List => list,
    Offboard => offboard,
    Suspend => suspend,
    Reinstate => reinstate,
    ResetPassword => reset_password,
}
