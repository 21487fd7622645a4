//! Tests through the library: events in, answers out, over the embedded engine in process.
//!
//! They are one binary, because linking takes longer than running. There is a folder for each subject.

#![allow(
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

mod acl;
mod buckets;
mod callers;
mod edge;
mod environment;
mod indexes;
mod objects;
mod operators;
mod queries;
mod rights;
mod storage;
mod structure;
mod tokens;
