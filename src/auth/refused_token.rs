//! Why a token is not accepted: for the log and for operators, never for callers.

/// A token that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedToken {
    /// Why.
    pub reason: Reason,
    /// The `iss` that it claims, shortened. Nobody has verified it.
    pub issuer: Option<String>,
    /// The `kid` that it claims, shortened. Nobody has verified it.
    pub kid: Option<String>,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is longer than any token that is parsed.
    TooLong,
    /// It has not the form of a signed token.
    Malformed,
    /// Its header brings a key of its own or asks for an extension, or its `kid` is no text.
    Header,
    /// Its `alg` is none of those that are used, or not the one of the key that it names.
    Algorithm,
    /// The app does not trust its issuer.
    IssuerUnknown,
    /// The stored key set of its issuer cannot be used.
    KeySet,
    /// Its issuer has no such key.
    KeyUnknown,
    /// The signature is not by a key of its issuer.
    Signature,
    /// `exp` is missing, or one of its times is not a number.
    Times,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It is good for longer than the installation allows.
    Lifetime,
    /// It is for somebody else.
    Audience,
    /// The claim with the caller's ID is missing, or holds no ID of a user or a thing.
    UserId,
    /// The caller's ID begins with the prefix of another issuer.
    UserPrefix,
    /// The type of the caller is neither a user nor a thing.
    PrincipalType,
    /// No such opaque token was issued, or it has expired and is gone.
    TokenUnknown,
    /// The opaque token was revoked.
    Revoked,
    /// The client, app key or issuer that the opaque token rests on was taken from the app.
    BasisGone,
}

/// The most characters of a claimed name that are logged.
const LONGEST_NAME: usize = 200;

impl RefusedToken {
    /// A token that claims these names.
    pub fn new(reason: Reason, issuer: Option<&str>, kid: Option<&str>) -> Self {
        Self { reason, issuer: issuer.map(shortened), kid: kid.map(shortened) }
    }
}

/// Without names: of a token that has none, or that was not parsed.
impl From<Reason> for RefusedToken {
    fn from(reason: Reason) -> Self {
        Self { reason, issuer: None, kid: None }
    }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}…", name.split_at(end).0),
    }
}

impl Reason {
    /// The reason as the log has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::IssuerUnknown => "issuer_unknown",
            Self::KeySet => "key_set",
            Self::KeyUnknown => "key_unknown",
            Self::Signature => "signature",
            Self::Times => "times",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Lifetime => "lifetime",
            Self::Audience => "audience",
            Self::UserId => "user_id",
            Self::UserPrefix => "user_prefix",
            Self::PrincipalType => "principal_type",
            Self::TokenUnknown => "token_unknown",
            Self::Revoked => "revoked",
            Self::BasisGone => "basis_gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_two_characters() {
        let cut = |name: &str| RefusedToken::new(Reason::Signature, Some(name), None).issuer.unwrap();
        assert_eq!(cut("https://i"), "https://i");
        for letter in ["a", "ä", "\u{1f600}", "\n"] {
            assert_eq!(cut(&letter.repeat(200)), letter.repeat(200));
            assert_eq!(cut(&letter.repeat(201)), format!("{}…", letter.repeat(200)));
            assert_eq!(cut(&letter.repeat(100_000)).chars().count(), 201);
        }
    }
}
