//! `renkei observation`: measurements of a patient over time.

mod list;

verbs! {
    List => list,
}
