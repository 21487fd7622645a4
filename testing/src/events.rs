//! The events in `events/`, and the apps that they are for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use pail::auth::claims::TokenRules;
use pail::http::{Handler, Settings};
use pail::model::app::App;
use pail::model::id::BucketId;
use pail::model::index::{Indexes, RuleState};
use pail::model::issuer::Issuer;
use pail::model::query::Field;
use pail::model::scope::ScopeKind;
use pail::store::Store;
use pail::system::{System, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[cfg(feature = "engine")]
use crate::Installation;
use crate::fixtures::{self, EVERYBODY, default_settings, tables};
use crate::{Direct, NOW};

/// Accepts the tokens of the events. They expire in 2100, which is later than the default allows.
pub const RULES: TokenRules = TokenRules { maximum_lifetime: Duration::from_secs(4_102_444_800) };

/// The issuers of the tokens, with their key sets.
const KEY_SETS: [(&str, &str); 2] = [
    ("https://issuer.example", include_str!("../../events/jwks.json")),
    ("https://secret.example", include_str!("../../events/secret-jwks.json")),
];

/// The folder of the events.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// The events of all kinds: name, event, and expected answer.
pub fn all() -> Vec<(String, String, Value)> {
    let mut events = Vec::new();
    for kind in ["function-url", "http-api", "other", "rest-api"] {
        for entry in fs::read_dir(folder().join(kind)).expect("a folder of events") {
            let path = entry.expect("an entry").path();
            let name = format!("{kind}/{}", path.file_name().unwrap_or_default().display());
            let Some(stem) = name.strip_suffix(".json").filter(|stem| !stem.ends_with(".answer")) else {
                continue;
            };
            let answer = serde_json::from_str(&read(&format!("{stem}.answer.json"))).expect("an answer is JSON");
            events.push((stem.to_owned(), read(&name), answer));
        }
    }
    assert!(events.len() > 100, "the events are missing");
    events.sort_by(|(first, ..), (second, ..)| first.cmp(second));
    events
}

/// The text of a file in the folder of the events.
pub fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The event that must be handled right before this one, if any, so that this one always finds the same: the object `milk`, the
/// bucket `photos` or its absence, an entry of the bucket `albums` or its absence, the object `tent` of the bucket `todos`.
pub fn before(name: &str, event: &str) -> Option<String> {
    let (kind, stem) = name.split_once('/').unwrap_or_default();
    let other = match stem {
        "grant" => "revoke",
        "revoke" => "grant",
        "put-bucket" => "delete-bucket",
        "delete-bucket" | "get-bucket" | "head-bucket" | "list-buckets" | "put-bucket-existing" => "put-bucket",
        "query-index" => return Some(read("before-index.json")),
        _ => return event.contains("/objects/milk").then(|| read("before.json")),
    };
    Some(read(&format!("{kind}/{other}.json")))
}

/// An app of the events. Its key is its ID with `-key`.
pub fn app(id: &str) -> App {
    App { issuers: issuers(), disabled: id == "closed", ..fixtures::app(id) }
}

fn issuers() -> Vec<Issuer> {
    let trusted = |(issuer, key_set): (&str, &str)| Issuer {
        issuer: issuer.to_owned(),
        audiences: Vec::new(),
        user_prefix: None,
        source: None,
        claims: crate::callers::claim_names(),
        key_set: RawValue::from_string(key_set.trim().to_owned()).expect("a key set is JSON"),
    };
    KEY_SETS.into_iter().map(trusted).collect()
}

/// The index that the events need: on `due`, in the buckets `todos` of the users of the app demo.
fn indexes() -> Indexes {
    let mut indexes = Indexes::default();
    let bucket = BucketId::parse("todos").expect("a bucket ID");
    let number = indexes.declare(ScopeKind::User, &bucket, &[Field::of_name("due")]).expect("an index");
    indexes.advance(number, &[RuleState::Building], RuleState::Ready);
    indexes
}

/// Stores what `events/set-up` makes, and the index. The apps also trust the issuers of `also`.
async fn set_up(direct: &Direct, also: &[Issuer]) {
    for id in ["demo", "open", "closed"] {
        let mut app = app(id);
        app.issuers.extend_from_slice(also);
        if id == "demo" {
            app.indexes = indexes();
        }
        direct.put_app(app).await;
    }
    direct.put_scope_acl("open", json!({"CREATE_NEW_BUCKET": EVERYBODY})).await;
    direct.put_bucket("open", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": EVERYBODY})).await;
}

/// An installation for the events, which also trusts the issuer of the tests.
#[cfg(feature = "engine")]
pub async fn installation() -> Installation {
    let installation = Installation::with(|settings| settings.token_rules = RULES).await;
    set_up(&installation, &[crate::callers::issuer()]).await;
    installation
}

/// The tables for the events, in the DynamoDB that a client reaches. It must have the tables.
pub async fn tables_of(client: &Client) -> Direct {
    let direct = Direct::new(client.clone(), system());
    set_up(&direct, &[]).await;
    direct
}

/// A handler for the events, with nothing between it and the client, and nothing logged. It caches apps and buckets for `keep`.
pub fn handler(client: &Client, keep: Duration) -> Handler {
    let settings = Settings { keep, token_rules: RULES, ..default_settings() };
    Handler::new(Store::new(client.clone(), tables()), settings, system())
}

/// The time at which the tokens of the events are valid.
pub fn now() -> Timestamp {
    Timestamp(Duration::from_millis(NOW))
}

fn system() -> System {
    let bits = AtomicU64::new(0);
    System::new(now, move || Ok(u128::from(bits.fetch_add(1, Ordering::Relaxed)) << 64))
}
