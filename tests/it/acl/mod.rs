//! ACLs over HTTP (contract, section 2; docs/api.md, section 8).

mod change;
mod place;
mod read;
mod replace;
