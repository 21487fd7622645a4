//! `pail serve`: the API on this machine.

mod api;
mod banner;
mod dynamodb;
mod listen;
mod timer;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use pail::auth::app_key::{self, AppKey};
use pail::config::Config;
use pail::http::Handler;
use pail::local::Engine;
use pail::model::id::AppId;
use pail::model::issuer::Issuer;
use pail::store::{Store, client};
use pail::system::System;
use tokio::sync::watch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::app::parse_key;
use super::changes::{change_app, create_app, own_issuer, stored_key};
use super::connection::{Installation, Target};
use super::index::{Declared, fill_at_once};
use super::output::{Failure, line, note};

const API_PORT: u16 = 8080;
const DYNAMODB_PORT: u16 = 8000;
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The time for answers under way when the server stops.
const FAREWELL: Duration = Duration::from_secs(4);

/// Run the API on this machine, over an embedded DynamoDB.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// The address that the API listens on.
    #[arg(long, value_name = "ADDRESS", default_value_t = LOOPBACK)]
    bind: IpAddr,
    /// The port that the API listens on; 0 picks a free one.
    #[arg(long, value_name = "N", default_value_t = API_PORT)]
    port: u16,
    /// Keep the data in this file, over restarts and crashes. Without it, data is in memory.
    #[arg(long, value_name = "FILE", conflicts_with = "endpoint_url")]
    data: Option<PathBuf>,
    /// The port of the DynamoDB API for the AWS CLI, `sam local` and other commands of pail; 0 picks a free one
    /// [default: 8000, or none if that is taken].
    #[arg(long, value_name = "N", conflicts_with = "endpoint_url")]
    dynamodb_port: Option<u16>,
    /// The address that the DynamoDB API listens on.
    #[arg(long, value_name = "ADDRESS", default_value_t = LOOPBACK, conflicts_with = "endpoint_url")]
    dynamodb_bind: IpAddr,
    /// An app that has to be there, with the key that follows; repeat both for more [default: demo, with demo-key].
    #[arg(long = "app", value_name = "ID")]
    apps: Vec<AppId>,
    /// The key of the app before it.
    #[arg(long = "key", value_name = "KEY", value_parser = parse_key)]
    keys: Vec<AppKey>,
    /// An index that each of these apps has to have, such as app/scores=score,_created: kind of scope, bucket and fields.
    #[arg(long = "index", value_name = "INDEX", conflicts_with = "endpoint_url")]
    indexes: Vec<Declared>,
}

const EXAMPLES: &str = "\
Examples:
  pail serve
  pail serve --data pail.db --app notes --key my-key
  pail serve --index app/scores=score --index user/todos=done,_created
  pail serve --endpoint-url http://127.0.0.1:4566

Without --app, there is an app demo with the key demo-key, unless --endpoint-url names another DynamoDB.
The variables PAIL_ALLOWED_ORIGIN, PAIL_KEEP_SECONDS, PAIL_MAX_TOKEN_LIFETIME_SECONDS, PAIL_PUBLIC_URL, \
PAIL_SCAN_MEGABYTES and PAIL_LOG_LEVEL count as in the handler. Ctrl-C stops the server.";

/// What `pail` without a command does.
impl Default for Serve {
    fn default() -> Self {
        Self {
            bind: LOOPBACK,
            port: API_PORT,
            data: None,
            dynamodb_port: None,
            dynamodb_bind: LOOPBACK,
            apps: Vec::new(),
            keys: Vec::new(),
            indexes: Vec::new(),
        }
    }
}

impl Serve {
    /// Runs the command until a signal stops it.
    pub async fn run(self, target: &Target) -> Result<(), Failure> {
        // Clap does not see this conflict when the flag comes before the command.
        let of_the_engine = self.data.is_some()
            || self.dynamodb_port.is_some()
            || self.dynamodb_bind != LOOPBACK
            || !self.indexes.is_empty();
        if target.endpoint_url.is_some() && of_the_engine {
            return Err(Failure::new(
                "--data, --dynamodb-port, --dynamodb-bind and --index are about the embedded DynamoDB, and --endpoint-url names another",
            ));
        }
        #[expect(clippy::disallowed_methods, reason = "the local server has the variables of the function")]
        let (settings, log_level) = Config::read_local(|name| std::env::var(name).ok()).map_err(Failure::new)?;
        log_to_stderr(log_level);
        let apps = self.apps(target)?;
        let (engine, installation) = self.installation(target).await?;
        for (app, key) in &apps {
            ensure_app(&installation, app, key).await?;
            // No request is under way yet.
            for index in &self.indexes {
                fill_at_once(&installation, &index.of(app)).await?;
            }
        }
        if let Err(Failure(why)) = installation.check().await {
            note(&format!("requests will fail for now: {why}"));
        }
        let stop = listen::until_told_to_stop();
        let dynamodb = match &engine {
            Some(engine) => self.serve_dynamodb(engine, stop.clone()).await?,
            None => None,
        };
        let handler = Handler::new(installation.store.clone(), settings, installation.system().clone());
        // The API's port opens last, so that a script can wait for it alone.
        let listener = listen::bind(self.bind, self.port, "--port").await?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let data = match (&self.data, &target.endpoint_url) {
            (Some(file), _) => banner::Data::File(file.clone()),
            (None, Some(url)) => banner::Data::Elsewhere(url.clone()),
            (None, None) => banner::Data::Memory,
        };
        let banner = banner::Banner { address, data, dynamodb: dynamodb.as_ref().map(|(address, _)| *address), apps };
        line(&banner.text(&installation).await?)?;
        tokio::spawn(timer::run(installation.store.clone(), installation.system().clone(), stop.clone()));
        let api = tokio::spawn(api::serve(listener, handler, installation.system().clone(), stop.clone()));
        listen::finish(api, dynamodb.map(|(_, task)| task), stop, FAREWELL).await
    }

