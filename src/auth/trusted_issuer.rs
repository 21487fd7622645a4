//! An issuer whose key set is parsed once.

use std::sync::OnceLock;

use super::key_set::{InvalidKeySet, KeySet};
use crate::model::issuer::Issuer;

/// An issuer that an app trusts. Its key set is parsed when its first token comes, and then kept: that may take longer
/// than the rest of a request. It has no `Debug`, as a key set may hold secrets.
pub struct TrustedIssuer {
    /// The issuer.
    pub issuer: Issuer,
    key_set: OnceLock<Result<KeySet, InvalidKeySet>>,
}

impl TrustedIssuer {
    /// An issuer whose key set is not parsed yet.
    pub fn new(issuer: Issuer) -> Self {
        Self { issuer, key_set: OnceLock::new() }
    }

    /// The parsed key set, or why it cannot be used.
    pub fn key_set(&self) -> Result<&KeySet, &InvalidKeySet> {
        self.key_set.get_or_init(|| KeySet::parse(self.issuer.key_set.get())).as_ref()
    }
}
