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
#[cfg(feature = "engine")]
pub mod emulator;
pub mod events;
pub mod figures;
pub mod fixtures;
#[cfg(feature = "engine")]
pub mod installation;
pub mod items;
pub mod log;
pub mod members;
pub mod query;
pub mod random;
#[cfg(feature = "engine")]
pub mod role;
pub mod signers;
pub mod tree;
pub mod vectors;
#[cfg(feature = "engine")]
pub mod wire;

pub use answer::Answer;
pub use call::{Call, Gateway};
pub use clock::{Clock, NOW};
pub use direct::Direct;
#[cfg(feature = "engine")]
pub use emulator::Emulator;
pub use figures::{figure, is_whole};
pub use fixtures::{app, app_key, bucket_item, default_settings, tables};
#[cfg(feature = "engine")]
pub use installation::{INVOCATION_ID, Installation};
pub use items::Items;
pub use random::{Random, cases, each_case, only_case};
#[cfg(feature = "engine")]
pub use wire::{Act, Wire};
