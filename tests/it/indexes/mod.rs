//! Indexes (contract, section 4.4; docs/protocol.md, index entries).

mod costs;
mod counts;
mod cursors;
mod encoding;
mod fill;
mod left_over;
mod life;
mod plans;
pub mod stage;
pub mod writes;
