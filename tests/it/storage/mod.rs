//! DynamoDB: which calls a request makes, what happens when they fail or meet others, and what is cached.

mod cache;
mod calls;
mod certificates;
mod failures;
pub mod faults;
mod interleavings;
mod own_writes;
mod safeguards;
mod sockets;
