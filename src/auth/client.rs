//! Secrets of clients, of which only digests are stored.

use super::secret_text;
use crate::model::client::StoredClient;

/// The secret of a client as an operator gives it. It has no `Debug`, no `Display` and no `==`, so that it cannot be logged,
/// or compared in a time that depends on it.
#[derive(Clone)]
pub struct ClientSecret(String);

/// The pattern of a client's secret, in words.
pub const PATTERN: &str = "a client secret is 32 to 255 visible ASCII characters, with blanks only between them";

impl ClientSecret {
    /// Parses a secret of 32 to 255 visible ASCII characters and blanks between them. Shorter ones could be guessed from a
    /// copy of the tables, as SHA-256 is fast.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let is_good = (32..=255).contains(&text.len()) && text.bytes().all(allowed);
        (is_good && text.trim_matches(' ').len() == text.len()).then(|| Self(text.to_owned()))
    }

    /// A new secret from 256 random bits: 43 characters.
    pub fn new(high: u128, low: u128) -> Self {
        Self(secret_text::from_random(high, low))
    }

    /// The secret itself, which is shown once, when it is made.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the secret.
    pub fn digest(&self) -> [u8; 32] {
        secret_text::sha256(&self.0)
    }
}

/// The client that has this ID and this secret, as somebody sent them. It takes the same time for a secret that is wrong
/// and for a client that does not exist.
pub fn find<'a>(clients: &'a [StoredClient], id: &str, secret: &str) -> Option<&'a StoredClient> {
    let sent = secret_text::sha256(secret);
    let has_secret = |client: &StoredClient| secret_text::is_same(&sent, &client.digest);
    clients
        .iter()
        .fold(None, |found, client| if has_secret(client) & (client.id.as_str() == id) { Some(client) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::ClientId;

    #[test]
    fn a_secret_is_32_to_255_characters() {
        for good in ["x".repeat(32), "~".repeat(255), format!("{} %5^:/+= {}", "x".repeat(16), "x".repeat(16))] {
            assert!(ClientSecret::parse(&good).is_some(), "{good}");
        }
        let (short, long, blank) = ("x".repeat(31), "x".repeat(256), format!(" {}", "x".repeat(32)));
        for bad in ["", &short, &long, &blank, &format!("{}\n", "x".repeat(32)), &"ä".repeat(32)] {
            assert!(ClientSecret::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(ClientSecret::new(0, u128::MAX).reveal().len(), 43);
    }

    #[test]
    fn a_client_is_found_by_its_id_together_with_its_secret() {
        let client = |id: &str, secret: &str| {
            let digest = ClientSecret::parse(secret).unwrap().digest();
            StoredClient { id: ClientId::parse(id).unwrap(), digest, created: 0 }
        };
        let (one, two) = ("1".repeat(32), "2".repeat(32));
        let clients = [client("one", &one), client("two", &two)];
        let found = |id: &str, secret: &str| find(&clients, id, secret).map(|client| client.id.to_string());
        assert_eq!((found("one", &one).as_deref(), found("two", &two).as_deref()), (Some("one"), Some("two")));
        for (id, secret) in [("one", &two), ("two", &one), ("One", &one), ("", &one), ("three", &one)] {
            assert_eq!(found(id, secret), None);
        }
        assert!(found("one", "").is_none() && found("one", &one[1..]).is_none());
    }
}
