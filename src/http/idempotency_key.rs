//! The header field `Idempotency-Key` (contract, section 3).

use super::headers::Headers;
use super::refusal::{Refusal, Result};
use crate::model::idempotency::IdempotencyKey;

/// The key of a request, if it has one.
pub fn idempotency_key(headers: &Headers<'_>) -> Result<Option<IdempotencyKey>> {
    let key = match headers.values("idempotency-key")[..] {
        [] => return Ok(None),
        [key] => IdempotencyKey::parse(key).ok(),
        _ => None,
    };
    let malformed = Refusal::InvalidInput { field: "Idempotency-Key", pattern: IdempotencyKey::PATTERN };
    key.map(Some).ok_or(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::creator::Creator;
    use crate::model::stamp::Generation;

    #[test]
    fn a_key_is_sent_once_or_not_at_all() {
        let of = |values: &[&str]| {
            let mut headers = Headers::default();
            values.iter().for_each(|value| headers.push("Idempotency-Key", *value));
            idempotency_key(&headers).map(|key| key.map(|key| key.object_id(&Generation::new(0), &Creator::Anonymous)))
        };
        let key = IdempotencyKey::parse("k").unwrap().object_id(&Generation::new(0), &Creator::Anonymous);
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["k"]), Ok(Some(key)));
        let refused = Err(Refusal::InvalidInput { field: "Idempotency-Key", pattern: IdempotencyKey::PATTERN });
        for bad in [&[""][..], &["a b"], &["k", "k"]] {
            assert_eq!(of(bad), refused, "{bad:?}");
        }
    }
}
