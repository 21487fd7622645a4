//! What `pail app show` and `list` say about an app: everything but its secrets.

use pail::model::app::App;
use pail::model::issuer::Issuer;
use serde_json::{Value, json};

use super::Printed;

/// An app as text and as JSON.
pub fn described(app: &App) -> Printed {
    let mut text = format!("app {}: {}", app.id, state(app));
    for key in &app.keys {
        text.push_str(&format!("\nkey {}, added {}", key.id(), day(key.created)));
    }
    for client in &app.clients {
        text.push_str(&format!("\nclient {}, added {}", client.id, day(client.created)));
    }
    for issuer in &app.issuers {
        text.push_str(&format!("\n{}", line(app, issuer)));
    }
    let keys: Vec<Value> = app.keys.iter().map(|key| json!({"keyID": key.id(), "createdAt": key.created})).collect();
    let clients =
        app.clients.iter().map(|client| json!({"client_id": client.id.as_str(), "createdAt": client.created}));
    let clients: Vec<Value> = clients.collect();
    let issuers: Vec<Value> = app.issuers.iter().map(value).collect();
    let (id, state) = (app.id.as_str(), state(app));
    (text, json!({"appID": id, "status": state, "keys": keys, "clients": clients, "issuers": issuers}))
}

/// Whether an app is enabled, in a word.
pub fn state(app: &App) -> &'static str {
    if app.disabled { "disabled" } else { "enabled" }
}

fn line(app: &App, issuer: &Issuer) -> String {
    let audiences = if issuer.audiences.is_empty() { app.id.to_string() } else { issuer.audiences.join(", ") };
    let mut line = format!("issuer {}, audience {audiences}", issuer.issuer);
    if let Some(prefix) = &issuer.user_prefix {
        line.push_str(&format!(", users {prefix}…"));
    }
    if let Some((name, value)) = issuer.role().filter(|_| !issuer.is_own()) {
        line.push_str(&format!(", administrator by {name} {value}"));
    }
    let source = issuer.source.as_ref().map(|source| format!(" from {}", source.url)).unwrap_or_default();
    format!("{line}, keys {}{source}", key_ids(issuer).join(", "))
}

fn value(issuer: &Issuer) -> Value {
    let claims = &issuer.claims;
    let claims = json!({
        "user": claims.user,
        "audience": claims.audience,
        "role": issuer.role().map(|(name, value)| json!({"name": name, "value": value})),
        "principal_type": issuer.principal_type(),
        "groups": claims.groups,
    });
    let (name, prefix) = (&issuer.issuer, issuer.user_prefix.as_ref().map(ToString::to_string));
    let (audiences, keys) = (&issuer.audiences, key_ids(issuer));
    let url = issuer.source.as_ref().map(|source| source.url.as_str());
    json!({"issuer": name, "audiences": audiences, "userPrefix": prefix, "claims": claims, "keyIDs": keys, "keySetURL": url})
}

/// The `kid`s of an issuer's keys: all of a key set that may be shown.
fn key_ids(issuer: &Issuer) -> Vec<String> {
    let set: Value = serde_json::from_str(issuer.key_set.get()).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    keys.iter().map(|key| key.get("kid").and_then(Value::as_str).unwrap_or("(no ID)").to_owned()).collect()
}

fn day(milliseconds: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(milliseconds);
    humantime::format_rfc3339_seconds(time).to_string()
}
