//! Tokens for clients and for anonymous callers.

use pail::model::app::App;
use pail_testing::{Call, Gateway, Random, app};
use serde_json::json;

use super::stage::*;

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn a_client_gets_a_token_of_the_administrator_at_either_url_in_either_form() {
    let installation = installation().await;
    let form = format!("client_id=backend&client_secret={SECRET}");
    let parameters = json!({"client_id": "backend", "client_secret": SECRET});
    for call in [
        of_backend(),
        request(json!({"client_id": "backend", "client_secret": SECRET, "grant_type": "client_credentials"})),
        request_for("demo", parameters.clone()),
        // Python, JavaScript and Go, in this order.
        request_for("demo", parameters.clone()).header("X-Kii-AppKey", "demo-key"),
        request(parameters.clone()).content_type("application/vnd.kii.OauthTokenRequest+json"),
        request(parameters.clone()).without("content-type"),
        request(parameters.clone()).content_type("application/json;charset=UTF-8"),
        as_form(post("/api/apps/demo/oauth2/token"), &form),
        as_form(post("/api/oauth2/token").header("X-Kii-AppID", "demo"), &form),
        as_form(
            post("/api/oauth2/token").header("X-Kii-AppID", "demo"),
            &format!("{form}&grant_type=client_credentials"),
        )
        .content_type("application/x-www-form-urlencoded; charset=utf-8"),
        post("/api/apps/demo/oauth2/token").basic("backend", SECRET),
        as_form(post("/api/apps/demo/oauth2/token").basic("backend", SECRET), "grant_type=client_credentials"),
        post("/api/oauth2/token").header("X-Kii-AppID", "demo").basic("backend", SECRET),
    ] {
        for gateway in Gateway::ALL {
            let answer = issued(&installation, &call.clone().through(gateway)).await;
            assert_eq!(answer.text("id"), "backend");
            assert_eq!(answer.json()["expires_in"], DAY);
            let token = answer.text("access_token");
            assert_eq!((token.len(), &token[..5]), (48, "pail_"));
            assert_eq!(owner(&installation, &token).await.as_deref(), Some("AdminID:client-backend"));
            installation.created(&Call::create("demo/users/bob", "diary").bearer(&token)).await;
        }
    }
}

#[tokio::test]
async fn only_the_digest_of_a_token_is_stored() {
    let installation = installation().await;
    let token = token(&installation, &of_backend()).await;
    let items = installation.items().await;
    let text = json!(items).to_string();
    assert!(!text.contains(&token[5..]) && !text.contains(SECRET), "{text}");
    let item = stored(&installation, &token).await.expect("the item of the token");
    assert_eq!(item["bearer"]["S"], "AdminID:client-backend");
    assert_eq!(item["client"]["S"], "backend");
    assert_eq!(item["expires"]["N"], (pail_testing::NOW / 1000 + DAY).to_string());
}

#[tokio::test]
async fn the_id_of_the_app_with_one_of_its_keys_gives_an_anonymous_token() {
    let installation = installation().await;
    for call in [
        request(json!({"client_id": "demo", "client_secret": "demo-key", "grant_type": "client_credentials"})),
        request(json!({"client_id": "demo", "client_secret": "demo-key"})).without("content-type"),
        request_for("demo", json!({"client_id": "demo", "client_secret": "demo-key"})),
        as_form(post("/api/apps/demo/oauth2/token"), "client_id=demo&client_secret=demo-key"),
        post("/api/apps/demo/oauth2/token").basic("demo", "demo-key"),
        // Basic names the app as well.
        post("/api/oauth2/token").basic("demo", "demo-key"),
    ] {
        let answer = issued(&installation, &call).await;
        assert_eq!(answer.text("id"), "demo");
        let create = Call::create("demo", "notes").bearer(&answer.text("access_token"));
        let denied = installation.refused(&create, 401, "UNAUTHORIZED").await;
        assert_eq!(denied.text("authenticatedPrincipalID"), "ANONYMOUS_USER");
    }
}

/// A text as form encoding writes it (RFC 6749, section 2.3.1).
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[tokio::test]
async fn odd_ids_and_secrets_are_good_in_the_body_and_in_basic_encoded_or_not() {
    let installation = installation().await;
    for (id, secret) in CLIENTS {
        let form = format!("client_id={}&client_secret={}", encoded(id), encoded(secret));
        let url = post("/api/oauth2/token").header("X-Kii-AppID", "demo");
        for call in [
            as_json(url.clone(), json!({"client_id": id, "client_secret": secret})),
            as_form(url.clone(), &form),
            url.clone().basic(&encoded(id), &encoded(secret)),
            url.clone().basic(id, secret),
            as_form(url.basic(&encoded(id), &encoded(secret)), "grant_type=client_credentials"),
        ] {
            assert_eq!(issued(&installation, &call).await.text("id"), id, "{call:?}");
        }
    }
}

