//! Queries (contract, section 4; docs/api.md, section 11).

mod budget;
mod clauses;
mod collection;
mod count;
mod cursors;
mod geo;
pub mod hostile;
mod mistakes;
mod order;
mod pages;
mod random;
mod rights;
mod shown;
pub mod stage;
