//! `renkei access`: who may see what and why, and emergencies.

mod break_glass;
mod explain;
mod list;
mod reach;
mod review;

verbs! {
    Explain => explain,
    List => list,
    BreakGlass => break_glass,
    Review => review,
}
