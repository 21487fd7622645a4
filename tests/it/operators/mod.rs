//! What operators do: configure the function, and change apps and ACLs.

mod changes;
mod configuration;
