//! Claims of a token whose signature is good: audience, validity, principal (contract, section 2).

use std::time::Duration;

use serde_json::{Map, Value};

use super::refused_token::Reason;
use crate::model::id::{AppId, GroupId, ThingId, UserId};
use crate::model::issuer::Issuer;
use crate::model::principal::Principal;
use crate::system::Timestamp;

/// The rules of the installation for every token.
#[derive(Clone, Copy, Debug)]
pub struct TokenRules {
    /// The longest time from now to `exp`, whatever `iat` says.
    pub maximum_lifetime: Duration,
}

/// How far the clocks of issuer and verifier may differ, in seconds.
const LEEWAY: f64 = 60.0;

/// The bearer of a token with these claims, or why the token is not valid for `app` at `now`.
pub fn principal(
    claims: &Map<String, Value>,
    issuer: &Issuer,
    app: &AppId,
    rules: TokenRules,
    now: Timestamp,
) -> Result<Principal, Reason> {
    is_current(claims, rules, now)?;
    if !issuer.claims.audience.iter().filter_map(|name| find(claims, name)).any(|claim| is_for(claim, issuer, app)) {
        return Err(Reason::Audience);
    }
    // Every caller's ID has to match the pattern of user IDs, so that none can be a word such as ANONYMOUS_USER.
    let id = user_id(claims, issuer)?;
    if issuer
        .role()
        .is_some_and(|(name, value)| find(claims, name).is_some_and(|claim| holds(claim, |role| role == value)))
    {
        return Ok(Principal::Administrator { id });
    }
    let groups = groups(find(claims, &issuer.claims.groups));
    match issuer.principal_type().and_then(|name| find(claims, name)).map(Value::as_str) {
        None | Some(Some("user")) => Ok(Principal::User { id, groups }),
        Some(Some("thing")) => {
            let id = ThingId::parse(id.as_str()).map_err(|_| Reason::UserId)?;
            Ok(Principal::Thing { id, groups })
        }
        Some(Some(_) | None) => Err(Reason::PrincipalType),
    }
}

/// The ID of the caller: the issuer's prefix, and the claim. It counts towards the length of an ID as a whole.
pub fn user_id(claims: &Map<String, Value>, issuer: &Issuer) -> Result<UserId, Reason> {
    let claim = find(claims, &issuer.claims.user).and_then(Value::as_str).filter(|claim| !claim.is_empty());
    let claim = claim.ok_or(Reason::UserId)?;
    let id = match &issuer.user_prefix {
        None => UserId::parse(claim),
        Some(prefix) => UserId::parse(&format!("{prefix}{claim}")),
    };
    id.map_err(|_| Reason::UserId)
}

/// A claim by its exact name, such as `https://acme.example/roles`, or else by the path that its name is, such as
/// `realm_access.roles`.
pub fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, part| value.get(part))
    })
}

/// Whether `now` lies within `exp`, `nbf` and `iat`, with the leeway. Each of them has to be a time, and `exp` has to be there.
fn is_current(claims: &Map<String, Value>, rules: TokenRules, now: Timestamp) -> Result<(), Reason> {
    let now = now.0.as_secs_f64().floor();
    let expires = claims.get("exp").and_then(numeric_date).ok_or(Reason::Times)?;
    let mut is_valid_yet = true;
    for not_before in ["nbf", "iat"].into_iter().filter_map(|name| claims.get(name)) {
        is_valid_yet &= numeric_date(not_before).ok_or(Reason::Times)? <= now + LEEWAY;
    }
    if now >= expires + LEEWAY {
        Err(Reason::Expired)
    } else if !is_valid_yet {
        Err(Reason::NotYetValid)
    } else if expires - now > rules.maximum_lifetime.as_secs_f64() {
        Err(Reason::Lifetime)
    } else {
        Ok(())
    }
}

