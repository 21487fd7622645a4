//! What Pail is about: apps, scopes, buckets, objects, their rights. Pure and synchronous.

pub mod acl;
pub mod address;
pub mod app;
pub mod bucket;
pub mod data_type;
pub mod document;
pub mod id;
pub mod idempotency;
pub mod json;
pub mod object;
pub mod principal;
pub mod scope;
pub mod subject;
