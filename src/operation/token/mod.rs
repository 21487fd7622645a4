//! Tokens that Pail issues itself (contract, section 10).

pub mod issue;
pub mod revoke;

/// How a request for a token says who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// By `client_id` and `client_secret` in the body.
    InBody,
    /// By Basic.
    InBasic,
    /// By a token that it gives in exchange.
    SubjectToken,
}

/// Why no token is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The client in the body does not exist, or has another secret.
    WrongClient,
    /// The same of the client in Basic.
    WrongBasic,
    /// The token that is to be exchanged is not good for the app.
    WrongSubjectToken,
    /// Somebody other than the administrator asks for the token of somebody else.
    NotAdministrator,
    /// The token would have expired already.
    InThePast,
}

impl Presented {
    /// The error where what was presented is wrong.
    fn wrong(self) -> TokenError {
        match self {
            Self::InBody => TokenError::WrongClient,
            Self::InBasic => TokenError::WrongBasic,
            Self::SubjectToken => TokenError::WrongSubjectToken,
        }
    }
}
