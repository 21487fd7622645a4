//! Which installation a command is for.

use std::net::IpAddr;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use clap::Args;
use pail::auth;
use pail::auth::claims::TokenRules;
use pail::config::{DEFAULT_SCAN_MEGABYTES, MAXIMUM_TOKEN_LIFETIME};
use pail::operation::Context;
use pail::operation::index::targets::Workplace;
use pail::store::client::{self, Credentials, ProvideCredentials};
use pail::store::{self, Cause, Session, Store, Tables};
use pail::system::System;
use tokio::time::Instant;

use super::output::Failure;

/// The tables of `pail serve`, and the names that `pail table create` gives.
const APPS_TABLE: &str = "pail-apps";
const OBJECTS_TABLE: &str = "pail-objects";
const INDEX_TABLE: &str = "pail-index";

/// The longest time that a command waits for DynamoDB.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which installation a command is for.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Installation")]
pub struct Target {
    /// Another DynamoDB than that of the AWS Region, such as http://127.0.0.1:8000 of `pail serve`. On a loopback
    /// address, or without TLS, neither credentials nor a Region are needed.
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The CloudFormation stack whose tables are meant.
    #[arg(long, global = true, value_name = "NAME")]
    pub stack: Option<String>,
    /// The apps table [else the stack's, that of PAIL_APPS_TABLE, or pail-apps].
    #[arg(long, global = true, value_name = "NAME")]
    apps_table: Option<String>,
    /// The objects table [else the stack's, that of PAIL_OBJECTS_TABLE, or pail-objects].
    #[arg(long, global = true, value_name = "NAME")]
    objects_table: Option<String>,
    /// The table of index entries [else the stack's, that of PAIL_INDEX_TABLE, or pail-index].
    #[arg(long, global = true, value_name = "NAME")]
    index_table: Option<String>,
}

/// An installation that commands talk to.
pub struct Installation {
    /// Its tables.
    pub store: Store,
    system: System,
    /// Where it is, in words.
    place: String,
}

impl Target {
    /// The installation that the flags, the environment and the ordinary credential chain lead to.
    pub async fn connect(&self) -> Result<Installation, Failure> {
        let url = self.endpoint_url.clone().or_else(configured_url);
        if let Some(url) = &url {
            check_url(url)?;
        }
        let is_local = url.as_deref().is_some_and(is_local);
        let http = client::https().map_err(Failure::new)?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        if is_local && variable("AWS_ACCESS_KEY_ID").is_none() {
            loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "loopback"));
        }
        if is_local && variable("AWS_REGION").is_none() && variable("AWS_DEFAULT_REGION").is_none() {
            loader = loader.region(Region::new("us-east-1"));
        }
        let aws = loader.load().await;
        let Some(region) = aws.region() else {
            return Err(Failure::new(
                "no AWS Region is set: set AWS_REGION, or for `pail serve` on this machine add --endpoint-url http://127.0.0.1:8000",
            ));
        };
        let place = url.as_deref().or(aws.endpoint_url()).map_or_else(|| format!("the Region {region}"), str::to_owned);
        let credentials = credentials(&aws).await?;
        let tables = self.tables(Some(&aws)).await?;
        let store = Store::new(client::of_aws(&aws, url, credentials, http), tables);
        Ok(Installation::new(store, System::real(), place))
    }

    /// The names of the tables: from flags, from the stack, from the environment, or Pail's own.
    pub async fn tables(&self, aws: Option<&SdkConfig>) -> Result<Tables, Failure> {
        let mut apps = self.apps_table.clone();
        let (mut objects, mut index) = (self.objects_table.clone(), self.index_table.clone());
        if let (Some(stack), Some(aws)) = (&self.stack, aws) {
            let outputs = stack_outputs(stack, aws).await?;
            let output = |name: &str| {
                let found = outputs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
                found.ok_or_else(|| Failure(format!("the stack {stack} has no output {name}: is it one of Pail's?")))
            };
            apps = apps.or(Some(output("AppsTable")?));
            objects = objects.or(Some(output("ObjectsTable")?));
            index = index.or(Some(output("IndexTable")?));
        }
        Ok(Tables {
            apps: apps.or_else(|| variable("PAIL_APPS_TABLE")).unwrap_or_else(|| APPS_TABLE.to_owned()),
            objects: objects.or_else(|| variable("PAIL_OBJECTS_TABLE")).unwrap_or_else(|| OBJECTS_TABLE.to_owned()),
            index: index.or_else(|| variable("PAIL_INDEX_TABLE")).unwrap_or_else(|| INDEX_TABLE.to_owned()),
        })
    }
}

