//! The harness of the end-to-end tests: the real server process, the real CLI, an invented region.
//!
//! It stands in a library because `cargo xtask demo` plays the same [`day`] as the tests, and because it
//! must not know more of the project than a stranger does: it starts programs, reads what they print,
//! and looks into folders. It depends on none of the project's crates. Nothing here sleeps to wait for
//! something: it waits for the thing, with a limit ([`wait`]).

pub mod binary;
pub mod cli;
pub mod cut;
pub mod database;
pub mod day;
pub mod fixtures;
pub mod process;
pub mod server;
pub mod wait;
pub mod watch;
