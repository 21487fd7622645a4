//! Settings, apps and items that tests start from.

use std::time::Duration;

use pail::auth::app_key::AppKey;
use pail::auth::claims::TokenRules;
use pail::config::{DEFAULT_SCAN_MEGABYTES, MAXIMUM_TOKEN_LIFETIME};
use pail::http::Settings;
use pail::http::cors::AllowedOrigins;
use pail::model::app::{App, StoredAppKey};
use pail::model::id::AppId;
use pail::model::index::Indexes;
use pail::store::Tables;
use serde_json::{Value, json};

use crate::{NOW, callers, items};

/// The generation of [`bucket_item`].
pub const GENERATION: &str = "0123456789abcdef0123456789abcdef";

/// The subjects that let everybody in: anonymous callers and all others.
pub const EVERYBODY: [&str; 2] = ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"];

/// The settings of a handler whose environment sets none.
pub fn default_settings() -> Settings {
    Settings {
        allowed_origins: AllowedOrigins::Any,
        keep: Duration::ZERO,
        scan_megabytes: DEFAULT_SCAN_MEGABYTES,
        token_rules: TokenRules { maximum_lifetime: MAXIMUM_TOKEN_LIFETIME },
        public_url: None,
    }
}

/// The names of the tables.
pub fn tables() -> Tables {
    Tables { apps: "apps".to_owned(), objects: "objects".to_owned(), index: "index".to_owned() }
}

/// An app that trusts the tests' issuer, and whose key is its ID with `-key`.
pub fn app(id: &str) -> App {
    App {
        id: AppId::parse(id).expect("an app's ID"),
        disabled: false,
        keys: vec![app_key(&format!("{id}-key"))],
        clients: Vec::new(),
        issuers: vec![callers::issuer()],
        indexes: Indexes::default(),
        stamp: None,
    }
}

/// An app key as an app stores it.
pub fn app_key(key: &str) -> StoredAppKey {
    StoredAppKey { digest: AppKey::parse(key).expect("an app key").digest(), created: NOW }
}

/// The item of a scope's ACL, from `{"VERB": ["subject", …]}`.
pub fn scope_acl_item(scope: &str, entries: &Value) -> Value {
    json!({
        "pk": {"S": scope}, "sk": {"S": "acl"}, "writer": {"S": "a test"}, "version": {"N": "1"}, "acl": items::acl(entries),
    })
}

/// The item of a bucket with this ACL, from `{"VERB": ["subject", …]}`.
pub fn bucket_item(scope: &str, bucket: &str, entries: &Value) -> Value {
    json!({
        "pk": {"S": scope}, "sk": {"S": format!("bucket/{bucket}")},
        "writer": {"S": "a test"}, "version": {"N": "1"}, "generation": {"S": GENERATION},
        "acl": items::acl(entries), "creator": {"S": "UserID:somebody"}, "created": {"N": NOW.to_string()},
    })
}

/// The item of an object of version 1 in a bucket of [`bucket_item`], made by the user `alice`, with its default ACL.
pub fn object_item(scope: &str, bucket: &str, id: &str, content: &str) -> Value {
    let now = json!({"N": NOW.to_string()});
    json!({
        "pk": {"S": format!("{scope}/{bucket}:{GENERATION}")}, "sk": {"S": id}, "writer": {"S": "a test"},
        "version": {"N": "1"}, "content": {"S": content}, "data_type": {"S": "application/json"},
        "owner": {"S": "UserID:alice"}, "created": now, "modified": now, "entries": {"M": {}},
    })
}

/// The marker that the drop of a bucket leaves, with the time in milliseconds since 1970.
pub fn marker_item(scope: &str, bucket: &str, generation: &str, dropped: u64) -> Value {
    json!({
        "pk": {"S": "/garbage"}, "sk": {"S": generation}, "scope": {"S": scope}, "bucket": {"S": bucket},
        "rules": {"N": "0"}, "dropped": {"N": dropped.to_string()},
    })
}

/// The item of a bucket after it was dropped.
pub fn dropped(bucket: Value) -> Value {
    removed(bucket, "dropped", &["acl"])
}

/// The item of an object after it was deleted, with seven days to go.
pub fn deleted(object: Value) -> Value {
    let mut item = removed(object, "deleted", &["acl", "content", "data_type", "entries", "modified"]);
    item["expires"] = json!({"N": (NOW / 1000 + 7 * 24 * 60 * 60).to_string()});
    item
}

/// A tombstone: `item` with a mark, without `attributes`, by another writer and with the next version.
fn removed(mut item: Value, mark: &str, attributes: &[&str]) -> Value {
    let version: u64 = item["version"]["N"].as_str().and_then(|version| version.parse().ok()).expect("a version");
    let members = item.as_object_mut().expect("an item is an object");
    members.retain(|name, _| !attributes.contains(&name.as_str()));
    members.insert(mark.to_owned(), json!({"N": NOW.to_string()}));
    with_version(item, version + 1)
}

/// An item with this version, by a writer that nobody else is.
pub fn with_version(mut item: Value, version: u64) -> Value {
    item["version"] = json!({"N": version.to_string()});
    item["writer"] = json!({"S": format!("a test, version {version}")});
    item
}
