//! Changes of apps, with messages for operators.

use pail::auth::app_key::AppKey;
use pail::auth::client::ClientSecret;
use pail::auth::opaque_token::OpaqueToken;
use pail::model::app::{App, StoredAppKey};
use pail::model::client::ClientId;
use pail::model::id::AppId;
use pail::model::index::Indexes;
use pail::model::issuer::{ClaimNames, Issuer};
use pail::operation;
use pail::store::write::Write;
use serde_json::value::RawValue;

use super::connection::Installation;
use super::output::Failure;

/// The app, or why there is none.
pub async fn read_app(installation: &Installation, id: &AppId) -> Result<App, Failure> {
    let app = installation.session()?.app(id).await;
    app.map_err(|failure| installation.explain(&failure))?.ok_or_else(|| missing(id))
}

/// Changes an app: see [`operation::app::change_app`].
pub async fn change_app<T>(
    installation: &Installation,
    id: &AppId,
    change: impl Fn(&mut App) -> (bool, T),
) -> Result<T, Failure> {
    let changed = operation::app::change_app(&mut installation.session()?, id, change).await;
    changed.map_err(|failure| installation.explain(&failure))?.ok_or_else(|| missing(id))
}

/// Makes an app. Returns false if there is one with this ID.
pub async fn create_app(
    installation: &Installation,
    id: &AppId,
    key: &AppKey,
    with_own_issuer: bool,
) -> Result<bool, Failure> {
    let mut app = App {
        id: id.clone(),
        disabled: false,
        keys: vec![stored_key(installation, key)],
        clients: Vec::new(),
        issuers: Vec::new(),
        indexes: Indexes::default(),
        stamp: None,
    };
    if with_own_issuer {
        app.issuers.push(own_issuer(installation)?);
    }
    let written = installation.session()?.put_app(&app).await;
    Ok(written.map_err(|failure| installation.explain(&failure))? == Write::Made)
}

/// The stored form of a key.
pub fn stored_key(installation: &Installation, key: &AppKey) -> StoredAppKey {
    StoredAppKey { digest: key.digest(), created: installation.system().now().milliseconds() }
}

/// A new app key.
pub fn new_key(installation: &Installation) -> Result<AppKey, Failure> {
    Ok(AppKey::new(random(installation)?, random(installation)?))
}

/// A new ID for a client.
pub fn new_client_id(installation: &Installation) -> Result<ClientId, Failure> {
    Ok(ClientId::random((random(installation)? >> 64).try_into().unwrap_or_default()))
}

/// A new secret for a client.
pub fn new_client_secret(installation: &Installation) -> Result<ClientSecret, Failure> {
    Ok(ClientSecret::new(random(installation)?, random(installation)?))
}

/// A new opaque token.
pub fn new_token(installation: &Installation) -> Result<OpaqueToken, Failure> {
    Ok(OpaqueToken::new(random(installation)?, random(installation)?))
}

/// Pail's own issuer, with a new secret.
pub fn own_issuer(installation: &Installation) -> Result<Issuer, Failure> {
    // An app key has just what a secret needs: 256 random bits in URL-safe Base64.
    let (secret, id) = (new_key(installation)?, random(installation)?);
    let jwk = serde_json::json!({
        "keys": [{"kty": "oct", "alg": "HS256", "kid": format!("{:08x}", id >> 96), "k": secret.reveal()}]
    });
    let key_set = RawValue::from_string(jwk.to_string()).map_err(Failure::new)?;
    Ok(Issuer {
        issuer: Issuer::OWN.to_owned(),
        audiences: Vec::new(),
        user_prefix: None,
        source: None,
        claims: ClaimNames::default(),
        key_set,
    })
}

fn random(installation: &Installation) -> Result<u128, Failure> {
    installation.system().random().map_err(Failure::new)
}

/// There is no such app.
pub fn missing(id: &AppId) -> Failure {
    Failure(format!("there is no app {id}: `pail app create --app {id}` makes it, and `pail app list` shows all"))
}
