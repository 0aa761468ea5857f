//! The interface that integrators build against, as Rust types.
//!
//! Everything here is generated from `proto/renkei/v1/*.proto`; the meaning of each message, field
//! and error stands there. Server and CLI use the same types, so neither can drift from the proto.

/// Package `renkei.v1`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod v1 {
    tonic::include_proto!("renkei.v1");
}

/// The encoded `FileDescriptorSet` of the package and its imports, with source information.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.binpb"));

/// The `domain` of every `google.rpc.ErrorInfo` that the server sends.
pub const ERROR_DOMAIN: &str = "renkei";
