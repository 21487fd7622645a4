//! The decision over rights against a second model, and what no request can get round.

mod decision;
mod judge;
mod keys;
mod matrix;
mod model;
mod random_acls;
mod server_members;
mod stored;
mod unreadable;
