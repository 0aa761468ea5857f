//! `renkei organization`: the region's organisations.

mod create;
mod list;
mod policy;

verbs! {
    Create => create,
    List => list,
    Policy => policy,
}
