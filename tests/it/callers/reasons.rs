//! The log says why a token was refused; the caller does not learn it.

use jsonwebtoken::{Algorithm, EncodingKey};
use pail::model::id::UserPrefix;
use pail::model::issuer::Issuer;
use serde_json::{Value, json};

use super::signers::{SIGNERS, is_wrong, trusting};
use pail_testing::callers::{self, ISSUER, claims, issuer, issuer_with, now, sign};
use pail_testing::log::Log;
use pail_testing::{Call, Installation};

/// Issuers of every kind: that of the tests, one with a prefix, and one whose keys cannot be used.
async fn installation() -> Installation {
    let prefixed = Issuer {
        user_prefix: UserPrefix::parse("ad-").ok(),
        ..issuer_with("https://ad.test", std::slice::from_ref(&SIGNERS[2].jwk))
    };
    trusting(vec![issuer(), prefixed, issuer_with("https://broken.test", &[json!({"kty": "RSA"})])]).await
}

/// What the line of the one request since the last call says about its token.
fn logged(log: &Log) -> (Value, Value, Value) {
    let lines = log.take();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    let lines: Vec<Value> = lines.filter(|line| line["message"] == "request").collect();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    (line["reason"].clone(), line["issuer"].clone(), line["kid"].clone())
}

/// A token by [`ISSUER`], with changes of its header.
fn token(header: Value, changes: Value) -> String {
    let mut all = json!({"alg": "HS256", "kid": "hs"});
    all.as_object_mut().expect("a header").extend(header.as_object().expect("changes").clone());
    sign(&all, &claims(changes), Algorithm::HS256, &EncodingKey::from_secret(callers::SECRET))
}

#[tokio::test]
async fn each_reason_is_logged_with_issuer_and_kid() {
    let installation = installation().await;
    let log = Log::collect();
    let (by_test, by_hs) = (json!(ISSUER), json!("hs"));
    let other_key = EncodingKey::from_secret(&[7; 32]);
    let forged = sign(&json!({"alg": "HS256", "kid": "hs"}), &claims(json!({})), Algorithm::HS256, &other_key);
    for (token, reason, issuer, kid) in [
        ("x".to_owned(), "malformed", Value::Null, Value::Null),
        ("x".repeat(20_000), "too_long", Value::Null, Value::Null),
        (token(json!({"crit": []}), json!({})), "header", by_test.clone(), by_hs.clone()),
        (token(json!({"kid": 7}), json!({})), "header", by_test.clone(), Value::Null),
        (token(json!({"alg": "none"}), json!({})), "algorithm", by_test.clone(), by_hs.clone()),
        (token(json!({"alg": "RS256"}), json!({})), "algorithm", by_test.clone(), by_hs.clone()),
        (token(json!({"kid": "new"}), json!({})), "key_unknown", by_test.clone(), json!("new")),
        (token(json!({}), json!({"iss": "https://x.test"})), "issuer_unknown", json!("https://x.test"), by_hs.clone()),
        (token(json!({}), json!({"iss": ["x"]})), "issuer_unknown", Value::Null, by_hs.clone()),
        (
            token(json!({}), json!({"iss": "https://broken.test"})),
            "key_set",
            json!("https://broken.test"),
            by_hs.clone(),
        ),
        (forged, "signature", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"exp": null})), "times", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"exp": now() - 61})), "expired", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"nbf": now() + 61})), "not_yet_valid", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"exp": now() + 40 * 86_400})), "lifetime", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"aud": "other"})), "audience", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"sub": "a b"})), "user_id", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"sub": "ad-1"})), "user_prefix", by_test.clone(), by_hs.clone()),
        (token(json!({}), json!({"principal_type": "x"})), "principal_type", by_test.clone(), by_hs.clone()),
        (format!("pail_{}", "x".repeat(43)), "token_unknown", Value::Null, Value::Null),
    ] {
        is_wrong(&installation, &token).await;
        assert_eq!(logged(&log), (json!(reason), issuer, kid));
        // The same where the token is to be exchanged.
        let exchange = json!({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token});
        let call = Call::create("demo", "notes").path("/api/apps/demo/oauth2/token").body(exchange.to_string());
        let answer = installation.refused(&call, 400, "invalid_request").await;
        let expected = "The subject_token is not valid: it has to be a token that the app accepts now.";
        assert_eq!(answer.text("error_description"), expected);
        assert_eq!(logged(&log).0, reason);
    }
    // Requests without such a token have none of the three.
    for call in [
        Call::create("demo", "notes").bearer(&callers::user("alice")),
        Call::create("demo", "notes").basic("demo", "wrong"),
        Call::create("nowhere", "notes").bearer(&callers::user("alice")),
    ] {
        installation.answer(&call).await;
        assert_eq!(logged(&log), (Value::Null, Value::Null, Value::Null));
    }
}

