//! Tokens that Pail issues itself, and what a user is told about itself (section 10).

mod clients;
mod cost;
mod devices;
mod endings;
mod exchange;
mod faults;
mod lifetimes;
mod me;
mod parameters;
mod revocation;
pub mod stage;
