//! Logging. One span for each request carries its ID, app and operation (`http::log`), and each line within it shows them.
//! Nothing below `info` is logged, and a release leaves it out (`Cargo.toml`). No header, body, token or key is logged.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Logs JSON lines to standard output, which Lambda collects.
pub fn log_as_json(level: LevelFilter) {
    // A subscriber that was set before stays, which is no reason to stop.
    let _ = tracing_subscriber::registry().with(json_lines(std::io::stdout)).with(filter(level)).try_init();
}

/// The form of the lines: JSON, with the fields of the event at the top and those of the request's span below `span`.
pub fn json_lines<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer)
}

/// What is logged: `level` holds for Pail's own events. Libraries may log more than is good, so only their warnings and
/// errors are.
pub fn filter(level: LevelFilter) -> Targets {
    Targets::new().with_default(LevelFilter::WARN).with_target("pail", level)
}
