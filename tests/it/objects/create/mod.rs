//! Creating an object.

mod bodies;
mod content_types;
mod created;
mod idempotency;
mod idempotency_at_once;
