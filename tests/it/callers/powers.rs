//! Who becomes the administrator or a thing (section 2): whom the app's own issuer says, and of other issuers, whom the claim
//! says that the operator has named.

use pail::model::issuer::{ClaimNames, Issuer, RoleClaim};
use serde_json::{Value, json};

use super::signers::{owner, trusting};
use pail_testing::callers::{self, issuer};

/// An issuer whose administrators have this value in this claim.
fn with_role(name: &str, value: &str) -> Issuer {
    let role = RoleClaim { name: name.to_owned(), value: value.to_owned() };
    Issuer { claims: ClaimNames { role: Some(role), ..ClaimNames::default() }, ..issuer() }
}

#[tokio::test]
async fn a_profile_attribute_at_a_foreign_issuer_makes_nobody_an_administrator() {
    let installation = trusting(vec![Issuer { claims: ClaimNames::default(), ..issuer() }]).await;
    for value in [json!("admin"), json!(["admin"]), json!("thing"), json!({"roles": ["admin"]})] {
        let names = ["role", "roles", "principal_type", "cognito:groups", "realm_access", "custom:role", "groups"];
        for name in names {
            assert_eq!(owner(&installation, &callers::token(json!({name: value}))).await, "UserID:alice", "{name}");
        }
    }
}

#[tokio::test]
async fn the_named_claim_makes_the_administrator_and_no_other_does() {
    let acme = "https://acme.example/roles";
    for (name, value, good) in [
        ("roles", "admin", json!({"roles": ["admin"]})),
        ("roles", "admin", json!({"roles": "admin"})),
        ("cognito:groups", "admin", json!({"cognito:groups": ["crew", "admin"]})),
        ("realm_access.roles", "pail-admin", json!({"realm_access": {"roles": ["offline_access", "pail-admin"]}})),
        (acme, "Pail.Admin", json!({acme: ["Pail.Admin"]})),
        ("role", "service_role", json!({"role": "service_role"})),
    ] {
        let installation = trusting(vec![with_role(name, value)]).await;
        assert_eq!(owner(&installation, &callers::token(good.clone())).await, "AdminID:alice", "{name}");
        let names =
            ["role", "roles", "cognito:groups", "realm_access", "realm_access.role", "groups", "principal_type"];
        for other in names.into_iter().filter(|other| *other != name) {
            let others = json!({other: [value], "x": good});
            assert_eq!(owner(&installation, &callers::token(others)).await, "UserID:alice", "{name} {other}");
        }
        let values: [Value; 8] = [
            json!(["editor", "viewer"]),
            json!("editor"),
            json!(null),
            json!(1),
            json!(true),
            json!([value, 1]),
            json!({value: true}),
            json!([format!("{value} "), value.to_ascii_uppercase().replace("ADMIN", "Admin2")]),
        ];
        for other in values {
            let claims = json!({name: other});
            assert_eq!(owner(&installation, &callers::token(claims.clone())).await, "UserID:alice", "{claims}");
        }
    }
}

#[tokio::test]
async fn the_own_issuer_gives_powers_without_being_asked() {
    let own = Issuer { issuer: Issuer::OWN.to_owned(), claims: ClaimNames::default(), ..issuer() };
    let installation = trusting(vec![own]).await;
    for (claims, bearer) in [
        (json!({"role": "admin"}), "AdminID:alice"),
        (json!({"principal_type": "thing"}), "ThingID:alice"),
        (json!({"role": null}), "UserID:alice"),
    ] {
        let mut claims = claims;
        claims["iss"] = json!("pail");
        assert_eq!(owner(&installation, &callers::token(claims)).await, bearer);
    }
}

/// An item of a version before claims were named: its `claims` gave power to whoever wrote a profile attribute.
#[tokio::test]
async fn the_claims_of_an_item_of_an_earlier_version_give_no_power() {
    let installation = trusting(vec![Issuer { claims: ClaimNames::default(), ..issuer() }]).await;
    let key = json!({"app_id": {"S": "demo"}});
    let mut item = installation.get("apps", &key).await.expect("the app");
    let issuers = item["issuers"]["S"].as_str().expect("a text");
    let mut issuers: Value = serde_json::from_str(issuers).expect("JSON");
    issuers[0]["claims"] =
        json!({"audience": "aud", "role": "role", "principal_type": "principal_type", "groups": "groups"});
    item["issuers"] = json!({"S": issuers.to_string()});
    installation.put_item("apps", &item).await;
    for claims in [json!({"role": "admin"}), json!({"principal_type": "thing"})] {
        assert_eq!(owner(&installation, &callers::token(claims)).await, "UserID:alice");
    }
}
