//! What the measuring programs share.

pub mod cases;
pub mod events;
pub mod floor;
pub mod function;
pub mod message;
pub mod place;
pub mod plot;
pub mod process;
pub mod replies;
pub mod runtime_api;
pub mod tls;

/// The apps that the events are about.
#[path = "../../fuzz/src/apps.rs"]
pub mod apps;
