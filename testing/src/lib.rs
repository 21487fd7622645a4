//! Shared by the tests, benches and fuzz targets of Pail: installations in memory, requests and events, the wire to DynamoDB with its
//! faults, and the check of every answer against the contract.

#![allow(
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

pub mod answer;
pub mod call;
pub mod callers;
pub mod clock;
#[cfg(feature = "description")]
pub mod description;
pub mod direct;
pub mod emulator;
pub mod events;
pub mod figures;
pub mod fixtures;
pub mod installation;
pub mod items;
pub mod log;
pub mod members;
pub mod query;
pub mod random;
pub mod role;
pub mod signers;
pub mod tree;
pub mod vectors;
pub mod wire;

pub use answer::Answer;
pub use call::{Call, Gateway};
pub use clock::Clock;
pub use direct::Direct;
pub use emulator::Emulator;
pub use figures::{figure, is_whole};
pub use fixtures::{app, app_key, bucket_item, default_settings, tables};
pub use installation::{INVOCATION_ID, Installation, NOW};
pub use items::Items;
pub use random::{Random, cases, each_case, only_case};
pub use wire::{Act, Wire};
