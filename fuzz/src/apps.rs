//! The apps that the events in `events/` are about, and an installation with them. The benches use it as well.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use pail::auth::app_key::AppKey;
use pail::auth::claims::TokenRules;
use pail::http::{Handler, Settings};
use pail::model::app::{App, StoredAppKey};
use pail::model::bucket::Writer;
use pail::model::id::AppId;
use pail::model::object::Version;
use pail::sources::{Sources, Timestamp};
use pail::store::{Session, Store, Tables};
use tokio::time::Instant;

/// Whose tokens they are, as the tests have it.
#[path = "../../tests/it/harness/issuers.rs"]
mod issuers;

/// Some day in September 2026.
pub const NOW: Timestamp = Timestamp(Duration::from_secs(1_790_000_000));

/// They let the tokens of the events be good.
pub const RULES: TokenRules = TokenRules { maximum_lifetime: issuers::TOKEN_LIFETIME };

/// Where the events are.
pub fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// An app whose key is its ID and `-key`, and which trusts the issuers of the events.
pub fn app(id: &str) -> App {
    let key = AppKey::parse(&format!("{id}-key")).expect("an app key");
    App {
        id: AppId::parse(id).expect("an app's ID"),
        disabled: id == "closed",
        keys: vec![StoredAppKey { digest: key.digest(), created: 0 }],
        issuers: issuers::of_events(),
        writer: Writer::new(0),
        version: Version::FIRST,
    }
}

/// The text of a file.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources() -> Sources {
    let bits = AtomicU64::new(0);
    Sources::new(|| NOW, move || Ok(u128::from(bits.fetch_add(1, Ordering::Relaxed)) << 64))
}

fn store(client: &Client) -> Store {
    Store::new(client.clone(), Tables { apps: "apps".to_owned(), objects: "objects".to_owned() })
}

/// A handler that has seen nothing yet, over the DynamoDB that this client reaches, and keeps apps and buckets for so long.
pub fn handler(client: &Client, keep: Duration) -> Handler {
    let settings = Settings { allowed_origin: "*".to_owned(), keep, token_rules: RULES, public_url: None };
    Handler::new(store(client), settings, sources())
}

/// A handler that has made what `events/set-up` makes, in a DynamoDB that this client reaches.
pub async fn installation(client: &Client) -> Handler {
    let (store, sources) = (store(client), sources());
    store.create_tables().await.expect("tables in memory");
    for id in ["demo", "open", "closed"] {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut session = Session::new(&store, &sources, deadline).expect("a session");
        session.put_app(&app(id), None).await.expect("an app");
    }
    put_acl(client, "open", "acl", "CREATE_NEW_BUCKET", None).await;
    put_acl(client, "open", "bucket/notes", "CREATE_OBJECTS_IN_BUCKET", Some("0123456789abcdef0123456789abcdef")).await;
    handler(client, Duration::ZERO)
}

/// Lets anybody do this in an app: on its scope, or in a bucket of this generation.
pub async fn put_acl(client: &Client, app: &str, sort: &str, verb: &str, generation: Option<&str>) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let everybody = ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"].map(str::to_owned);
    let acl = HashMap::from([(verb.to_owned(), AttributeValue::Ss(everybody.to_vec()))]);
    let mut put = client.put_item().table_name("objects").item("pk", text(app)).item("sk", text(sort));
    put = put
        .item("writer", text("w"))
        .item("version", AttributeValue::N("1".to_owned()))
        .item("acl", AttributeValue::M(acl));
    if let Some(generation) = generation {
        put = put.item("generation", text(generation));
    }
    put.send().await.expect("an item");
}
