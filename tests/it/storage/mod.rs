//! DynamoDB: which calls a request makes, what happens when they fail or meet others, and what is cached.

mod at_once;
mod cache;
mod calls;
mod certificates;
mod costs;
mod failures;
pub mod faults;
mod interleavings;
mod object_safeguards;
mod own_writes;
mod safeguards;
mod sockets;
