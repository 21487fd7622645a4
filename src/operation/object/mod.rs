//! Objects.

pub mod create;
pub mod delete;
pub mod get;
pub mod patch;
pub mod put;
