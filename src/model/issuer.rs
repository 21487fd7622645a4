//! The issuers of tokens that an app trusts, and how their tokens are read (contract, section 2).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::id::UserPrefix;

/// An issuer of tokens, and how its tokens are read. It is stored as JSON of this shape. It has no `Debug`, as a key set
/// may hold secrets.
#[derive(Clone, Deserialize, Serialize)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The accepted audiences; if empty, the app's ID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// What the IDs of its users and things begin with. Issuers without a prefix share their users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_prefix: Option<UserPrefix>,
    /// The claims that are read. Items of versions before this member have a member `claims`, which gave the administrator's
    /// rights by default, and is ignored.
    #[serde(rename = "claim_names", default, skip_serializing_if = "ClaimNames::are_default")]
    pub claims: ClaimNames,
    /// Where its keys are fetched again every hour; `None` if the operator has given them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<KeySource>,
    /// Its JSON Web Key Set (RFC 7517), with nothing but what verifying signatures needs.
    pub key_set: Box<RawValue>,
}

/// Where the keys of an issuer are fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct KeySource {
    /// The URL of its JSON Web Key Set.
    pub url: String,
    /// The algorithm of RSA keys that name none.
    #[serde(default)]
    pub rsa: RsaAlgorithm,
}

/// The algorithm of RSA keys that name none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum RsaAlgorithm {
    /// PKCS #1 v1.5, which nearly every issuer uses.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// PSS.
    #[serde(rename = "PS256")]
    Ps256,
}

/// The names of the claims that are read, which differ between issuers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ClaimNames {
    /// The claim with the caller's ID.
    pub user: String,
    /// The claims of which one holds an accepted audience: `aud`, and `client_id` for Cognito's access tokens.
    pub audience: Vec<String>,
    /// What makes the caller the administrator; `None` if nothing does.
    pub role: Option<RoleClaim>,
    /// The claim whose value `thing` makes the caller a thing; `None` if nothing does.
    pub principal_type: Option<String>,
    /// The claim with the caller's groups, such as `cognito:groups`.
    pub groups: String,
}

/// The claim that makes the caller the administrator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RoleClaim {
    /// Its name.
    pub name: String,
    /// The value that it is, or has in a list.
    pub value: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            user: "sub".to_owned(),
            audience: vec!["aud".to_owned()],
            role: None,
            principal_type: None,
            groups: "groups".to_owned(),
        }
    }
}

impl ClaimNames {
    fn are_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Issuer {
    /// The `iss` of tokens that `pail token` signs with a secret of the app's own.
    pub const OWN: &str = "pail";

    /// Replaces its keys. Returns false, and changes nothing, if the text is no JSON.
    pub fn set_keys(&mut self, key_set: &str) -> bool {
        let Ok(key_set) = RawValue::from_string(key_set.to_owned()) else { return false };
        self.key_set = key_set;
        true
    }

    /// Whether this is the app's own issuer, whose tokens `pail token` signs.
    pub fn is_own(&self) -> bool {
        self.issuer == Self::OWN
    }

    /// The name and the value of the claim that makes the caller the administrator. The tokens of the own issuer have it;
    /// of another issuer, only a claim that the operator has named counts: whoever can write a profile attribute at an
    /// identity provider would otherwise own the app.
    pub fn role(&self) -> Option<(&str, &str)> {
        let own = self.is_own().then_some(("role", "admin"));
        self.claims.role.as_ref().map(|role| (role.name.as_str(), role.value.as_str())).or(own)
    }

    /// The claim whose value `thing` makes the caller a thing, by the same rule.
    pub fn principal_type(&self) -> Option<&str> {
        let own = self.is_own().then_some("principal_type");
        self.claims.principal_type.as_deref().or(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Issuer {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn an_issuer_is_stored_without_what_is_usual() {
        for text in [
            r#"{"issuer":"i","key_set":{"keys":[]}}"#,
            concat!(
                r#"{"issuer":"i","audiences":["a"],"user_prefix":"p-","claim_names":{"user":"uid","audience":["aud","azp"],"#,
                r#""role":{"name":"r","value":"admin"},"principal_type":"t","groups":"g"},"key_set":{"keys":[]}}"#
            ),
        ] {
            assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
        }
        let bad = r#"{"issuer":"i","user_prefix":"a|","key_set":{}}"#;
        assert!(serde_json::from_str::<Issuer>(bad).is_err());
    }

    #[test]
    fn only_the_own_issuer_gives_power_by_itself() {
        let old = r#"{"issuer":"i","claims":{"audience":"aud","role":"role","principal_type":"principal_type"},"key_set":{}}"#;
        for foreign in [r#"{"issuer":"i","key_set":{}}"#, old] {
            let foreign = read(foreign);
            assert_eq!((foreign.is_own(), foreign.role(), foreign.principal_type()), (false, None, None));
            assert_eq!(foreign.claims, ClaimNames::default());
        }
        let own = read(r#"{"issuer":"pail","key_set":{}}"#);
        assert_eq!((own.is_own(), own.role()), (true, Some(("role", "admin"))));
        assert_eq!(own.principal_type(), Some("principal_type"));
    }
}
