//! Changes that lose nothing when two operators make them at once: read, decide, write on the condition that nobody
//! else has written meanwhile, and otherwise begin again.

use pail::auth::app_key::AppKey;
use pail::model::app::{App, ClaimNames, Issuer, StoredAppKey};
use pail::model::bucket::Writer;
use pail::model::id::AppId;
use pail::model::object::Version;
use pail::store::change::Change;
use serde_json::value::RawValue;

use super::connection::Installation;
use super::output::Failure;

/// How often a change begins again.
pub const MOST_ROUNDS: u32 = 20;

/// Too many others changed the same thing.
pub fn overtaken() -> Failure {
    Failure::new("others keep changing the same item; nothing was written, try again")
}

/// The app, or why not.
pub async fn read_app(installation: &Installation, id: &AppId) -> Result<App, Failure> {
    let mut session = installation.session()?;
    let app = session.app(id).await;
    app.map_err(|_| installation.explain(&session))?.ok_or_else(|| missing(id))
}

/// Changes an app. `change` says whether there is anything to write, and what it came to; it may be called again.
pub async fn change_app<T>(
    installation: &Installation,
    id: &AppId,
    change: impl Fn(&mut App) -> (Write, T),
) -> Result<T, Failure> {
    for _ in 0..MOST_ROUNDS {
        let mut session = installation.session()?;
        let seen = session.app(id).await.map_err(|_| installation.explain(&session))?;
        let seen = seen.ok_or_else(|| missing(id))?;
        let mut app = seen.clone();
        let (write, outcome) = change(&mut app);
        if write == Write::Nothing {
            return Ok(outcome);
        }
        let changed = session.put_app(&app, Some(&seen)).await;
        if changed.map_err(|_| installation.explain(&session))? == Change::Made {
            return Ok(outcome);
        }
    }
    Err(overtaken())
}

/// Whether a change has anything to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The item is to be written.
    Item,
    /// It is as it should be.
    Nothing,
}

impl Write {
    /// What [`change_app`] is told of a change that comes to whether there was one.
    pub fn if_changed(changed: bool) -> (Self, bool) {
        (if changed { Self::Item } else { Self::Nothing }, changed)
    }
}

/// Makes an app; says whether there was none of this name.
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
        issuers: Vec::new(),
        writer: Writer::new(0),
        version: Version::FIRST,
    };
    if with_own_issuer {
        app.issuers.push(own_issuer(installation)?);
    }
    let mut session = installation.session()?;
    let made = session.put_app(&app, None).await.map_err(|_| installation.explain(&session))?;
    Ok(made == Change::Made)
}

/// A key as it is kept.
pub fn stored_key(installation: &Installation, key: &AppKey) -> StoredAppKey {
    StoredAppKey { digest: key.digest(), created: installation.sources().now().milliseconds() }
}

/// A new app key.
pub fn new_key(installation: &Installation) -> Result<AppKey, Failure> {
    Ok(AppKey::new(random(installation)?, random(installation)?))
}

/// Pail's own issuer, with a new secret.
pub fn own_issuer(installation: &Installation) -> Result<Issuer, Failure> {
    // An app key has just what a secret needs: 256 random bits in URL-safe Base64.
    let (secret, id) = (new_key(installation)?, random(installation)?);
    let jwk = serde_json::json!({
        "keys": [{"kty": "oct", "alg": "HS256", "use": "sig", "kid": format!("{:08x}", id >> 96), "k": secret.reveal()}]
    });
    let key_set = RawValue::from_string(jwk.to_string()).map_err(Failure::new)?;
    Ok(Issuer { issuer: Issuer::OWN.to_owned(), audiences: Vec::new(), claims: ClaimNames::default(), key_set })
}

fn random(installation: &Installation) -> Result<u128, Failure> {
    installation.sources().random().map_err(Failure::new)
}

fn missing(id: &AppId) -> Failure {
    Failure(format!("there is no app {id}: `pail app create --app {id}` makes it, and `pail app list` shows all"))
}