#[tokio::test]
async fn an_opaque_token_that_ended_is_logged_with_its_reason() {
    let installation = Installation::start().await;
    let log = Log::collect();
    let exchange = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": callers::user("alice"),
    });
    let call = Call::create("demo", "notes").path("/api/apps/demo/oauth2/token").body(exchange.to_string());
    let opaque = installation.answer(&call).await.text("access_token");
    let revoke = Call::create("demo", "notes").path("/api/apps/demo/oauth2/revoke");
    assert_eq!(installation.answer(&revoke.body(json!({"token": opaque}).to_string())).await.status, 200);
    log.take();
    is_wrong(&installation, &opaque).await;
    assert_eq!(logged(&log), (json!("revoked"), Value::Null, Value::Null));
    let opaque = installation.answer(&call).await.text("access_token");
    installation.put_app(pail::model::app::App { issuers: Vec::new(), ..pail_testing::app("demo") }).await;
    log.take();
    is_wrong(&installation, &opaque).await;
    assert_eq!(logged(&log).0, "basis_gone");
}

#[tokio::test]
async fn whatever_issuer_and_kid_hold_the_line_is_one_short_line_of_json() {
    let installation = installation().await;
    let log = Log::collect();
    for hostile in [
        "\"}\n{\"level\":\"ERROR\",\"message\":\"request\"",
        "\r\n\0\u{1b}[31m\u{7f}\u{2028}\u{202e}",
        "\\\"\\u0000",
        "{{}} %s ${jndi:ldap://x.test}",
        &"k".repeat(900),
        &"\u{1f600}".repeat(900),
        &"\u{1}".repeat(900),
    ] {
        is_wrong(&installation, &token(json!({"kid": hostile}), json!({"iss": hostile}))).await;
        let text = log.take();
        assert_eq!((text.lines().count(), text.len() < 4_000), (1, true), "{text}");
        let line: Value = serde_json::from_str(&text).expect("a line is JSON");
        assert_eq!(line["reason"], "issuer_unknown");
        let start: String = hostile.chars().take(200).collect();
        for name in ["issuer", "kid"] {
            let logged = line[name].as_str().expect("a text");
            assert!(logged.starts_with(&start) && logged.chars().count() <= 201, "{logged:?}");
        }
    }
}

/// A secret that somebody put into the claims, or into a header without a name, is in no line.
#[tokio::test]
async fn nothing_else_of_a_token_is_logged() {
    let installation = installation().await;
    let log = Log::collect();
    let mark = "MARKED";
    for name in ["sub", "aud", "exp", "nbf", "groups", "role", "principal_type", "email", "nonce", "jti"] {
        let changes = json!({name: mark, "x": mark});
        for header in [json!({}), json!({"alg": mark}), json!({"crit": [mark]}), json!({"typ": mark, "kid": [mark]})] {
            installation.answer(&Call::create("demo", "notes").bearer(&token(header, changes.clone()))).await;
        }
    }
    let text = log.take();
    assert!(text.lines().count() >= 40, "{text}");
    assert!(!text.contains(mark), "{text}");
}