impl Installation {
    /// An installation at `place`, which is named in messages.
    pub fn new(store: Store, system: System, place: String) -> Self {
        Self { store, system, place }
    }

    /// The calls of one command.
    pub fn session(&self) -> Result<Session<'_>, Failure> {
        Session::new(&self.store, &self.system, Instant::now() + PATIENCE).map_err(|failure| self.explain(&failure))
    }

    /// What an operation of one command runs with.
    pub fn context(&self) -> Result<Context<'_>, Failure> {
        Ok(Context {
            store: self.session()?,
            credentials: auth::credentials::Credentials::Operator,
            rules: TokenRules { maximum_lifetime: MAXIMUM_TOKEN_LIFETIME },
            scan_megabytes: DEFAULT_SCAN_MEGABYTES,
            now: self.system.now(),
        })
    }

    /// What tasks run with that take longer than a command's calls may.
    pub fn workplace(&self) -> Workplace {
        Workplace::new(self.store.clone(), self.system.clone())
    }

    /// Whether all tables can be read.
    pub async fn check(&self) -> Result<(), Failure> {
        let mut session = self.session()?;
        session.check().await.map_err(|failure| self.explain(&failure))
    }

    /// The clock and the random source.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Explains to an operator why the store has failed.
    pub fn explain(&self, failure: &store::Failure) -> Failure {
        let Cause { call, code, message, table, key } = failure.cause();
        let Tables { apps, objects, index } = self.store.tables();
        let place = &self.place;
        let mut text = match code.as_str() {
            "ResourceNotFoundException" => format!(
                "the tables {apps}, {objects} and {index} are not all there at {place}: `pail table create` makes them, and --stack, \
                 --apps-table, --objects-table and --index-table name others"
            ),
            "" => format!("DynamoDB at {place}: {message}"),
            code => format!("DynamoDB at {place} refuses: {code}: {message}"),
        };
        if let (Some(table), Some(key)) = (table, key) {
            text.push_str(&format!(" (table {table}, key {key})"));
        }
        let is_unknown = matches!(failure, store::Failure::Unavailable(_)) && *call == "UpdateItem";
        if is_unknown {
            text.push_str("; the change may have been made or not: look, and make it again if needed");
        }
        Failure(text)
    }
}

/// A variable of the environment. An empty one counts as not set.
#[expect(clippy::disallowed_methods, reason = "AWS's variables say which installation a command is for")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The endpoint in the environment, unless the environment says to ignore it, as in every SDK.
fn configured_url() -> Option<String> {
    let ignored =
        variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let url = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL"));
    url.filter(|_| !ignored)
}

/// The credentials of the ordinary chain, resolved once: a helper that asks for a code takes longer than a call may.
async fn credentials(aws: &SdkConfig) -> Result<Credentials, Failure> {
    let missing = |why: &dyn std::fmt::Display| Failure(format!("there are no AWS credentials: {why}"));
    let provider = aws.credentials_provider().ok_or_else(|| missing(&"no provider is configured"))?;
    provider.provide_credentials().await.map_err(|error| {
        let cause =
            std::error::Error::source(&error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
        missing(&cause)
    })
}

async fn stack_outputs(stack: &str, aws: &SdkConfig) -> Result<Vec<(String, String)>, Failure> {
    let client = aws_sdk_cloudformation::Client::new(aws);
    let described = client.describe_stacks().stack_name(stack).send().await;
    let described = described
        .map_err(|error| Failure(format!("the stack {stack} cannot be looked up: {}", Cause::of_error(&error))))?;
    let outputs = described.stacks().iter().flat_map(|stack| stack.outputs());
    Ok(outputs
        .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())))
        .collect())
}

/// Rejects a URL that the SDK would reject with a worse message.
pub fn check_url(url: &str) -> Result<(), Failure> {
    match url.parse::<axum::http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() => Ok(()),
        _ => Err(Failure(format!("{url:?} is no endpoint URL: write it like http://127.0.0.1:8000"))),
    }
}

/// Whether an endpoint is not AWS's own: it is on this machine, or has no TLS.
fn is_local(url: &str) -> bool {
    if url.starts_with("http://") {
        return true;
    }
    let host = url.parse::<axum::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
