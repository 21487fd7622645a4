//! What can be done with a bucket as a whole (contract, section 9).

mod count;
pub mod drop;
pub mod get;
pub mod list;
pub mod make;
