//! What the measuring programs share.

pub mod cases;
pub mod events;
pub mod floor;
pub mod process;
pub mod replies;
pub mod runtime_api;

/// The apps that the events are about.
#[path = "../../fuzz/src/apps.rs"]
pub mod apps;
