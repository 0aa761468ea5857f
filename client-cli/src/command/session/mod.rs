//! `renkei session`: your own sessions.

mod end;
mod list;

verbs! {
    List => list,
    End => end,
}
