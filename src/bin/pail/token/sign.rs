//! JSON Web Tokens, signed with the app's own key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pail::model::app::App;
use pail::model::issuer::Issuer;
use pail::system::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Token, own_issuer};
use crate::output::Failure;

/// The claims of a token (RFC 7519).
#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    sub: String,
    aud: String,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
}

impl Token {
    /// The token, signed with the own key of the app.
    pub(super) fn sign(self, app: &App, now: Timestamp) -> Result<String, Failure> {
        let now = now.seconds();
        let claims = Claims {
            iss: Issuer::OWN,
            aud: app.id.to_string(),
            iat: now,
            exp: now.saturating_add(self.expires_in.as_secs()),
            role: self.admin.then_some("admin"),
            principal_type: self.thing.is_some().then_some("thing"),
            groups: self.groups.iter().map(ToString::to_string).collect(),
            sub: match (self.user, self.thing) {
                (Some(user), _) => user.to_string(),
                (_, Some(thing)) => thing.to_string(),
                (None, None) => "admin".to_owned(),
            },
        };
        sign(app, &claims)
    }
}

/// The part of a key set that Pail's own issuer has.
#[derive(Deserialize)]
struct OwnKeys {
    keys: Vec<OwnKey>,
}

#[derive(Deserialize)]
struct OwnKey {
    kid: String,
    k: String,
}

fn sign(app: &App, claims: &Claims) -> Result<String, Failure> {
    let own = own_issuer(app)?;
    let unreadable = || Failure(format!("the own key of the app {} cannot be read", app.id));
    let keys: OwnKeys = serde_json::from_str(own.key_set.get()).map_err(|_| unreadable())?;
    let key = keys.keys.first().ok_or_else(unreadable)?;
    let secret = URL_SAFE_NO_PAD.decode(&key.k).map_err(|_| unreadable())?;
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&secret)).map_err(|_| unreadable())
}
