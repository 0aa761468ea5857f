//! `renkei audit`: who has looked at a record.

mod list;

verbs! {
    List => list,
}
