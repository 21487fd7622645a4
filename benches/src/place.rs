//! A handler in process, over the embedded engine or over fixed replies.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedHttpClient;
use pail::http::{Handler, Invocation};
#[cfg(feature = "engine")]
use pail::local::Engine;
use pail::store::client::{self, Credentials, Endpoint};
#[cfg(feature = "engine")]
use pail_testing::direct::create_tables;
use pail_testing::events;
use pail_testing::fixtures::EVERYBODY;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

/// The apps and buckets of the events, and a handler.
pub struct Place {
    /// Runs the requests.
    pub runtime: Runtime,
    /// The handler's client, which signs its requests.
    pub client: Client,
    handler: Handler,
}

impl Place {
    /// A place over an embedded engine.
    #[cfg(feature = "engine")]
    pub fn of_engine(engine: &Engine) -> Self {
        runtime().block_on(create_tables(&client::new(Engine::endpoint(), engine.http_client())));
        Self::over(engine.http_client())
    }

    /// A place over the DynamoDB that this client reaches. It must have the tables.
    pub fn over(dynamodb: SharedHttpClient) -> Self {
        let runtime = runtime();
        let credentials = Some(Credentials::new("bench", "bench", None, None, "bench"));
        // The client knows where DynamoDB is, whatever the URL.
        let endpoint =
            Endpoint { region: "us-east-1".to_owned(), url: Some("http://dynamodb".to_owned()), credentials };
        let client = client::new(endpoint, dynamodb);
        runtime.block_on(async {
            let tables = events::tables_of(&client).await;
            tables.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": EVERYBODY})).await;
        });
        let handler = events::handler(&client, Duration::ZERO);
        Self { runtime, client, handler }
    }

    /// The same place, with a handler that caches apps and buckets for longer than a bench runs.
    pub fn caching(self) -> Self {
        Self { handler: events::handler(&self.client, Duration::from_secs(3_600)), ..self }
    }

    /// Handles an event. The answer must have this status.
    pub fn answer(&self, event: &str, status: u16) {
        let invocation = Invocation { id: "1".to_owned(), time_left: Duration::from_secs(15), cold: false };
        let answer = self.runtime.block_on(self.handler.handle(event, invocation));
        assert_eq!(answer.status_code, status, "{}", answer.body);
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}
