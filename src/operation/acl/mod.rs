//! ACLs of scopes, buckets and objects: showing and changing them (contract, section 8).

pub mod change;
pub mod get;
