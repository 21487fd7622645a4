//! The rows of the contract, by its sections.

mod answers;
mod bodies;
mod callers;
mod content_types;
mod creates;
mod idempotency;
mod idempotency_at_once;
mod locations;
mod order;
mod paths;
