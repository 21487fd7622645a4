//! What operators do: configure the function, change apps and ACLs, and sweep what dropped buckets held.

mod changes;
mod configuration;
pub mod refresh;
pub mod sweep;
