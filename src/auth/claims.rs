//! Claims of a token whose signature is good: audience, validity, principal (contract, section 2).

use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::app::Issuer;
use crate::model::id::{AppId, GroupId, ThingId, UserId};
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

/// The bearer of a token with these claims; `None` if the token is not valid for `app` at `now`.
pub fn principal(
    claims: &Map<String, Value>,
    issuer: &Issuer,
    app: &AppId,
    rules: TokenRules,
    now: Timestamp,
) -> Option<Principal> {
    let names = &issuer.claims;
    if !is_current(claims, rules, now)? || !is_for(claims.get(&names.audience)?, &issuer.audiences, app) {
        return None;
    }
    // Every subject has to match the pattern of user IDs, so that none can be a word such as ANONYMOUS_USER.
    let id = UserId::parse(claims.get("sub")?.as_str()?).ok()?;
    let groups = groups(claims.get(&names.groups))?;
    match claims.get(&names.role) {
        None => {}
        Some(Value::String(role)) if role == "admin" => return Some(Principal::Administrator { id }),
        Some(Value::String(_)) => {}
        Some(_) => return None,
    }
    match claims.get(&names.principal_type).map(Value::as_str) {
        None | Some(Some("user")) => Some(Principal::User { id, groups }),
        Some(Some("thing")) => Some(Principal::Thing { id: ThingId::parse(id.as_str()).ok()?, groups }),
        Some(_) => None,
    }
}

/// Whether `now` lies within `exp`, `nbf` and `iat`, with the leeway; `None` if one of them is no time, or `exp` is missing.
fn is_current(claims: &Map<String, Value>, rules: TokenRules, now: Timestamp) -> Option<bool> {
    let now = now.0.as_secs_f64().floor();
    let expires = numeric_date(claims.get("exp")?)?;
    let mut current = now < expires + LEEWAY && expires - now <= rules.maximum_lifetime.as_secs_f64();
    for not_before in ["nbf", "iat"].into_iter().filter_map(|name| claims.get(name)) {
        current &= numeric_date(not_before)? <= now + LEEWAY;
    }
    Some(current)
}

