//! Faults of DynamoDB and of the network, and crashes, at every call of every way of every operation, on paused time.
//!
//! A new operation is an [`Operation`](ways::Operation) and rows of [`ways`].

mod buckets;
mod crashes;
mod in_a_row;
mod indexes;
pub mod kinds;
mod matrix;
mod objects;
mod role;
mod sweeps;
mod tokens;
mod ways;
