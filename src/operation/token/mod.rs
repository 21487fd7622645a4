//! Tokens that Pail issues itself (contract, section 10).

pub mod issue;
pub mod revoke;

use crate::auth::refused_token::RefusedToken;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The client in the body does not exist, or has another secret.
    WrongClient,
    /// The same of the client in Basic.
    WrongBasic,
    /// The token that is to be exchanged is not good for the app. Why, is for the log alone.
    WrongSubjectToken(RefusedToken),
    /// Somebody other than the administrator asks for the token of somebody else.
    NotAdministrator,
    /// The token would have expired already.
    InThePast,
}
