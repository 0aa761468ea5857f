//! `renkei organization`: the region's organisations.

mod create;
mod list;

verbs! {
    Create => create,
    List => list,
}
