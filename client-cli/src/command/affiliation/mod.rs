//! `renkei affiliation`: what people do where.

mod create;

verbs! {
    Create => create,
}
