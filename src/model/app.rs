//! An app: who may call it, and whose tokens it trusts.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::bucket::Writer;
use super::id::AppId;
use super::object::Version;

/// An app as the apps table has it.
#[derive(Clone)]
pub struct App {
    /// Its name.
    pub id: AppId,
    /// Whether it is switched off, whoever asks.
    pub disabled: bool,
    /// Its active keys: any of them is good.
    pub keys: Vec<StoredAppKey>,
    /// The issuers whose tokens it trusts.
    pub issuers: Vec<Issuer>,
    /// Who wrote the item last.
    pub writer: Writer,
    /// How often the item was written.
    pub version: Version,
}

/// What is kept of an app key: enough to recognise it, not enough to use it.
#[derive(Clone)]
pub struct StoredAppKey {
    /// The SHA-256 of the key.
    pub digest: [u8; 32],
    /// When it was added, in milliseconds since 1970 UTC.
    pub created: u64,
}

impl StoredAppKey {
    /// The name by which operators tell keys apart: the first 12 hexadecimal digits of the digest.
    pub fn id(&self) -> String {
        Self::id_of(&self.digest)
    }

    /// The name of the key with this digest.
    pub fn id_of(digest: &[u8; 32]) -> String {
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An issuer of tokens, and how its tokens are read. It is stored as JSON of this shape. There is no `Debug`, as a key
/// set may hold secrets.
#[derive(Clone, Deserialize, Serialize)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The audiences of which a token has to name one; empty: the app's ID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Where its tokens keep what Pail asks for.
    #[serde(default)]
    pub claims: ClaimNames,
    /// Its JSON Web Key Set (RFC 7517).
    pub key_set: Box<RawValue>,
}

impl Issuer {
    /// The issuer of the tokens that Pail's own command line makes, with a secret of the app's own.
    pub const OWN: &str = "pail";
}

/// The names of the claims that an issuer may call otherwise.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct ClaimNames {
    /// Holds the audience: `aud`, or `client_id` in Cognito's access tokens.
    pub audience: String,
    /// Makes the administrator if it is `admin`.
    pub role: String,
    /// Makes a thing if it is `thing`.
    pub principal_type: String,
    /// Lists the groups of the caller, for instance `cognito:groups`.
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
