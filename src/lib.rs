//! Pail: JSON object buckets as a service, serverless.
//!
//! Every request takes one straight line, from a gateway's event to its response:
//!
//! ```text
//! event ─▶ Request ─▶ Route ─▶ Credentials ─▶ Operation ─▶ Answer ─▶ Response
//! ```
//!
//! [`http`] is the edge, [`operation`] what a caller can do, [`auth`] who the caller is, [`store`] DynamoDB, and [`model`]
//! the types in between, which cannot hold anything invalid. Start with [`http::Handler::handle`].

pub mod auth;
pub mod config;
pub mod fetch;
pub mod http;
#[cfg(feature = "engine")]
pub mod local;
pub mod model;
pub mod operation;
pub mod schedule;
pub mod store;
pub mod system;
pub mod telemetry;
