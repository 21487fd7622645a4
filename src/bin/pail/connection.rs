//! Which installation a command is about.

use std::net::IpAddr;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use clap::Args;
use pail::error::Error;
use pail::sources::Sources;
use pail::store::{Session, Store, Tables, Trouble, client};
use tokio::time::Instant;

use super::output::Failure;

/// The tables of `pail serve`, and the names that `pail table create` gives.
const APPS_TABLE: &str = "pail-apps";
const OBJECTS_TABLE: &str = "pail-objects";

/// How long a command waits for DynamoDB.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which installation a command is about.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Installation")]
pub struct Target {
    /// Another DynamoDB than that of the AWS Region, such as http://127.0.0.1:8000 of `pail serve`. On a loopback
    /// address neither credentials nor a Region are needed.
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The CloudFormation stack whose tables are meant.
    #[arg(long, global = true, value_name = "NAME")]
    pub stack: Option<String>,
    /// The apps table.
    #[arg(long, global = true, value_name = "NAME", env = "PAIL_APPS_TABLE", hide_env_values = true)]
    apps_table: Option<String>,
    /// The objects table.
    #[arg(long, global = true, value_name = "NAME", env = "PAIL_OBJECTS_TABLE", hide_env_values = true)]
    objects_table: Option<String>,
}

/// An installation that commands talk to.
pub struct Installation {
    /// Its tables.
    pub store: Store,
    sources: Sources,
    /// Where it is, in words.
    place: String,
}

impl Target {
    /// The installation that the flags, the environment and the ordinary credential chain lead to.
    pub async fn connect(&self) -> Result<Installation, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let url = self
            .endpoint_url
            .clone()
            .or_else(|| variable("AWS_ENDPOINT_URL_DYNAMODB"))
            .or_else(|| variable("AWS_ENDPOINT_URL"));
        if let Some(url) = &url {
            check_url(url)?;
        }
        let is_local = url.as_deref().is_some_and(is_loopback);
        let http = client::https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        if is_local && variable("AWS_ACCESS_KEY_ID").is_none() {
            loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "loopback"));
        }
        if is_local && variable("AWS_REGION").is_none() && variable("AWS_DEFAULT_REGION").is_none() {
            loader = loader.region(Region::new("us-east-1"));
        }
        let aws = loader.load().await;
        let Some(region) = aws.region() else {
            return Err(Failure::new("no AWS Region is set: set AWS_REGION, or name a DynamoDB with --endpoint-url"));
        };
        let place = url.clone().unwrap_or_else(|| format!("the Region {region}"));
        let tables = self.tables(Some(&aws)).await?;
        let mut config = aws_sdk_dynamodb::config::Builder::from(&aws);
        config.set_endpoint_url(url);
        let store = Store::new(client::with_settings(config, http), tables);
        Ok(Installation::new(store, Sources::system(), place))
    }

    /// The names of the tables: from flags or the environment, from the stack, or Pail's own.
    pub async fn tables(&self, aws: Option<&SdkConfig>) -> Result<Tables, Failure> {
        // A variable that is set to nothing counts as not set.
        let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        let (mut apps, mut objects) = (given(&self.apps_table), given(&self.objects_table));
        if let (Some(stack), Some(aws)) = (&self.stack, aws) {
            let outputs = stack_outputs(stack, aws).await?;
            let output = |name: &str| {
                let found = outputs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
                found.ok_or_else(|| Failure(format!("the stack {stack} has no output {name}: is it one of Pail's?")))
            };
            apps = apps.or(Some(output("AppsTable")?));
            objects = objects.or(Some(output("ObjectsTable")?));
        }
        Ok(Tables {
            apps: apps.unwrap_or_else(|| APPS_TABLE.to_owned()),
            objects: objects.unwrap_or_else(|| OBJECTS_TABLE.to_owned()),
        })
    }
}

impl Installation {
    /// An installation at `place`, which is named in messages.
    pub fn new(store: Store, sources: Sources, place: String) -> Self {
        Self { store, sources, place }
    }

    /// The calls of one change or one look.
    pub fn session(&self) -> Result<Session<'_>, Failure> {
        let session = Session::new(&self.store, &self.sources, Instant::now() + PATIENCE);
        session.map_err(|_| Failure::new("the operating system gave no random bits"))
    }

    /// Whether both tables can be read.
    pub async fn check(&self) -> Result<(), Failure> {
        let mut session = self.session()?;
        session.check().await.map_err(|error| self.explain(&error, &session))
    }

    /// Where time and randomness come from.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Why a call of `session` has failed.
    pub fn explain(&self, error: &Error, session: &Session<'_>) -> Failure {
        let trouble = session.trouble.clone();
        let (code, message) = trouble.map(|trouble| (trouble.code, trouble.message)).unwrap_or_default();
        let Tables { apps, objects } = self.store.tables();
        let place = &self.place;
        Failure(match (error, code.as_str()) {
            (_, "ResourceNotFoundException") => format!(
                "the tables {apps} and {objects} are not both there at {place}: `pail table create` makes them, and --stack, \
                 --apps-table and --objects-table name others"
            ),
            (Error::Unavailable, "") => format!("DynamoDB at {place} cannot be reached: {message}"),
            (_, "") => {
                format!("an item in the tables at {place} cannot be read, or a call could not be made: {message}")
            }
            (_, code) => format!("DynamoDB at {place} refuses: {code}: {message}"),
        })
    }
}

async fn stack_outputs(stack: &str, aws: &SdkConfig) -> Result<Vec<(String, String)>, Failure> {
    let client = aws_sdk_cloudformation::Client::new(aws);
    let described = client.describe_stacks().stack_name(stack).send().await;
    let described = described
        .map_err(|error| Failure(format!("the stack {stack} cannot be looked up: {}", Trouble::of(&error))))?;
    let outputs = described.stacks().iter().flat_map(|stack| stack.outputs());
    Ok(outputs
        .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())))
        .collect())
}

/// Refuses what the SDK would fail on in a less friendly way.
pub fn check_url(url: &str) -> Result<(), Failure> {
    match url.parse::<axum::http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() => Ok(()),
        _ => Err(Failure(format!("{url:?} is no endpoint URL: write it like http://127.0.0.1:8000"))),
    }
}

fn is_loopback(url: &str) -> bool {
    let host = url.parse::<axum::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
