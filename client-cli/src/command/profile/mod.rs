//! `renkei profile`: the profiles on this computer.

mod list;

verbs! {
    List => list,
}