/// Seconds since 1970 UTC, whole or not (RFC 7519, section 2).
fn numeric_date(value: &Value) -> Option<f64> {
    value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// Whether an audience of a token is accepted: one of the issuer's, or the app's ID if the issuer has none.
fn is_for(audience: &Value, accepted: &[String], app: &AppId) -> bool {
    let is_accepted = |audience: &str| match accepted {
        [] => audience == app.as_str(),
        accepted => accepted.iter().any(|one| one == audience),
    };
    match audience {
        Value::String(audience) => is_accepted(audience),
        Value::Array(audiences) => {
            audiences.iter().all(Value::is_string) && audiences.iter().filter_map(Value::as_str).any(is_accepted)
        }
        _ => false,
    }
}

/// The groups in the claim: empty if it is missing or null, `None` if it is not a list of strings. Entries that are no
/// group ID are skipped.
fn groups(claim: Option<&Value>) -> Option<Vec<GroupId>> {
    match claim {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(groups)) if groups.iter().all(Value::is_string) => {
            Some(groups.iter().filter_map(Value::as_str).filter_map(|group| GroupId::parse(group).ok()).collect())
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::RawValue;

    use super::*;
    use crate::model::app::ClaimNames;

    const NOW: u64 = 1_800_000_000;
    const DAY: u64 = 86_400;

    /// The bearer of a good token in which `changes` replace claims, and take out those that they set to `"absent"`.
    fn bearer(changes: Value) -> Option<Principal> {
        bearer_with(ClaimNames::default(), &[], changes)
    }

    fn bearer_with(names: ClaimNames, audiences: &[&str], changes: Value) -> Option<Principal> {
        let mut claims = json!({"iss": "i", "sub": "alice", "aud": "demo", "exp": NOW + 3600});
        let (Value::Object(claims), Value::Object(changes)) = (&mut claims, changes) else {
            panic!("claims are objects");
        };
        claims.extend(changes);
        claims.retain(|_, value| value != "absent");
        let issuer = Issuer {
            issuer: "i".to_owned(),
            audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
            claims: names,
            key_set: RawValue::from_string("{}".to_owned()).unwrap(),
        };
        let rules = TokenRules { maximum_lifetime: Duration::from_secs(30 * DAY) };
        principal(claims, &issuer, &AppId::parse("demo").unwrap(), rules, Timestamp(Duration::from_secs(NOW)))
    }

    fn user(groups: &[&str]) -> Option<Principal> {
        let groups = groups.iter().filter_map(|group| GroupId::parse(group).ok()).collect();
        UserId::parse("alice").ok().map(|id| Principal::User { id, groups })
    }

    #[test]
    fn the_leeway_of_a_minute_ends_to_the_second() {
        for (claim, good, bad) in
            [("exp", NOW - 59, NOW - 60), ("nbf", NOW + 60, NOW + 61), ("iat", NOW + 60, NOW + 61)]
        {
            assert_eq!(bearer(json!({claim: good})), user(&[]), "{claim}");
            assert_eq!(bearer(json!({claim: bad})), None, "{claim}");
        }
        assert_eq!(bearer(json!({"exp": NOW + 30 * DAY})), user(&[]));
        assert_eq!(bearer(json!({"exp": NOW + 30 * DAY + 1, "iat": NOW + 30})), None);
    }

    #[test]
    fn times_are_numbers_and_exp_is_required() {
        assert_eq!(bearer(json!({"exp": 1_800_000_100.5})), user(&[]));
        for bad in [
            json!("absent"),
            json!(null),
            json!("1800003600"),
            json!(-1),
            json!(1e30),
            json!([NOW]),
            json!(true),
            json!(0),
        ] {
            assert_eq!(bearer(json!({"exp": bad})), None, "{bad}");
        }
        for claim in ["nbf", "iat"] {
            assert_eq!(bearer(json!({claim: 0})), user(&[]));
            for bad in [json!(null), json!("0"), json!(-1), json!(1e30), json!([])] {
                assert_eq!(bearer(json!({claim: bad})), None, "{claim} {bad}");
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
            assert_eq!(bearer(json!({"aud": bad})), None, "{bad}");
        }
        assert_eq!(bearer_with(ClaimNames::default(), &["a", "b"], json!({"aud": "b"})), user(&[]));
        assert_eq!(bearer_with(ClaimNames::default(), &["a", "b"], json!({})), None);
    }

    #[test]
    fn a_subject_is_a_user_id() {
        for bad in [
            json!("absent"),
            json!(null),
            json!(1),
            json!(""),
            json!("a b"),
            json!("me"),
            json!("ANONYMOUS_USER"),
            json!("ANY_AUTHENTICATED_USER"),
            json!("."),
            json!(["alice"]),
            json!("x".repeat(65)),
        ] {
            assert_eq!(bearer(json!({"sub": bad})), None, "{bad}");
            assert_eq!(bearer(json!({"sub": bad, "principal_type": "thing"})), None, "{bad}");
            assert_eq!(bearer(json!({"sub": bad, "role": "admin"})), None, "{bad}");
        }
    }

    #[test]
    fn role_and_principal_type_make_administrators_and_things() {
        let admin = UserId::parse("alice").ok().map(|id| Principal::Administrator { id });
        assert_eq!(bearer(json!({"role": "admin"})), admin);
        assert_eq!(bearer(json!({"role": "admin", "principal_type": 7})), admin);
        for other in ["Admin", "", "user"] {
            assert_eq!(bearer(json!({"role": other})), user(&[]));
        }
        for bad in [json!(null), json!(1), json!(["admin"]), json!(true)] {
            assert_eq!(bearer(json!({"role": bad})), None, "{bad}");
        }
        let thing = ThingId::parse("alice").ok().map(|id| Principal::Thing { id, groups: Vec::new() });
        assert_eq!(bearer(json!({"principal_type": "thing"})), thing);
        assert_eq!(bearer(json!({"principal_type": "user"})), user(&[]));
        for bad in [json!(null), json!("Thing"), json!(""), json!(1)] {
            assert_eq!(bearer(json!({"principal_type": bad})), None, "{bad}");
        }
    }

    #[test]
    fn groups_are_a_list_of_strings_and_bad_names_are_passed_over() {
        assert_eq!(bearer(json!({"groups": ["a", "b c", "", "d"]})), user(&["a", "d"]));
        assert_eq!(bearer(json!({"groups": null})), user(&[]));
        for bad in [json!("a"), json!([1]), json!(["a", null]), json!({}), json!(0)] {
            assert_eq!(bearer(json!({"groups": bad})), None, "{bad}");
        }
    }

    #[test]
    fn an_issuer_may_call_its_claims_otherwise() {
        let cognito = ClaimNames {
            audience: "client_id".to_owned(),
            groups: "cognito:groups".to_owned(),
            ..ClaimNames::default()
        };
        let claims = json!({"aud": "absent", "client_id": "c1", "cognito:groups": ["g"], "groups": 1});
        assert_eq!(bearer_with(cognito, &["c1"], claims), user(&["g"]));
    }
}
