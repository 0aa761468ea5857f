//! `renkei provision`: the record of provision to third parties (第三者提供の記録).

mod document;
mod list;
pub(crate) mod rows;

verbs! {
    List => list,
}
