//! The Lambda function.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use pail::config::Config;
use pail::http::response::Response;
use pail::http::{Handler, Invocation};
use pail::schedule::{Run, Task};
use pail::store::garbage::BATCH;
use pail::store::{Store, client};
use pail::system::{System, Timestamp};
use pail::telemetry;
use serde_json::value::RawValue;

/// The longest time to open the connection to DynamoDB at start.
const START_UP: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("pail: {error}");
            return ExitCode::FAILURE;
        }
    };
    telemetry::log_as_json(config.log_level);
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pail: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Error> {
    let store = Store::new(client::new(config.endpoint, client::https()?), config.tables);
    let system = System::real();
    store.connect(&system, START_UP).await;
    let handler = Handler::new(store.clone(), config.settings, system.clone());
    let (store, system, handler, cold) = (&store, &system, &handler, &AtomicBool::new(true));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let invocation = Invocation {
            id: event.context.request_id.clone(),
            time_left: Duration::from_millis(event.context.deadline.saturating_sub(Timestamp::now().milliseconds())),
            cold: cold.swap(false, Ordering::Relaxed),
        };
        answer(store, system, handler, event.payload.get(), invocation).await
    }))
    .await
}

/// The response to a gateway's event. An event of the schedule has none, and fails if its task does.
async fn answer(
    store: &Store,
    system: &System,
    handler: &Handler,
    event: &str,
    invocation: Invocation,
) -> Result<Option<Response>, Error> {
    match Task::of_event(event) {
        Some(task) => {
            let run = Run { id: &invocation.id, time_left: invocation.time_left, batch: BATCH, loopback: false };
            task.run(store, system, run).await?;
            Ok(None)
        }
        None => Ok(Some(handler.handle(event, invocation).await)),
    }
}
