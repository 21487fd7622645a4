//! What can be done with a bucket as a whole (contract, section 9).

pub mod drop;
pub mod get;
pub mod list;
pub mod make;
