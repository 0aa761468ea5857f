//! A second, naive reading of who may see what, to check the access rule of `renkei-domain` against.
//!
//! It is written from the prose of the rule alone, and shares nothing with the rule: no types, no tables, no
//! way of doing it. Everything is text; each kind of content is gone through for itself, and every consent for
//! each. What both say alike about a great many random cases, both have understood alike.

pub mod case;
pub mod generate;
pub mod oracle;
pub mod random;
pub mod run;
pub mod tally;
