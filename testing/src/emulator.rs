//! The emulator of DynamoDB below an installation: the embedded engine, or a server that speaks DynamoDB's API.

use std::hash::{BuildHasher, RandomState};
use std::io;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use pail::local::Engine;
use pail::store::client::{self, Endpoint};
use ureq::Agent;

use crate::wire::response;

/// The environment variable with the URL of a server. Several have commas between them, and installations are spread over them.
/// `.ci/engine` sets it.
const VARIABLE: &str = "PAIL_TEST_DYNAMODB";

/// The longest answer of a server, in bytes. A batch of DynamoDB has up to 16 MB.
const LONGEST_ANSWER: u64 = 64 << 20;

/// An emulator with tables of its own. Clones are the same one.
#[derive(Clone, Debug)]
pub enum Emulator {
    /// The embedded engine, in memory.
    Embedded(Engine),
    /// A Region of a server that nobody else uses.
    Server(Server),
}

/// One Region of a server.
#[derive(Clone, Debug)]
pub struct Server {
    url: String,
    /// Its name is random. Emulators keep the tables of each Region apart, so tables can have the same names in all tests.
    region: String,
    agent: Agent,
}

impl Emulator {
    /// The embedded engine, or the server that the environment names.
    pub fn start() -> Self {
        match std::env::var(VARIABLE) {
            Ok(urls) if !urls.is_empty() => Self::Server(Server::one_of(&urls)),
            _ => Self::Embedded(Engine::in_memory().expect("an engine in memory")),
        }
    }

    /// The endpoint for clients of the SDK.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Embedded(_) => Engine::endpoint(),
            Self::Server(server) => Endpoint {
                region: server.region.clone(),
                url: Some(server.url.clone()),
                // Emulators check no signatures, and making them would be a third of what a call costs the SDK.
                credentials: None,
            },
        }
    }

    /// A client with nothing between it and the emulator.
    pub fn client(&self) -> Client {
        client::new(self.endpoint(), SharedHttpClient::new(self.clone()))
    }

    /// The embedded engine, for tests that need it.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Embedded(engine) => engine.clone(),
            Self::Server(_) => panic!("this test needs the embedded engine: .ci/engine has to skip it"),
        }
    }
}

impl Server {
    fn one_of(urls: &str) -> Self {
        let random = RandomState::new().hash_one(VARIABLE);
        let urls: Vec<&str> = urls.split(',').collect();
        let url = urls[usize::try_from(random % urls.len() as u64).expect("an index")].to_owned();
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { url, region: format!("test-{random:016x}"), agent }
    }

    /// Waits on the thread of the caller, as the embedded engine does: paused clocks of tests stand still meanwhile.
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ureq::Error> {
        let headers = request.headers().iter().filter(|(name, _)| *name != "host");
        // Where a signature would be, for the sake of the Region.
        let scope = format!("test/20260901/{}/dynamodb/aws4_request", self.region);
        let unsigned = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none");
        let call = self.agent.post(&self.url).header("authorization", unsigned);
        let call = headers.fold(call, |call, (name, value)| call.header(name, value));
        let mut answer = call.send(request.body().bytes().unwrap_or_default())?;
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string()?;
        Ok(response(answer.status().as_u16(), text))
    }
}

impl HttpConnector for Emulator {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self {
            Self::Embedded(engine) => engine.call(request),
            Self::Server(server) => HttpConnectorFuture::ready(
                server.answer(&request).map_err(|error| ConnectorError::io(io::Error::other(error).into())),
            ),
        }
    }
}

impl HttpClient for Emulator {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
