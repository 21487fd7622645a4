//! An app: who may call it, and whose tokens it trusts.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::client::StoredClient;
use super::id::AppId;
use super::stamp::Stamp;

/// An app, as the apps table holds it.
#[derive(Clone)]
pub struct App {
    /// Its ID.
    pub id: AppId,
    /// If true, every request to the app is refused.
    pub disabled: bool,
    /// Its active keys, any of which is accepted.
    pub keys: Vec<StoredAppKey>,
    /// Its clients, which get tokens of the administrator. Their IDs differ.
    pub clients: Vec<StoredClient>,
    /// The issuers whose tokens it trusts.
    pub issuers: Vec<Issuer>,
    /// What a change of the item expects; `None` for an app that is about to be made.
    pub stamp: Option<Stamp>,
}

/// The stored part of an app key: enough to recognise the key, not enough to use it.
#[derive(Clone)]
pub struct StoredAppKey {
    /// The SHA-256 of the key.
    pub digest: [u8; 32],
    /// When it was added, in milliseconds since 1970 UTC.
    pub created: u64,
}

impl StoredAppKey {
    /// The ID by which operators tell keys apart: the first 12 hexadecimal digits of the digest.
    pub fn id(&self) -> String {
        Self::id_of(&self.digest)
    }

    /// The ID of the key with this digest.
    pub fn id_of(digest: &[u8; 32]) -> String {
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An issuer of tokens, and how its tokens are read. It is stored as JSON of this shape. It has no `Debug`, as a key set
/// may hold secrets.
#[derive(Clone, Deserialize, Serialize)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The accepted audiences; if empty, the app's ID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// The names of the claims that Pail reads.
    #[serde(default)]
    pub claims: ClaimNames,
    /// Its JSON Web Key Set (RFC 7517).
    pub key_set: Box<RawValue>,
}

impl Issuer {
    /// The `iss` of tokens that `pail token` signs with a secret of the app's own.
    pub const OWN: &str = "pail";
}

/// The names of the claims that Pail reads, which differ between issuers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct ClaimNames {
    /// The audience: `aud`, or `client_id` in Cognito's access tokens.
    pub audience: String,
    /// The claim whose value `admin` makes the caller the administrator.
    pub role: String,
    /// The claim whose value `thing` makes the caller a thing.
    pub principal_type: String,
    /// The list of the caller's groups, such as `cognito:groups`.
    pub groups: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            audience: "aud".to_owned(),
            role: "role".to_owned(),
            principal_type: "principal_type".to_owned(),
            groups: "groups".to_owned(),
        }
    }
}
