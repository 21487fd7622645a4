//! What DynamoDB, the way to it, or a crash can do to every call of every way that a create can take, on paused time.

mod crashes;
mod in_a_row;
pub mod kinds;
mod matrix;
mod ways;
