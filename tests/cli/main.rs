//! The command line as its users run it: the built program, its output, and what it answers on its ports.
#![cfg(feature = "cli")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

mod acl;
mod app;
mod at_once;
mod certificates;
mod client;
mod commands;
mod data;
mod dynamodb;
mod elsewhere;
mod index;
mod issuer;
mod kills;
mod logins;
mod object;
mod program;
mod provider;
mod refresh;
mod requests;
mod serve;
mod stack;
mod start;
mod stop;
mod sweep;
mod table;
mod token;
mod wire;
