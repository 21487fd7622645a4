//! The floor of a create: a Lambda function that reads two items and puts one under a condition, by the SDK's client
//! with Pail's settings, and does nothing else. It does not read the event. `BENCH_CALLS` selects another operation
//! instead of a create: `get`, `change`, `delete` or `page`.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use pail::config::Config;
use pail::store::client;
use pail_benches::events;
use pail_benches::floor::{Calls, Floor};
use serde_json::json;
use serde_json::value::RawValue;

/// An odd factor, which maps consecutive numbers to distinct numbers that are far apart.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::from_environment()?;
    let http = client::https()?;
    let floor = Floor { client: client::new(config.endpoint, http), tables: config.tables };
    // Opens the connection at start, as Pail does.
    floor.read(None).await;
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let calls = Calls::ALL.into_iter().find(|(name, _)| *name == variable("BENCH_CALLS"));
    let calls = calls.map_or(Calls::Create, |(_, calls)| calls);
    // The number of the first object to delete.
    let from: usize = variable("BENCH_FROM").parse().unwrap_or_default();
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let (floor, content, count) = (&floor, &events::object(300), &AtomicUsize::new(0));
    let answer = move |_: LambdaEvent<Box<RawValue>>| async move {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let (id, status) = match calls {
            // Spread like random IDs, which are more work for the engine than consecutive ones.
            Calls::Create => (format!("{:036x}", (start + number as u128).wrapping_mul(SPREAD)), 201),
            Calls::Get | Calls::Change | Calls::Page => (events::object_id(0), 200),
            Calls::Delete => (events::object_id(from + number), 204),
        };
        floor.make(calls, &id, content).await;
        Ok::<_, Error>(json!({"statusCode": status, "body": "{}"}))
    };
    lambda_runtime::run(service_fn(answer)).await
}
