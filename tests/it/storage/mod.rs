//! DynamoDB: the calls of requests, failures, concurrency and caches.

mod bucket_safeguards;
mod cache;
mod calls;
mod certificates;
mod costs;
mod emulator;
mod failures;
pub mod faults;
mod index_safeguards;
mod interleavings;
mod object_safeguards;
mod own_writes;
mod safeguards;
mod sockets;
