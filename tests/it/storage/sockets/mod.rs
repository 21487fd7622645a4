//! The handler over real connections: the product's own HTTP client, and a DynamoDB on a loopback port that breaks them.

mod creates;
mod faults;
mod idle;
mod ledger;
mod mixed;
mod server;
mod tasks;

use pail::local::Engine;
use pail::store::client;
use pail::store::client::{Credentials, Endpoint};

use pail_testing::Installation;
use server::{Asked, Deed, Server};

/// An installation whose handler reaches DynamoDB over connections. `decide` says what happens to each.
async fn on_sockets(decide: impl FnMut(&Asked) -> Deed + Send + 'static) -> (Installation, Server) {
    let mut server = None;
    let installation = Installation::start().await.reached_by(|engine| {
        let started = Server::start(engine, decide);
        // The calls are signed, like those to DynamoDB.
        let credentials = Some(Credentials::new("local", "local", None, None, "a test"));
        let endpoint = Endpoint { url: Some(started.url()), credentials, ..Engine::endpoint() };
        server = Some(started);
        client::new(endpoint, client::https().expect("root certificates"))
    });
    (installation, server.expect("the server was started"))
}
