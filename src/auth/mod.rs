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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::app::StoredAppKey;
    use crate::model::bucket::Writer;
    use crate::model::id::AppId;
    use crate::model::object::Version;
    use app_key::AppKey;

    fn result(credentials: &Credentials, disabled: bool) -> Result<Principal> {
        let key = AppKey::parse("right").unwrap();
        let app = App {
            id: AppId::parse("demo").unwrap(),
            disabled,
            keys: vec![StoredAppKey { digest: key.digest(), created: 0 }],
            issuers: Vec::new(),
            writer: Writer::new(0),
            version: Version::FIRST,
        };
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(60) };
        authenticate(credentials, &app, rules, Timestamp(Duration::from_secs(1_800_000_000)))
    }

    #[test]
    fn keys_and_tokens_are_refused_in_their_own_ways_and_a_disabled_app_before_them() {
        let key = |key: &str| Credentials::AppKey(AppKey::parse(key).unwrap());
        let token = Credentials::Token("no token".to_owned());
        let app = AppId::parse("demo").unwrap();
        assert_eq!(result(&key("right"), false), Ok(Principal::Anonymous));
        assert_eq!(result(&key("wrong"), false), Err(Error::Unauthenticated));
        assert_eq!(result(&token, false), Err(Error::WrongToken { app: app.clone() }));
        for credentials in [key("right"), key("wrong"), token] {
            assert_eq!(result(&credentials, true), Err(Error::AppDisabled { app: app.clone() }));
        }
    }
}