    /// The apps that have to be there, with their keys.
    fn apps(&self, target: &Target) -> Result<Vec<(AppId, AppKey)>, Failure> {
        if self.apps.len() != self.keys.len() {
            return Err(Failure::new("--app and --key stand in pairs: write --app ID --key KEY, once for each app"));
        }
        if !self.apps.is_empty() {
            return Ok(self.apps.iter().cloned().zip(self.keys.iter().cloned()).collect());
        }
        // No demo app goes into a DynamoDB that somebody else runs.
        if target.endpoint_url.is_some() {
            return Ok(Vec::new());
        }
        let demo = AppId::parse("demo").map_err(Failure::new)?;
        Ok(AppKey::parse("demo-key").map(|key| (demo, key)).into_iter().collect())
    }

    /// The embedded engine with its tables, or the DynamoDB that the target names.
    async fn installation(&self, target: &Target) -> Result<(Option<Engine>, Installation), Failure> {
        if target.endpoint_url.is_some() {
            return Ok((None, target.connect().await?));
        }
        if target.stack.is_some() {
            return Err(Failure::new(
                "serve has an embedded DynamoDB of its own: --stack goes with --endpoint-url only",
            ));
        }
        let engine = match &self.data {
            Some(file) => Engine::open(file).map_err(Failure::new)?,
            None => Engine::in_memory().map_err(Failure::new)?,
        };
        let engine = engine.with_queue().map_err(Failure::new)?;
        let client = client::new(Engine::endpoint(), engine.http_client());
        let store = Store::new(client, target.tables(None).await?);
        store.create_tables().await.map_err(|cause| Failure(format!("the tables cannot be made: {cause}")))?;
        Ok((Some(engine), Installation::new(store, System::real(), "the embedded engine".to_owned())))
    }

    /// Opens the port of the engine's own API. If no port was given and the usual one is taken, there is no such API.
    async fn serve_dynamodb(&self, engine: &Engine, stop: watch::Receiver<bool>) -> Result<Option<Listening>, Failure> {
        let port = self.dynamodb_port.unwrap_or(DYNAMODB_PORT);
        let listener = match (listen::bind(self.dynamodb_bind, port, "--dynamodb-port").await, self.dynamodb_port) {
            (Ok(listener), _) => listener,
            (Err(failure), Some(_)) => return Err(failure),
            (Err(_), None) => return Ok(None),
        };
        if !self.dynamodb_bind.is_loopback() {
            note("the DynamoDB API checks no credentials: whoever reaches its port can read and change everything");
        }
        let address = listener.local_addr().map_err(Failure::new)?;
        let task = tokio::spawn(dynamodb::serve(listener, engine.clone(), stop));
        Ok(Some((address, task)))
    }
}

/// A running server, and its address.
type Listening = (std::net::SocketAddr, listen::Task);

/// Ensures that an app exists, that the key is one of its keys, and that `pail token` can make tokens for it.
async fn ensure_app(installation: &Installation, id: &AppId, key: &AppKey) -> Result<(), Failure> {
    if create_app(installation, id, key, true).await? {
        return Ok(());
    }
    let (new_key, issuer) = (stored_key(installation, key), own_issuer(installation)?);
    change_app(installation, id, |app| {
        let mut changed = false;
        if !app_key::is_any_of(key, &app.keys) {
            app.keys.push(new_key.clone());
            changed = true;
        }
        if !app.issuers.iter().any(|known| known.issuer == Issuer::OWN) {
            app.issuers.push(issuer.clone());
            changed = true;
        }
        (changed, ())
    })
    .await
}

/// Logs to the terminal. The engine's warnings are about failed conditions, which are normal.
fn log_to_stderr(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer().compact().with_target(false).with_writer(std::io::stderr);
    let filter = pail::telemetry::filter(level).with_target("dynoxide", LevelFilter::ERROR);
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}
