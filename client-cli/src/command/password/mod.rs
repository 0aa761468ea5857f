//! `renkei password`: your own password.

mod change;
mod set;

verbs! {
    Change => change,
    Set => set,
}