/// Seconds since 1970 UTC, whole or not (RFC 7519, section 2).
fn numeric_date(value: &Value) -> Option<f64> {
    value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// Whether an audience of a token is accepted: one of the issuer's, or the app's ID if the issuer has none.
fn is_for(claim: &Value, issuer: &Issuer, app: &AppId) -> bool {
    let is_accepted = |audience: &str| match &issuer.audiences[..] {
        [] => audience == app.as_str(),
        accepted => accepted.iter().any(|one| one == audience),
    };
    holds(claim, is_accepted)
}

/// Whether a claim is a text that is right, or a list of texts with one.
fn holds(claim: &Value, is_right: impl Fn(&str) -> bool) -> bool {
    match claim {
        Value::String(text) => is_right(text),
        Value::Array(texts) => {
            texts.iter().all(Value::is_string) && texts.iter().filter_map(Value::as_str).any(is_right)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// The groups in the claim, which is a list or one text. A `/` before a name is taken off: Keycloak writes paths. Entries
/// that are no group ID are passed over, and a claim of another type has none.
fn groups(claim: Option<&Value>) -> Vec<GroupId> {
    let entries = match claim {
        Some(Value::Array(entries)) => &entries[..],
        Some(one @ Value::String(_)) => std::slice::from_ref(one),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => &[],
    };
    let names = entries.iter().filter_map(Value::as_str).map(|name| name.strip_prefix('/').unwrap_or(name));
    names.filter_map(|name| GroupId::parse(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::RawValue;

    use super::*;
    use crate::model::id::UserPrefix;
    use crate::model::issuer::{ClaimNames, RoleClaim};

    const NOW: u64 = 1_800_000_000;
    const DAY: u64 = 86_400;

    /// An issuer of which the operator has named the claims that give power.
    fn issuer() -> Issuer {
        let role = RoleClaim { name: "role".to_owned(), value: "admin".to_owned() };
        Issuer {
            issuer: "i".to_owned(),
            audiences: Vec::new(),
            user_prefix: None,
            source: None,
            claims: ClaimNames {
                role: Some(role),
                principal_type: Some("principal_type".to_owned()),
                ..ClaimNames::default()
            },
            key_set: RawValue::from_string("{}".to_owned()).unwrap(),
        }
    }

    /// The bearer of a good token in which `changes` replace claims, and take out those that they set to `"absent"`.
    fn bearer(changes: Value) -> Result<Principal, Reason> {
        bearer_by(&issuer(), changes)
    }

    fn bearer_by(issuer: &Issuer, changes: Value) -> Result<Principal, Reason> {
        let mut claims = json!({"iss": "i", "sub": "alice", "aud": "demo", "exp": NOW + 3600});
        let (Value::Object(claims), Value::Object(changes)) = (&mut claims, changes) else {
            panic!("claims are objects");
        };
        claims.extend(changes);
        claims.retain(|_, value| value != "absent");
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(30 * DAY) };
        principal(claims, issuer, &AppId::parse("demo").unwrap(), rules, Timestamp(Duration::from_secs(NOW)))
    }

    fn user_named(id: &str, groups: &[&str]) -> Result<Principal, Reason> {
        let groups = groups.iter().map(|group| GroupId::parse(group).unwrap()).collect();
        Ok(Principal::User { id: UserId::parse(id).unwrap(), groups })
    }

    fn user(groups: &[&str]) -> Result<Principal, Reason> {
        user_named("alice", groups)
    }

    fn administrator() -> Result<Principal, Reason> {
        Ok(Principal::Administrator { id: UserId::parse("alice").unwrap() })
    }

    #[test]
    fn the_leeway_of_a_minute_ends_to_the_second() {
        for (claim, good, bad, reason) in [
            ("exp", NOW - 59, NOW - 60, Reason::Expired),
            ("nbf", NOW + 60, NOW + 61, Reason::NotYetValid),
            ("iat", NOW + 60, NOW + 61, Reason::NotYetValid),
        ] {
            assert_eq!(bearer(json!({claim: good})), user(&[]), "{claim}");
            assert_eq!(bearer(json!({claim: bad})), Err(reason), "{claim}");
        }
        assert_eq!(bearer(json!({"exp": NOW + 30 * DAY})), user(&[]));
        assert_eq!(bearer(json!({"exp": NOW + 30 * DAY + 1, "iat": NOW + 30})), Err(Reason::Lifetime));
    }

    #[test]
    fn times_are_numbers_and_exp_is_required() {
        assert_eq!(bearer(json!({"exp": 1_800_000_100.5})), user(&[]));
        assert_eq!(bearer(json!({"exp": 0})), Err(Reason::Expired));
        assert_eq!(bearer(json!({"exp": 1e30})), Err(Reason::Lifetime));
        for bad in [json!("absent"), json!(null), json!("1800003600"), json!(-1), json!([NOW]), json!(true)] {
            assert_eq!(bearer(json!({"exp": bad})), Err(Reason::Times), "{bad}");
        }
        for claim in ["nbf", "iat"] {
            assert_eq!(bearer(json!({claim: 0})), user(&[]));
            assert_eq!(bearer(json!({claim: 1e30})), Err(Reason::NotYetValid));
            for bad in [json!(null), json!("0"), json!(-1), json!([])] {
                assert_eq!(bearer(json!({claim: bad})), Err(Reason::Times), "{claim} {bad}");
            }
        }
    }

    #[test]
    fn the_audience_is_the_app_unless_the_issuer_has_others() {
        for good in [json!("demo"), json!(["x", "demo"])] {
            assert_eq!(bearer(json!({"aud": good})), user(&[]));
        }
        for bad in [
            json!("absent"),
            json!(null),
            json!(""),
            json!("Demo"),
            json!([]),
            json!(["x"]),
            json!(["demo", 1]),
            json!({"demo": 1}),
        ] {
            assert_eq!(bearer(json!({"aud": bad})), Err(Reason::Audience), "{bad}");
        }
        let accepting = Issuer { audiences: vec!["a".to_owned(), "b".to_owned()], ..issuer() };
        assert_eq!(bearer_by(&accepting, json!({"aud": "b"})), user(&[]));
        assert_eq!(bearer_by(&accepting, json!({})), Err(Reason::Audience));
    }

    #[test]
    fn one_of_several_claims_holds_one_of_several_audiences() {
        let claims = ClaimNames { audience: vec!["aud".to_owned(), "client_id".to_owned()], ..ClaimNames::default() };
        let cognito = Issuer { audiences: vec!["web".to_owned(), "app".to_owned()], claims, ..issuer() };
        for good in [
            json!({"aud": "web"}),
            json!({"aud": "absent", "client_id": "app"}),
            json!({"aud": 1, "client_id": "web"}),
            json!({"aud": ["app"], "client_id": "other"}),
        ] {
            assert_eq!(bearer_by(&cognito, good.clone()), user(&[]), "{good}");
        }
        for bad in [json!({"aud": "absent"}), json!({"client_id": "other"}), json!({"azp": "web"})] {
            assert_eq!(bearer_by(&cognito, bad.clone()), Err(Reason::Audience), "{bad}");
        }
    }

    #[test]
    fn a_subject_is_a_user_id() {
        for bad in [
            json!("absent"),
            json!(null),
            json!(1),
            json!(""),
            json!("a b"),
            json!("a/b"),
            json!("me"),
            json!("ANONYMOUS_USER"),
            json!("ANY_AUTHENTICATED_USER"),
            json!("EMAIL:ann@acme.example"),
            json!("."),
            json!(["alice"]),
            json!("x".repeat(129)),
        ] {
            for more in [json!({}), json!({"principal_type": "thing"}), json!({"role": "admin"})] {
                let mut changes = json!({"sub": bad});
                changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                assert_eq!(bearer(changes), Err(Reason::UserId), "{bad} {more}");
            }
        }
        assert_eq!(bearer(json!({"sub": "auth0|64a1"})), user_named("auth0|64a1", &[]));
        // A thing's ID has fewer characters and other ones.
        for bad in [json!("auth0|64a1"), json!("x".repeat(65))] {
            assert_eq!(bearer(json!({"sub": bad, "principal_type": "thing"})), Err(Reason::UserId));
        }
    }

    #[test]
    fn the_user_claim_can_be_chosen_and_has_the_prefix_of_its_issuer() {
        let claims = ClaimNames { user: "ids.uid".to_owned(), ..issuer().claims };
        let prefixed = Issuer { user_prefix: UserPrefix::parse("ad-").ok(), claims, ..issuer() };
        assert_eq!(bearer_by(&prefixed, json!({"ids": {"uid": "1001"}})), user_named("ad-1001", &[]));
        assert_eq!(bearer_by(&prefixed, json!({"ids": {"uid": "me"}})), user_named("ad-me", &[]));
        let thing = bearer_by(&prefixed, json!({"ids.uid": "lamp", "principal_type": "thing"}));
        assert_eq!(thing.map(|thing| thing.creator().to_string()).as_deref(), Ok("ThingID:ad-lamp"));
        let administrator = bearer_by(&prefixed, json!({"ids.uid": "root", "role": "admin"}));
        assert_eq!(administrator.map(|admin| admin.creator().to_string()).as_deref(), Ok("AdminID:ad-root"));
        let longest = "x".repeat(125);
        assert_eq!(bearer_by(&prefixed, json!({"ids.uid": longest})), user_named(&format!("ad-{longest}"), &[]));
        for bad in [json!(""), json!("x".repeat(126)), json!(1001), json!("absent")] {
            assert_eq!(bearer_by(&prefixed, json!({"ids.uid": bad})), Err(Reason::UserId), "{bad}");
        }
        // A prefix and a claim make no word that stands for somebody else.
        for (prefix, claim) in [("m", "e"), ("ANONYMOUS_", "USER"), (".", "."), ("EMAIL", ":a")] {
            let prefixed = Issuer { user_prefix: UserPrefix::parse(prefix).ok(), ..issuer() };
            assert_eq!(bearer_by(&prefixed, json!({"sub": claim})), Err(Reason::UserId), "{prefix} {claim}");
        }
    }

    #[test]
    fn role_and_principal_type_make_administrators_and_things() {
        assert_eq!(bearer(json!({"role": "admin"})), administrator());
        assert_eq!(bearer(json!({"role": ["editor", "admin"]})), administrator());
        assert_eq!(bearer(json!({"role": "admin", "principal_type": 7})), administrator());
        for other in [
            json!("Admin"),
            json!(""),
            json!("admin,user"),
            json!(["editor", "viewer"]),
            json!([]),
            json!(null),
            json!(1),
            json!(true),
            json!(["admin", 1]),
            json!([["admin"]]),
            json!({"admin": true}),
        ] {
            assert_eq!(bearer(json!({"role": other})), user(&[]), "{other}");
        }
        let thing = ThingId::parse("alice").map(|id| Principal::Thing { id, groups: Vec::new() });
        assert_eq!(bearer(json!({"principal_type": "thing"})).ok(), thing.ok());
        assert_eq!(bearer(json!({"principal_type": "user"})), user(&[]));
        for bad in [json!(null), json!("Thing"), json!(""), json!(1), json!(["thing"])] {
            assert_eq!(bearer(json!({"principal_type": bad})), Err(Reason::PrincipalType), "{bad}");
        }
    }

    #[test]
    fn the_claims_of_a_foreign_issuer_give_no_power_unless_they_are_named() {
        let foreign = Issuer { claims: ClaimNames::default(), ..issuer() };
        for value in [json!("admin"), json!(["admin"]), json!("thing")] {
            let claims = json!({"role": value, "principal_type": value, "roles": value});
            assert_eq!(bearer_by(&foreign, claims), user(&[]), "{value}");
        }
        let own = Issuer { issuer: Issuer::OWN.to_owned(), ..foreign };
        assert_eq!(bearer_by(&own, json!({"role": "admin"})), administrator());
        let role = RoleClaim { name: "realm_access.roles".to_owned(), value: "pail-admin".to_owned() };
        let keycloak = Issuer { claims: ClaimNames { role: Some(role), ..ClaimNames::default() }, ..issuer() };
        assert_eq!(bearer_by(&keycloak, json!({"realm_access": {"roles": ["x", "pail-admin"]}})), administrator());
        for other in [
            json!({"realm_access": {"roles": ["admin"]}}),
            json!({"realm_access": {"roles": "x"}}),
            json!({"realm_access": ["pail-admin"]}),
            json!({"realm_access": "pail-admin"}),
            json!({"roles": ["pail-admin"], "role": "pail-admin"}),
            // The exact name comes first.
            json!({"realm_access.roles": "x", "realm_access": {"roles": ["pail-admin"]}}),
        ] {
            assert_eq!(bearer_by(&keycloak, other.clone()), user(&[]), "{other}");
        }
    }

    #[test]
    fn groups_are_a_list_or_one_and_what_is_none_is_passed_over() {
        for (groups, expected) in [
            (json!(["a", "b c", "", "d"]), &["a", "d"][..]),
            (json!("crew"), &["crew"]),
            (json!("/crew"), &["crew"]),
            (json!(["/crew", "/ships/crew", "//crew", "/"]), &["crew"]),
            (json!(["crew", 1, null, ["x"], {"id": 1}]), &["crew"]),
            (json!([{"id": 1}]), &[]),
            (json!("a,b"), &[]),
            (json!(null), &[]),
            (json!({"crew": 1}), &[]),
            (json!(0), &[]),
        ] {
            assert_eq!(bearer(json!({"groups": groups})), user(expected), "{groups}");
        }
        let long = "x".repeat(128);
        assert_eq!(bearer(json!({"groups": [long, "x".repeat(129)]})), user(&[&long]));
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_as_a_path() {
        let claims = json!({"https://acme.example/roles": 1, "a": {"b": {"c": 2}, "": 3}, "a.b": 4, "x": [5]});
        let claims = claims.as_object().unwrap();
        for (name, expected) in [
            ("https://acme.example/roles", Some(1)),
            ("a.b.c", Some(2)),
            ("a.", Some(3)),
            ("a.b", Some(4)),
            ("x.0", None),
            ("a.b.c.d", None),
            ("b", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(find(claims, name).cloned(), expected.map(Value::from), "{name}");
        }
    }
}
