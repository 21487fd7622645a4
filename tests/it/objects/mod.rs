//! The operations on objects (contract, section 1; docs/api.md, section 3), and the JSON of objects.

mod at_once;
mod conditions;
mod create;
mod delete;
mod get;
mod json;
mod patch;
mod put;
mod replays;
pub mod stage;
