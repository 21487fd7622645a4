//! Apps, scopes, buckets, objects and rights. Pure and synchronous: nothing here knows HTTP or DynamoDB.

pub mod acl;
pub mod acl_change;
pub mod address;
pub mod app;
pub mod bucket;
pub mod client;
pub mod creator;
pub mod data_type;
pub mod document;
pub mod id;
pub mod idempotency;
pub mod index;
pub mod issuer;
pub mod json;
pub mod marks;
pub mod merge;
pub mod object;
pub mod precondition;
pub mod principal;
pub mod query;
pub mod rights;
pub mod scope;
pub mod stamp;
pub mod subject;
