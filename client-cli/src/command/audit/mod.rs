//! `renkei audit`: who has looked at a record, and whether the log of it is whole.

mod checkpoint;
mod list;
mod verify;

verbs! {
    List => list,
    Verify => verify,
    Checkpoint => checkpoint,
}
