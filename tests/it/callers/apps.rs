//! The credentials of one app on the paths of another: all are refused, even if both apps trust the same issuer
//! (section 2).

use jsonwebtoken::{Algorithm, EncodingKey};
use pail::model::app::App;
use pail::model::issuer::Issuer;
use serde_json::{Value, json};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use pail_testing::callers::{self, ISSUER, claims, issuer, issuer_with, sign};
use pail_testing::{Call, Installation, app, app_key};

/// The apps. Each has two keys, an issuer that both trust, and an issuer that only it trusts.
const APPS: [&str; 2] = ["demo", "other"];

/// The scopes that a path can name, below its app.
const SCOPES: [&str; 5] = ["", "/users/alice", "/users/me", "/groups/crew", "/things/alice"];

/// The claims that make the bearer a user, a thing, a group member and an administrator.
const BEARERS: [&str; 4] =
    [r#"{}"#, r#"{"principal_type": "thing"}"#, r#"{"groups": ["crew"]}"#, r#"{"role": "admin"}"#];

/// The secret of the issuer that only this app trusts.
fn secret(id: &str) -> Vec<u8> {
    format!("the secret of the issuer of {id:>5}").into_bytes()
}

fn own_issuer(name: &str, id: &str) -> Issuer {
    let key = json!({"kty": "oct", "kid": "own", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(secret(id))});
    issuer_with(name, &[key])
}

/// A token by the issuer that only the app `id` trusts.
fn own_token(id: &str, changes: &Value) -> String {
    let key = EncodingKey::from_secret(&secret(id));
    sign(&json!({"alg": "HS256", "kid": "own"}), &claims(changes.clone()), Algorithm::HS256, &key)
}

/// Two apps in which everybody may create objects. Each trusts its own issuer of the name `own` in addition to the
/// shared issuer.
async fn two_apps() -> Installation {
    let installation = Installation::start().await;
    for id in APPS {
        let issuers = vec![issuer(), own_issuer(&format!("https://{id}.test"), id), own_issuer("https://own.test", id)];
        let keys = ["key", "second-key"].map(|key| app_key(&format!("{id}-{key}")));
        installation.put_app(App { issuers, keys: keys.into(), ..app(id) }).await;
        for scope in SCOPES {
            let everybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
            installation.put_bucket(&format!("{id}{}", scope.replace("/me", "/alice")), "notes", everybody).await;
        }
    }
    installation
}

/// The call with each app key, by Basic and by the headers of Kii.
fn app_keys(id: &str, call: &Call) -> Vec<Call> {
    let keys = ["key", "second-key"].map(|key| format!("{id}-{key}"));
    keys.iter()
        .flat_map(|key| {
            let kii = call.clone().header("X-Kii-AppID", id).header("X-Kii-AppKey", key);
            [call.clone().basic(id, key), kii]
        })
        .collect()
}

/// The tokens of an app's callers, by each of its issuers.
fn tokens(id: &str) -> Vec<String> {
    let bearers = BEARERS.map(|changes| serde_json::from_str::<Value>(changes).expect("JSON"));
    let with = |changes: &Value, issuer: &str| {
        let mut changes = changes.clone();
        changes["iss"] = issuer.into();
        changes["aud"] = id.into();
        changes
    };
    bearers
        .iter()
        .flat_map(|changes| {
            [
                callers::token(with(changes, ISSUER)),
                own_token(id, &with(changes, &format!("https://{id}.test"))),
                own_token(id, &with(changes, "https://own.test")),
            ]
        })
        .collect()
}

/// The tokens of [`tokens`], each followed by an opaque one that it was exchanged for.
async fn tokens_of_both_kinds(installation: &Installation, id: &str) -> Vec<String> {
    let mut both = Vec::new();
    for token in tokens(id) {
        let call = exchange(id, &token);
        let answer = installation.answer(&call).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        both.extend([token, answer.text("access_token")]);
    }
    both
}

/// A request to exchange a token in an app.
fn exchange(id: &str, token: &str) -> Call {
    let parameters = json!({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token});
    Call::create(id, "notes").path(&format!("/api/apps/{id}/oauth2/token")).body(parameters.to_string())
}

#[tokio::test]
async fn no_credential_of_one_app_is_accepted_on_a_path_of_another() {
    let installation = two_apps().await;
    let both = [tokens_of_both_kinds(&installation, "demo").await, tokens_of_both_kinds(&installation, "other").await];
    let before = installation.items().await;
    for ((id, another), tokens) in [("demo", "other"), ("other", "demo")].into_iter().zip(&both) {
        for token in tokens {
            installation.refused(&exchange(another, token), 400, "invalid_request").await;
            let me = Call::object("GET", another, "notes", "o1").path(&format!("/api/apps/{another}/users/me"));
            installation.refused(&me.bearer(token), 403, "WRONG_TOKEN").await;
        }
        for scope in SCOPES {
            let theirs = Call::create(&format!("{another}{scope}"), "notes");
            for call in app_keys(id, &theirs) {
                installation.refused_unread(&call, 401, "UNAUTHORIZED").await;
            }
            // The right name with the wrong app's key.
            for key in ["key", "second-key"].map(|key| format!("{id}-{key}")) {
                installation.refused(&theirs.clone().basic(another, &key), 401, "UNAUTHORIZED").await;
                let kii = theirs.clone().header("X-Kii-AppID", another).header("X-Kii-AppKey", &key);
                let answer = installation.refused(&kii, 401, "UNAUTHORIZED").await;
                assert_eq!(answer.json().get("authenticatedAppID"), None, "{answer:?}");
            }
            for token in tokens {
                let call = theirs.clone().bearer(token);
                // The other app's own ID and key in the headers of Kii do not help.
                let beside =
                    call.clone().header("X-Kii-AppID", another).header("X-Kii-AppKey", &format!("{another}-key"));
                for call in [call, beside] {
                    let answer = installation.refused(&call, 403, "WRONG_TOKEN").await;
                    assert_eq!(answer.text("appID"), another);
                }
            }
        }
    }
    assert_eq!(installation.items().await, before);
}

#[tokio::test]
async fn each_credential_is_accepted_on_the_paths_of_its_own_app() {
    let installation = two_apps().await;
    let mut created = 0;
    for id in APPS {
        let tokens = tokens_of_both_kinds(&installation, id).await;
        for scope in SCOPES {
            let own = Call::create(&format!("{id}{scope}"), "notes");
            let calls = tokens.iter().map(|token| own.clone().bearer(token)).chain(app_keys(id, &own));
            for (at, call) in calls.enumerate() {
                let is_user = at < 6 || (12..18).contains(&at);
                if scope == "/users/me" && !is_user {
                    let answer = installation.refused(&call, 401, "UNAUTHORIZED").await;
                    assert_eq!(answer.text("authenticatedAppID"), id);
                } else {
                    let answer = installation.answer(&call).await;
                    assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
                    created += 1;
                }
            }
        }
    }
    assert_eq!(created, 2 * (4 * (24 + 4) + 12));
    assert_eq!(installation.count().await, (2 * 4, created));
}

#[tokio::test]
async fn issuers_of_the_same_name_in_two_apps_are_separate() {
    let installation = two_apps().await;
    for (id, another) in [("demo", "other"), ("other", "demo")] {
        for changes in BEARERS {
            let mut changes: Value = serde_json::from_str(changes).expect("JSON");
            changes["iss"] = "https://own.test".into();
            // The audience is the other app, or both, but only this app trusts the key.
            for audience in [json!(another), json!([id, another])] {
                changes["aud"] = audience;
                let call = Call::create(another, "notes").bearer(&own_token(id, &changes));
                installation.refused(&call, 403, "WRONG_TOKEN").await;
            }
        }
    }
}

#[tokio::test]
async fn a_token_of_a_shared_issuer_for_both_apps_is_accepted_by_both() {
    let installation = two_apps().await;
    let token = callers::token(json!({"aud": APPS}));
    for id in APPS {
        installation.created(&Call::create(id, "notes").bearer(&token)).await;
    }
}
