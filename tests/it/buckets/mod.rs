//! Buckets as a whole (contract, section 3; docs/api.md, section 9).

mod drop;
mod list;
mod make;
mod show;
