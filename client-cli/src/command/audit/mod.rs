//! `renkei audit`: who has looked at a record, what was done besides, and whether the log of it is whole.

mod accesses;
mod checkpoint;
mod events;
mod export;
mod list;
mod looks;
mod maintenance;
mod verify;

verbs! {
    Accesses => accesses,
    List => list,
    Events => events,
    Maintenance => maintenance,
    Export => export,
    Verify => verify,
    Checkpoint => checkpoint,
}
