//! The events in `events/`, and an installation that they are about.

use std::fs;
use std::path::{Path, PathBuf};

use pail::model::app::App;
use serde_json::{Value, json};

use super::{Installation, app, bucket_item, callers, issuers};

/// Where the events are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

/// The apps that `events/set-up` makes, which trust the issuer of the tests as well.
pub async fn installation() -> Installation {
    let installation = Installation::with(|settings| {
        settings.token_rules.maximum_lifetime = issuers::TOKEN_LIFETIME;
    })
    .await;
    let trusted: Vec<_> = [callers::issuer()].into_iter().chain(issuers::of_events()).collect();
    for id in ["demo", "open", "closed"] {
        let app = App { issuers: trusted.clone(), disabled: id == "closed", ..app(id) };
        installation.put_app(app).await;
    }
    let anybody = "UserID:ANONYMOUS_USER";
    let signed_in = "UserID:ANY_AUTHENTICATED_USER";
    installation.put_scope_acl("open", json!({"CREATE_NEW_BUCKET": [signed_in, anybody]})).await;
    installation.put(bucket_item("open", "notes", &json!({"CREATE_OBJECTS_IN_BUCKET": [signed_in, anybody]}))).await;
    installation
}

/// The events of all kinds, each with the answer that is expected.
pub fn events() -> Vec<(String, String, Value)> {
    let mut events = Vec::new();
    for kind in ["function-url", "http-api", "other", "rest-api"] {
        for entry in fs::read_dir(folder().join(kind)).expect("a folder of events") {
            let path = entry.expect("an entry").path();
            let name = format!("{kind}/{}", path.file_name().unwrap_or_default().display());
            let Some(stem) = name.strip_suffix(".json").filter(|stem| !stem.ends_with(".answer")) else {
                continue;
            };
            let read =
                |name: &str| fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let answer = serde_json::from_str(&read(&format!("{stem}.answer.json"))).expect("an answer is JSON");
            events.push((stem.to_owned(), read(&name), answer));
        }
    }
    assert!(events.len() > 100, "the events are missing");
    events.sort_by(|(first, ..), (second, ..)| first.cmp(second));
    events
}
