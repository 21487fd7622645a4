//! The floor of a create: a Lambda function that reads two items and puts one under a condition, by the SDK's client with
//! Pail's settings, and does nothing else. It knows who calls and what is asked for without a look at the event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use pail::config::Config;
use pail::store::{Tables, client};
use pail_benches::events;
use pail_benches::floor::Floor;
use serde_json::json;
use serde_json::value::RawValue;

/// An odd number, by which numbers that follow one another become numbers far apart, each another one.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::from_environment()?;
    let http = client::https()?;
    let Tables { apps, objects } = config.tables;
    let floor = Floor { client: client::new(config.endpoint, http), apps, objects };
    // The connection is opened in start-up, as Pail does.
    floor.read().await;
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let (floor, content, count) = (&floor, &events::object(300), &AtomicU64::new(0));
    let answer = move |_: LambdaEvent<Box<RawValue>>| async move {
        let number = start + u128::from(count.fetch_add(1, Ordering::Relaxed));
        floor.read().await;
        // As far apart as random IDs are, which are more work for the engine than those that follow one another.
        floor.put(&format!("{:036x}", number.wrapping_mul(SPREAD)), content).await;
        Ok::<_, Error>(json!({"statusCode": 201, "body": "{}"}))
    };
    lambda_runtime::run(service_fn(answer)).await
}
