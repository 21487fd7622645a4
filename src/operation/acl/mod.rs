//! Access control lists.

pub mod change;
