//! `renkei affiliation`: what people do where.

mod create;
mod end;

verbs! {
    Create => create,
    End => end,
}
