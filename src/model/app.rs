//! An app: who may call it, and whose tokens it trusts.

use super::client::StoredClient;
use super::id::AppId;
use super::index::Indexes;
use super::issuer::Issuer;
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
    /// The indexes of its buckets.
    pub indexes: Indexes,
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
