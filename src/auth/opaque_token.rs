//! Opaque tokens: short random texts, of which only digests are stored (contract, section 2).

use super::secret_text;

/// A token of `pail_` and 43 characters of URL-safe Base64, which stand for 256 random bits. It has no `Debug`, no
/// `Display` and no `==`, so that it cannot be logged, or compared in a time that depends on it.
#[derive(Clone)]
pub struct OpaqueToken(String);

/// What each opaque token begins with, by which people and programs that look for leaked secrets recognise one.
const PREFIX: &str = "pail_";

impl OpaqueToken {
    /// Parses a text of the form of an opaque token.
    pub fn parse(text: &str) -> Option<Self> {
        let random = text.strip_prefix(PREFIX)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (random.len() == 43 && random.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// A new token from 256 random bits: 48 characters.
    pub fn new(high: u128, low: u128) -> Self {
        Self(format!("{PREFIX}{}", secret_text::from_random(high, low)))
    }

    /// The token itself, which is shown once, when it is made.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the token, by which it is stored.
    pub fn digest(&self) -> [u8; 32] {
        secret_text::sha256(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_48_characters_and_is_recognised_by_its_form() {
        let token = OpaqueToken::new(1, u128::MAX);
        assert_eq!(token.reveal().len(), 48);
        assert!(OpaqueToken::parse(token.reveal()).is_some());
        let random = "x".repeat(43);
        for bad in [
            String::new(),
            "pail_".to_owned(),
            random.clone(),
            format!("pail_{}", &random[1..]),
            format!("pail_{random}x"),
            format!("PAIL_{random}"),
            format!("pail-{random}"),
            format!(" pail_{random}"),
            format!("pail_{} ", &random[1..]),
            format!("pail_{}=", &random[1..]),
            format!("pail_{}.", &random[1..]),
            format!("pail_{}é", &random[2..]),
        ] {
            assert!(OpaqueToken::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_stored_by_the_sha_256_of_its_text() {
        // printf pail_xxx…x | sha256sum
        let token = OpaqueToken::parse(&format!("pail_{}", "x".repeat(43))).unwrap();
        let hex: String = token.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "9c7d0602e7fb85f24487ffaf29378a951b06806aeed5ab318f1fff309feda13d");
    }
}
