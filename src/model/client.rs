//! Clients of an app: programs that its operator trusts with the administrator's rights (RFC 6749, section 2).

use std::fmt;
use std::str::FromStr;

use super::id::{InvalidId, UserId};

/// The ID of a client, the `client_id` of a token request. It is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientId(String);

/// The stored part of a client: enough to recognise its secret, not enough to use it. It has no `Debug`.
#[derive(Clone)]
pub struct StoredClient {
    /// The ID.
    pub id: ClientId,
    /// The SHA-256 of the secret.
    pub digest: [u8; 32],
    /// When it was added, in milliseconds since 1970 UTC.
    pub created: u64,
}

impl ClientId {
    /// The pattern, in words.
    pub const PATTERN: &str = "a client ID is 1 to 128 visible ASCII characters, with blanks only between them";

    /// Takes `text` if it matches the pattern.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        if (1..=128).contains(&text.len()) && text.bytes().all(allowed) && text.trim_matches(' ').len() == text.len() {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { pattern: Self::PATTERN })
        }
    }

    /// A new ID from 64 random bits.
    pub fn random(bits: u64) -> Self {
        Self(format!("{bits:016x}"))
    }

    /// The ID as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The administrator that the client is, as items record who made them: `client-` and the start of its ID, in which
    /// `_` stands for what a user ID cannot have.
    pub fn administrator(&self) -> Result<UserId, InvalidId> {
        let allowed =
            |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
        UserId::parse(&format!("client-{}", self.0.chars().take(50).map(allowed).collect::<String>()))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for ClientId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_1_to_128_characters_with_blanks_between_them() {
        for good in ["a", "a/b 1", "a:b", "50%+=", "~", &"x".repeat(128)] {
            assert_eq!(ClientId::parse(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", " ", " a", "a ", "a\tb", "a\n", "ä", "\u{7f}", &"x".repeat(129)] {
            assert!(ClientId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(ClientId::random(0xabc).as_str(), "0000000000000abc");
    }

    #[test]
    fn the_administrator_that_a_client_is_has_a_user_id() {
        for (id, administrator) in [
            ("web", "client-web"),
            ("a/b 1", "client-a_b_1"),
            ("me", "client-me"),
            ("..", "client-.."),
            ("%:~", "client-___"),
        ] {
            let id = ClientId::parse(id).unwrap();
            assert_eq!(id.administrator().map(|id| id.to_string()), Ok(administrator.to_owned()));
        }
        assert!(ClientId::parse(&"x".repeat(128)).is_ok_and(|id| id.administrator().is_ok()));
    }
}
