//! `renkei audit`: who has looked at a record, what was done besides, and whether the log of it is whole.

mod checkpoint;
mod events;
mod list;
mod verify;

verbs! {
    List => list,
    Events => events,
    Verify => verify,
    Checkpoint => checkpoint,
}
