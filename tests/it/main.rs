//! Everything that is tested through the library: events in, answers out, over the embedded engine in process.
//!
//! One binary, as linking costs more than running. Modules go by subject.

// A test that cannot go on should say so and stop.
#![allow(clippy::as_conversions, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod afterwards;
mod bad_input;
mod calls;
mod changes;
mod clock;
mod configuration;
mod contract;
mod credentials;
mod events;
mod failures;
mod faults;
mod interleavings;
mod invariants;
mod json;
mod kept;
mod logs;
mod rights;
mod roots;
mod safeguards;
mod sandbox;
mod sockets;
