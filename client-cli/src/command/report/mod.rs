//! `renkei report`: whether it helps, in numbers.

mod usage;

verbs! {
    Usage => usage,
}
