//! Credentials as a request carries them, not yet verified.

use super::app_key::AppKey;
use super::opaque_token::OpaqueToken;

/// What a caller presents. It has no `Debug`, as it is secret.
pub enum Credentials {
    /// A key of the app.
    AppKey(AppKey),
    /// A bearer's text that has not the form of an opaque token: it can only be a signed one.
    Token(String),
    /// An opaque token.
    Opaque(OpaqueToken),
    /// A client of the app, which only the token endpoint takes.
    Client(ClientCredentials),
    /// None, for what whoever asks gets, or what says itself who asks.
    Nobody,
    /// None: access to the tables themselves, which the command line has. Nothing that a request carries becomes this.
    Operator,
}

/// ID and secret of a client, or of an app and one of its keys, as they were sent. They may have been sent in a form that
/// can be read in two ways, each of which counts. It has no `Debug`, as it is secret.
pub struct ClientCredentials(Vec<(String, String)>);

impl Credentials {
    /// The credentials of a bearer.
    pub fn of_bearer(text: &str) -> Self {
        OpaqueToken::parse(text).map_or_else(|| Self::Token(text.to_owned()), Self::Opaque)
    }

    /// The opaque token, if it is one.
    pub fn opaque(&self) -> Option<&OpaqueToken> {
        match self {
            Self::Opaque(token) => Some(token),
            Self::AppKey(_) | Self::Token(_) | Self::Client(_) | Self::Nobody | Self::Operator => None,
        }
    }
}

impl ClientCredentials {
    /// An ID and a secret.
    pub fn new(id: &str, secret: &str) -> Self {
        Self(vec![(id.to_owned(), secret.to_owned())])
    }

    /// Another reading of what was sent.
    pub fn or(mut self, other: (String, String)) -> Self {
        self.0.push(other);
        self
    }

    /// The readings.
    pub fn readings(&self) -> &[(String, String)] {
        &self.0
    }
}
