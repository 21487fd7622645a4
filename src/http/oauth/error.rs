//! Errors as OAuth has them (RFC 6749, section 5.2).

use std::borrow::Cow;

use crate::operation::token::TokenError;

/// Why a client gets no token.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuthError {
    /// The HTTP status.
    pub status: u16,
    /// The `error`, which is the `errorCode` as well.
    pub code: &'static str,
    /// The `error_description`: what was wrong, and what would be right, without quotes and backslashes.
    pub description: Cow<'static, str>,
}

const fn error(status: u16, code: &'static str, description: &'static str) -> OAuthError {
    OAuthError { status, code, description: Cow::Borrowed(description) }
}

/// The request is malformed, or its subject token is not good.
pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError { description: description.into(), ..error(400, "invalid_request", "") }
}

/// The credentials in Basic are wrong.
pub const fn invalid_client() -> OAuthError {
    error(401, "invalid_client", "The client was not found, or its secret in Basic is wrong.")
}

/// Log-in is the business of the app's identity provider.
pub const fn unsupported_grant_type() -> OAuthError {
    let message = "Only client_credentials and token exchange give tokens here; users log in at the identity provider of the \
                   app, and its token can be used as it is.";
    error(400, "unsupported_grant_type", message)
}

/// The token is signed, not stored.
pub const fn unsupported_token_type() -> OAuthError {
    error(400, "unsupported_token_type", "A JSON Web Token cannot be revoked here; it is good until it expires.")
}

impl OAuthError {
    /// The error of a request that was judged.
    pub fn of(error_of_token: &TokenError) -> Self {
        match error_of_token {
            TokenError::WrongClient => {
                error(400, "invalid_grant", "The client was not found, or its client_secret is wrong.")
            }
            TokenError::WrongBasic => invalid_client(),
            TokenError::WrongSubjectToken(_) => {
                invalid_request("The subject_token is not valid: it has to be a token that the app accepts now.")
            }
            TokenError::NotAdministrator => {
                invalid_request("Only the administrator's own token can be exchanged with a requested_subject.")
            }
            TokenError::InThePast => invalid_request("The expiresAt is not valid: it lies in the past."),
        }
    }
}
