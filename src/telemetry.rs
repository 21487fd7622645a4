//! How Pail tells its operator what happens: one line for each request (`http::request_log`), and what goes wrong inside,
//! from `info` on: what is told below that is left out of a release (`Cargo.toml`).
//! Never a header, a body, a token or a key.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Writes logs as JSON lines to standard output, where Lambda takes them from. `level` holds for Pail's own events; of
/// its libraries, which may say more than is good, only warnings and errors are told.
pub fn log_as_json(level: LevelFilter) {
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    // A subscriber that was set before stays: that is no reason to stop.
    let _ = tracing_subscriber::registry().with(lines).with(filter(level)).try_init();
}

/// Which events are told.
pub fn filter(level: LevelFilter) -> Targets {
    Targets::new().with_default(LevelFilter::WARN).with_target("pail", level)
}
