//! The header field `Idempotency-Key` (contract, section 3).

use super::headers::Headers;
use crate::error::{Error, Result};
use crate::model::idempotency::IdempotencyKey;

/// The key of a request, if it has one.
pub fn idempotency_key(headers: &Headers) -> Result<Option<IdempotencyKey>> {
    let key = match headers.values("idempotency-key") {
        [] => return Ok(None),
        [key] => IdempotencyKey::parse(key).ok(),
        _ => None,
    };
    let malformed = Error::InvalidInput { field: "Idempotency-Key", pattern: IdempotencyKey::PATTERN };
    key.map(Some).ok_or(malformed)
}
