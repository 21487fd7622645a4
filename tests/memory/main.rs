//! How much memory requests take. A binary of its own, as the allocator counts for the whole process: its tests take turns.

#![allow(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, in helpers as in tests"
)]

mod events;
#[allow(dead_code, unused_imports, reason = "it is shared with tests/it, which uses all of it")]
#[path = "../it/harness/mod.rs"]
mod harness;
mod large;
mod measure;
mod sandbox;