#[tokio::test]
async fn whatever_basic_holds_it_is_never_a_fault() {
    let installation = installation().await;
    let mut random = Random::seeded();
    let pieces =
        ["%", "%4", "%zz", "%00", "%C3", "%ff", "+", ":", "=", "&", "/", " ", "\u{e9}", "a", "backend", SECRET, "demo"];
    for _ in 0..300 {
        let text: String = (0..random.below(8)).map(|_| random.text(&pieces)).collect();
        let (id, secret) = text.split_once(':').unwrap_or((&text, ""));
        if (id, secret) == ("backend", SECRET) {
            continue;
        }
        refused(&installation, &post("/api/apps/demo/oauth2/token").basic(id, secret), 401, "invalid_client").await;
    }
    for malformed in ["Basic", "Basic ", "Basic !", "Basic YQ==", "Basic YTpi,Basic YTpi", "basic /w==", "BASIC /zo="] {
        let call = post("/api/apps/demo/oauth2/token").header("Authorization", malformed);
        refused(&installation, &call, 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn a_client_in_the_body_wins_over_basic_and_the_header_over_its_app() {
    let installation = installation().await;
    installation.put_app(App { clients: vec![client("backend", &SECRET.to_uppercase())], ..app("other") }).await;
    let body = json!({"client_id": "backend", "client_secret": SECRET});
    for basic in [("demo", "wrong"), ("other", "other-key"), ("backend", "wrong")] {
        let call = request(body.clone()).basic(basic.0, basic.1);
        assert_eq!(issued(&installation, &call).await.text("id"), "backend");
        let call = request_for("demo", body.clone()).basic(basic.0, basic.1);
        assert_eq!(issued(&installation, &call).await.text("id"), "backend");
    }
    // Basic names the app where nothing else does, and its key is not judged.
    let call = as_json(post("/api/oauth2/token").basic("demo", "wrong"), body.clone());
    assert_eq!(issued(&installation, &call).await.text("id"), "backend");
    let call = as_json(post("/api/oauth2/token").basic("other", "wrong"), body.clone());
    refused(&installation, &call, 400, "invalid_grant").await;
    let call =
        as_json(post("/api/oauth2/token").header("Authorization", "Basic !").header("X-Kii-AppID", "demo"), body);
    assert_eq!(issued(&installation, &call).await.text("id"), "backend");
    // The key that X-Kii headers bring is not judged either, nor is a bearer.
    let call = of_backend().header("X-Kii-AppID", "other").header("X-Kii-AppKey", "k").bearer("x");
    assert_eq!(issued(&installation, &call).await.text("id"), "backend");
    // An ID alone is no client.
    let call = request(json!({"client_id": "other"})).basic("backend", SECRET);
    assert_eq!(issued(&installation, &call).await.text("id"), "backend");
}

#[tokio::test]
async fn wrong_credentials_are_refused_alike_whatever_is_wrong() {
    let installation = installation().await;
    let sent = |id: &str, secret: &str| request(json!({"client_id": id, "client_secret": secret}));
    let first = refused(&installation, &sent("backend", "wrong"), 400, "invalid_grant").await;
    let other = CLIENTS[1].1;
    for (id, secret) in [
        ("nobody", SECRET),
        ("backend", other),
        ("Backend", SECRET),
        ("demo", "wrong"),
        ("demo", SECRET),
        ("backend", "demo-key"),
    ] {
        assert_eq!(refused(&installation, &sent(id, secret), 400, "invalid_grant").await, first, "{id}");
    }
    let basic = |id: &str, secret: &str| post("/api/apps/demo/oauth2/token").basic(id, secret);
    let first = refused(&installation, &basic("backend", "wrong"), 401, "invalid_client").await;
    assert_eq!(first.header("www-authenticate"), r#"Basic realm="pail", charset="UTF-8""#);
    for (id, secret) in [("nobody", SECRET), ("backend", other), ("demo", "wrong"), ("", ""), ("backend", "")] {
        assert_eq!(refused(&installation, &basic(id, secret), 401, "invalid_client").await, first, "{id}");
    }
}

#[tokio::test]
async fn without_credentials_or_an_app_the_request_is_invalid() {
    let installation = installation().await;
    for call in [
        post("/api/apps/demo/oauth2/token"),
        request(json!({})),
        request(json!({"client_id": "backend"})),
        request(json!({"client_id": "backend", "client_secret": ""})),
        request(json!({"client_id": "backend", "client_secret": null})),
        request(json!({"client_secret": SECRET})),
        request(json!({"grant_type": "client_credentials"})),
        request_for("demo", json!({})).header("X-Kii-AppKey", "demo-key"),
        // No app is named.
        as_json(post("/api/oauth2/token"), json!({"client_id": "backend", "client_secret": SECRET})),
        as_json(post("/api/oauth2/token"), json!({"client_id": "demo", "client_secret": "demo-key"})),
        post("/api/oauth2/token").basic("a/b 1", CLIENTS[1].1),
        request_for("no app", json!({"client_id": "backend", "client_secret": SECRET})),
        request_for("", json!({"client_id": "backend", "client_secret": SECRET})),
        request_for("demo", json!({"client_id": "backend", "client_secret": SECRET})).header("X-Kii-AppID", "demo"),
    ] {
        let calls = installation.wire.calls();
        refused(&installation, &call, 400, "invalid_request").await;
        assert_eq!(installation.wire.calls(), calls, "{call:?}");
    }
}

#[tokio::test]
async fn other_grants_say_where_to_log_in() {
    let installation = installation().await;
    let client = json!({"client_id": "backend", "client_secret": SECRET});
    for (name, value) in [
        ("grant_type", "password"),
        ("grant_type", "refresh_token"),
        ("grant_type", "authorization_code"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("grant_type", "Client_credentials"),
        ("username", "alice"),
        ("password", "secret"),
        ("refresh_token", "x"),
        ("code", "x"),
    ] {
        for mut parameters in [json!({}), client.clone()] {
            parameters[name] = value.into();
            let call = request(parameters).basic("backend", SECRET);
            let answer = refused(&installation, &call, 400, "unsupported_grant_type").await;
            assert!(answer.text("error_description").contains("identity provider"), "{answer:?}");
        }
    }
    // With the grant named, they mean nothing.
    let mut parameters = client;
    parameters["username"] = "alice".into();
    parameters["grant_type"] = "client_credentials".into();
    issued(&installation, &request(parameters)).await;
}

#[tokio::test]
async fn an_app_that_is_unknown_or_disabled_gives_no_tokens() {
    let installation = installation().await;
    installation.put_app(App { disabled: true, clients: vec![client("backend", SECRET)], ..app("closed") }).await;
    let parameters = json!({"client_id": "backend", "client_secret": SECRET});
    for (id, status, code) in [("nowhere", 404, "APP_NOT_FOUND"), ("closed", 403, "APP_DISABLED")] {
        for parameters in [&parameters, &json!({"client_id": "x", "client_secret": "x"})] {
            let answer = installation.refused(&request_for(id, parameters.clone()), status, code).await;
            assert_eq!(answer.text("appID"), id);
            let call = as_json(post(&format!("/api/apps/{id}/oauth2/token")), parameters.clone());
            installation.refused(&call, status, code).await;
        }
        installation.refused(&post("/api/oauth2/token").basic(id, "key"), status, code).await;
    }
    let call = as_json(post("/api/apps/no%20app/oauth2/token"), parameters);
    installation.refused_unread(&call, 400, "INVALID_INPUT_DATA").await;
}

#[tokio::test]
async fn the_token_endpoint_takes_post_alone() {
    let installation = installation().await;
    for path in ["/api/oauth2/token", "/api/apps/demo/oauth2/token", "/api/apps/demo/oauth2/revoke"] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
            installation.refused_unread(&post(path).method(method), 405, "METHOD_NOT_ALLOWED").await;
        }
        installation
            .refused_unread(&post(path).header("X-HTTP-Method-Override", "PUT"), 405, "METHOD_NOT_ALLOWED")
            .await;
        assert_eq!(installation.answer(&post(path).method("OPTIONS")).await.status, 204);
    }
    for path in
        ["/api/oauth2", "/api/oauth2/revoke", "/api/oauth2/token/", "/api/apps/demo/oauth2", "/api/apps/demo/oauth2/x"]
    {
        installation.refused_unread(&post(path), 404, "NOT_FOUND").await;
    }
}

#[tokio::test]
async fn the_line_of_a_request_names_the_app_and_the_error_and_nothing_secret() {
    let installation = installation().await;
    let log = pail_testing::log::Log::collect();
    // Every line of every test is searched for the secrets that were sent, and for tokens that were issued.
    let token =
        token(&installation, &request_for("demo", json!({"client_id": "backend", "client_secret": SECRET}))).await;
    let lines = log.take();
    assert!(lines.contains(r#""app":"demo""#) && lines.contains(r#""operation":"issue_token""#), "{lines}");
    assert!(lines.contains(r#""outcome":"issued""#), "{lines}");
    refused(&installation, &post("/api/oauth2/token").basic("demo", "wrong-secret"), 401, "invalid_client").await;
    let lines = log.take();
    assert!(lines.contains(r#""app":"demo""#) && lines.contains(r#""error_code":"invalid_client""#), "{lines}");
    installation.answer(&revocation(&token)).await;
    let lines = log.take();
    assert!(lines.contains(r#""operation":"revoke_token""#) && lines.contains(r#""outcome":"revoked""#), "{lines}");
}
