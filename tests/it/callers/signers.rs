//! Installations that trust keys, and what they answer to tokens.

use std::sync::OnceLock;

use pail::model::app::App;
use pail::model::issuer::Issuer;
use serde_json::Value;

use pail_testing::callers::{ISSUER, issuer_with};
pub use pail_testing::signers::{SIGNERS, Signer, public};
use pail_testing::{Answer, Call, Installation, app};

pub async fn trusting(issuers: Vec<Issuer>) -> Installation {
    let installation = Installation::start().await;
    installation.put_app(App { issuers, ..app("demo") }).await;
    installation
}

/// An installation that trusts the keys of `signers`.
pub async fn trusting_keys<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Installation {
    let keys: Vec<Value> = signers.into_iter().map(|signer| signer.jwk.clone()).collect();
    trusting(vec![issuer_with(ISSUER, &keys)]).await
}

pub fn call(token: &str) -> Call {
    Call::create("demo", "notes").bearer(token)
}

/// The principal of the caller with a valid token, as recorded in the object's owner.
pub async fn owner(installation: &Installation, token: &str) -> String {
    let (_, items) = installation.created(&call(token)).await;
    let object = items.values().find(|item| item.get("content").is_some()).expect("an object");
    object["owner"]["S"].as_str().unwrap_or_default().to_owned()
}

/// Checks that a token is refused with the same bytes as every other token in this run, so that the answer does not
/// reveal the reason.
pub async fn is_wrong(installation: &Installation, token: &str) {
    static FIRST: OnceLock<Answer> = OnceLock::new();
    let answer = installation.refused(&call(token), 403, "WRONG_TOKEN").await;
    assert_eq!(answer.text("appID"), "demo");
    assert_eq!(&answer, FIRST.get_or_init(|| answer.clone()), "{token}");
}
