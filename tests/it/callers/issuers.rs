//! The issuers of an app, and the tokens that it accepts from them (section 2).

use pail::model::issuer::{ClaimNames, Issuer, RoleClaim};
use serde_json::{Value, json};

use super::signers::{SIGNERS, is_wrong, owner, trusting};
use pail_testing::Call;
use pail_testing::callers::{self, claims, issuer, issuer_with, sign};

#[tokio::test]
async fn each_issuer_has_its_own_keys_audiences_and_claim_names() {
    let [rs, _, es, ..] = &*SIGNERS;
    let cognito = Issuer {
        audiences: vec!["client-1".to_owned(), "client-2".to_owned()],
        claims: ClaimNames {
            audience: vec!["client_id".to_owned()],
            role: Some(RoleClaim { name: "custom:role".to_owned(), value: "admin".to_owned() }),
            principal_type: Some("custom:type".to_owned()),
            groups: "cognito:groups".to_owned(),
            ..ClaimNames::default()
        },
        ..issuer_with("https://cognito.test", std::slice::from_ref(&rs.jwk))
    };
    let installation =
        trusting(vec![issuer(), cognito, issuer_with("https://third.test", std::slice::from_ref(&es.jwk))]).await;
    let of_cognito = |changes: Value| {
        let mut claims = claims(json!({"iss": "https://cognito.test", "aud": "absent", "client_id": "client-2"}));
        claims.as_object_mut().expect("claims").extend(changes.as_object().expect("changes").clone());
        sign(&json!({"alg": "RS256", "kid": "RS256"}), &claims, rs.algorithm, &rs.key)
    };
    assert_eq!(owner(&installation, &callers::user("alice")).await, "UserID:alice");
    assert_eq!(
        owner(&installation, &es.sign(&json!({"alg": "ES256"}), json!({"iss": "https://third.test"}))).await,
        "UserID:alice"
    );
    // Claims with names of other issuers are ignored, whatever their value.
    for (changes, expected) in [
        (json!({"role": "admin", "principal_type": 1, "groups": 1, "aud": 1}), "UserID:alice"),
        (json!({"custom:role": "admin"}), "AdminID:alice"),
        (json!({"custom:type": "thing"}), "ThingID:alice"),
    ] {
        assert_eq!(owner(&installation, &of_cognito(changes)).await, expected);
    }
    let member = of_cognito(json!({"cognito:groups": ["crew"]}));
    installation.created(&Call::create("demo/groups/crew", "notes").bearer(&member)).await;
    // The keys and audiences of one issuer do not apply to another.
    is_wrong(&installation, &of_cognito(json!({"client_id": "demo"}))).await;
    is_wrong(&installation, &of_cognito(json!({"client_id": null, "aud": "client-1"}))).await;
    is_wrong(&installation, &of_cognito(json!({"iss": "https://third.test"}))).await;
    is_wrong(
        &installation,
        &es.sign(&json!({"alg": "ES256"}), json!({"iss": "https://cognito.test", "client_id": "client-1"})),
    )
    .await;
    is_wrong(&installation, &es.sign(&json!({"alg": "ES256"}), json!({}))).await;
}

#[tokio::test]
async fn an_app_without_issuers_accepts_no_token() {
    let installation = trusting(Vec::new()).await;
    is_wrong(&installation, &callers::user("alice")).await;
    is_wrong(&installation, &callers::administrator("operator")).await;
}
