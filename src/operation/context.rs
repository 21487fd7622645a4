//! What an operation runs with.

use crate::auth::claims::TokenRules;
use crate::auth::credentials::Credentials;
use crate::store::Session;
use crate::system::Timestamp;

/// One request's caller, time and calls to the store.
pub struct Context<'a> {
    /// The calls.
    pub store: Session<'a>,
    /// Who calls, not yet verified.
    pub credentials: Credentials,
    /// The installation's rules for tokens.
    pub rules: TokenRules,
    /// The most mebibytes of items that one request of somebody else than the administrator may read.
    pub scan_megabytes: u32,
    /// When the request began.
    pub now: Timestamp,
}
