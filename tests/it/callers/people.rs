//! Users of different issuers are different people (section 2; OpenID Connect Core 1.0, section 5.7).

use pail::model::id::UserPrefix;
use pail::model::issuer::Issuer;
use serde_json::{Value, json};

use super::signers::{SIGNERS, Signer, is_wrong, owner, trusting};
use pail_testing::callers::{self, issuer, issuer_with};
use pail_testing::{Call, Installation};

/// An issuer whose name is a host, with the key of a signer and perhaps a prefix.
fn issuer_of(host: &str, signer: &Signer, prefix: Option<&str>) -> Issuer {
    let user_prefix = prefix.map(|prefix| UserPrefix::parse(prefix).expect("a prefix"));
    Issuer { user_prefix, ..issuer_with(&format!("https://{host}.test"), std::slice::from_ref(&signer.jwk)) }
}

/// A token by the issuer of this host.
fn token(host: &str, signer: &Signer, mut claims: Value) -> String {
    claims["iss"] = json!(format!("https://{host}.test"));
    signer.sign(&json!({"alg": signer.name, "kid": signer.name}), claims)
}

/// An app that trusts its own issuer, one without a prefix, and two with one.
async fn installation() -> Installation {
    let [rs, ps, es, ..] = &*SIGNERS;
    let own = Issuer { issuer: Issuer::OWN.to_owned(), ..issuer() };
    let issuers =
        vec![own, issuer_of("one", rs, None), issuer_of("two", ps, Some("two-")), issuer_of("ad", es, Some("ad."))];
    trusting(issuers).await
}

#[tokio::test]
async fn the_same_subject_at_two_issuers_is_two_people() {
    let installation = installation().await;
    let [rs, ps, es, ..] = &*SIGNERS;
    let sub = || json!({"sub": "1001"});
    let own = callers::token(json!({"iss": "pail", "sub": "1001"}));
    for (token, expected) in [
        (token("one", rs, sub()), "UserID:1001"),
        (token("two", ps, sub()), "UserID:two-1001"),
        (token("ad", es, sub()), "UserID:ad.1001"),
        (token("two", ps, json!({"sub": "1001", "role": "admin"})), "AdminID:two-1001"),
        (token("two", ps, json!({"sub": "lamp", "principal_type": "thing"})), "ThingID:two-lamp"),
        (token("two", ps, json!({"sub": "two-1001"})), "UserID:two-two-1001"),
        // The own issuer shares its IDs with those without a prefix.
        (own, "UserID:1001"),
    ] {
        assert_eq!(owner(&installation, &token).await, expected);
    }
    // Each has a scope of its own.
    let (one, two) = (token("one", rs, sub()), token("two", ps, sub()));
    installation.created(&Call::create("demo/users/me", "notes").bearer(&one)).await;
    installation.created(&Call::create("demo/users/me", "notes").bearer(&two)).await;
    for (bearer, mine, others) in [(&one, "1001", "two-1001"), (&two, "two-1001", "1001")] {
        let me = Call::bucket("GET", "demo", "notes").path("/api/apps/demo/users/me").bearer(bearer);
        assert_eq!(installation.answer(&me).await.text("userID"), mine);
        let bucket = |id: &str| Call::bucket("GET", &format!("demo/users/{id}"), "notes").bearer(bearer);
        assert_eq!(installation.answer(&bucket(mine)).await.json()["size"], 1);
        installation.refused(&bucket(others), 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn nobody_passes_for_a_user_of_an_issuer_with_a_prefix() {
    let installation = installation().await;
    let [rs, ps, es, ..] = &*SIGNERS;
    for kind in [json!({}), json!({"role": "admin"}), json!({"principal_type": "thing"})] {
        let of = |sub: &str| {
            let mut claims = kind.clone();
            claims["sub"] = json!(sub);
            claims
        };
        for sub in ["two-1001", "ad.1001", "two-", "ad."] {
            is_wrong(&installation, &token("one", rs, of(sub))).await;
            let mut own = of(sub);
            own["iss"] = json!("pail");
            is_wrong(&installation, &callers::token(own)).await;
        }
        // What only looks similar is good.
        for sub in ["two", "Two-1001", "ad", "adx1001", "x-two-1001"] {
            let bearer = owner(&installation, &token("one", rs, of(sub))).await;
            assert!(bearer.ends_with(&format!("ID:{sub}")), "{bearer}");
        }
    }
    // The claim after a prefix may begin with another one: the ID does not.
    assert_eq!(owner(&installation, &token("two", ps, json!({"sub": "ad.1"}))).await, "UserID:two-ad.1");
    assert_eq!(owner(&installation, &token("ad", es, json!({"sub": "two-1"}))).await, "UserID:ad.two-1");
}

#[tokio::test]
async fn the_prefix_counts_towards_the_length_of_an_id_and_makes_no_reserved_word() {
    let [rs, ps, ..] = &*SIGNERS;
    let installation = installation().await;
    let id = |length: usize| json!({"sub": "x".repeat(length)});
    assert_eq!(owner(&installation, &token("two", ps, id(124))).await, format!("UserID:two-{}", "x".repeat(124)));
    is_wrong(&installation, &token("two", ps, id(125))).await;
    let thing = |length: usize| json!({"sub": "x".repeat(length), "principal_type": "thing"});
    assert_eq!(owner(&installation, &token("two", ps, thing(60))).await, format!("ThingID:two-{}", "x".repeat(60)));
    is_wrong(&installation, &token("two", ps, thing(61))).await;
    is_wrong(&installation, &token("two", ps, json!({"sub": ""}))).await;
    for (prefix, sub) in
        [("m", "e"), ("ANONYMOUS_", "USER"), ("ANY_", "AUTHENTICATED_USER"), (".", "."), ("EMAIL", ":a")]
    {
        let installation = trusting(vec![issuer_of("one", rs, Some(prefix))]).await;
        is_wrong(&installation, &token("one", rs, json!({"sub": sub}))).await;
        assert_eq!(owner(&installation, &token("one", rs, json!({"sub": "x"}))).await, format!("UserID:{prefix}x"));
    }
}
