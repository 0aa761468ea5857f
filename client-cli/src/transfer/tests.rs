//! Transfers against a server in this process, over connections that break at any byte.

mod download;
mod fake;
mod upload;
mod world;
