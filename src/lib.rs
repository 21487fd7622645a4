//! Pail: JSON object buckets as a service, serverless.
//!
//! One straight line from an API Gateway event to its answer, in reading order:
//!
//! ```text
//! event ─▶ http::event ─▶ http::route ─▶ auth ─▶ operation ─▶ store ─▶ http::response ─▶ answer
//! ```
//!
//! Raw input becomes typed values once, at the edge; past it nothing is validated again. Rights are decided by one pure
//! function, [`model::acl::Acl::allows`]. DynamoDB is reached through one type, [`store::Session`].

pub mod http;

pub mod auth;

pub mod model;

pub mod operation;

pub mod store;

pub mod config;
pub mod error;
pub mod sources;
pub mod telemetry;
