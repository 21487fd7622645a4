//! Who is calling: credentials out of headers, verified against the app (contract, section 2).

pub mod app_key;
pub mod claims;
pub mod credentials;
pub mod jws;
pub mod key_set;
mod roca;
pub mod token;

use crate::error::{Error, Result};
use crate::model::app::App;
use crate::model::principal::Principal;
use crate::sources::Timestamp;
use claims::TokenRules;
use credentials::Credentials;

/// Verifies credentials against the app that they are for: its state first, then the key or the token.
pub fn authenticate(credentials: &Credentials, app: &App, rules: TokenRules, now: Timestamp) -> Result<Principal> {
    if app.disabled {
        return Err(Error::AppDisabled { app: app.id.clone() });
    }
    match credentials {
        Credentials::AppKey(key) if app_key::is_any_of(key, &app.keys) => Ok(Principal::Anonymous),
        Credentials::AppKey(_) => Err(Error::Unauthenticated),
        Credentials::Token(token) => {
            token::verify(token, app, rules, now).map_err(|token::WrongToken| Error::WrongToken { app: app.id.clone() })
        }
    }
}
