//! Headers of every answer (section 6). [`Answer::check`](pail_testing::Answer::check) checks them in every test. These
//! tests check those that depend on settings and requests.

use serde_json::{Value, json};

use pail::http::cors::AllowedOrigins;
use pail_testing::{Call, Gateway, INVOCATION_ID, Installation, callers};

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

#[tokio::test]
async fn a_preflight_of_a_resources_path_is_answered_without_reading_the_storage() {
    let installation = Installation::start().await;
    let preflight = |path: &str| {
        let call = call().without("authorization").without("content-type").method("OPTIONS").path(path).body("");
        call.header("Origin", "https://app.example").header("Access-Control-Request-Method", "POST")
    };
    for path in [
        "/api/apps/demo/buckets/notes/objects",
        "/api/apps/nowhere/buckets/notes/objects",
        "/api/apps/demo/users/me/buckets/notes/objects",
        "/api/apps/demo/groups/crew/buckets/rw:notes/objects",
        "/api/apps/demo/things/t/buckets/notes/objects",
        "/api/apps/!/things/!/buckets/_/objects",
        "/api/apps/demo/buckets/notes/objects/o1",
        "/api/apps/demo/users/me/buckets/notes/objects/o1",
        "/api/apps/demo/groups/crew/buckets/rw:notes/objects/nothing-here",
        "/api/apps/!/things/!/buckets/_/objects/!",
        "/api/apps/demo/buckets",
        "/api/apps/nowhere/groups/crew/buckets",
        "/api/apps/demo/users/me/buckets/notes",
        "/api/apps/demo/things/t/acl",
        "/api/apps/demo/buckets/notes/acl",
        "/api/apps/demo/buckets/notes/objects/o1/acl",
        "/api/apps/demo/acl/CREATE_NEW_BUCKET",
        "/api/apps/!/things/!/buckets/_/acl/!",
        "/api/apps/demo/groups/crew/acl/CREATE_NEW_BUCKET/UserID:bob",
        "/api/apps/demo/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/GroupID:crew",
        "/api/apps/!/buckets/_/objects/!/acl/!/!",
    ] {
        for gateway in Gateway::ALL {
            let answer = installation.answer(&preflight(path).through(gateway)).await;
            assert_eq!(answer.status, 204, "{path}");
        }
    }
    assert_eq!(installation.wire.take_operations(), Vec::<String>::new());
    assert_eq!(installation.count().await, (0, 0));
}

#[tokio::test]
async fn a_configured_origin_is_in_every_answer_and_in_vary() {
    let origin = "https://app.example";
    let installation = Installation::with(|settings| settings.allowed_origins = origins(origin)).await;
    let mut statuses = Vec::new();
    for call in [
        call(),
        call().method("OPTIONS"),
        call().method("PUT"),
        call().path("/"),
        call().body("x"),
        call().bearer("x"),
        call().without("authorization"),
        call().header("Origin", "https://other.example"),
    ] {
        // `answer` has checked all headers, including `Vary`.
        let answer = installation.answer(&call).await;
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert_eq!(answer.header("vary"), "Origin");
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [201, 204, 405, 404, 400, 403, 401, 201]);
}

fn origins(text: &str) -> AllowedOrigins {
    AllowedOrigins::parse(text).expect("origins")
}

#[tokio::test]
async fn of_several_origins_the_one_that_asks_is_answered() {
    let list = "https://app.example,capacitor://localhost, http://localhost:3000";
    let installation = Installation::with(|settings| settings.allowed_origins = origins(list)).await;
    for (origin, expected) in [
        (Some("capacitor://localhost"), "capacitor://localhost"),
        (Some("http://localhost:3000"), "http://localhost:3000"),
        (Some("https://app.example"), "https://app.example"),
        (Some("https://evil.example"), "https://app.example"),
        (Some("null"), "https://app.example"),
        (None, "https://app.example"),
    ] {
        for gateway in Gateway::ALL {
            for call in [call(), call().method("OPTIONS"), call().without("authorization"), call().path("/")] {
                let call = call.through(gateway);
                let call = origin.map_or(call.clone(), |origin| call.header("Origin", origin));
                let answer = installation.answer(&call).await;
                assert_eq!(answer.header("access-control-allow-origin"), expected, "{origin:?}");
                assert_eq!(answer.header("vary"), "Origin");
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_repeats_the_fields_that_are_asked_for() {
    let installation = Installation::start().await;
    let usual = "authorization, content-type, x-kii-appid, x-kii-appkey, x-kii-sdk, x-http-method-override, if-match, \
                 if-none-match, idempotency-key";
    let tracing = "authorization,baggage,content-type,sentry-trace,traceparent";
    let longest = ["x".repeat(499), "y".repeat(500)].join(",");
    let too_long = format!("{longest}x");
    for (asked, allowed) in [
        (Some(tracing), tracing),
        (Some("x-own"), "x-own"),
        (Some(&*longest), &*longest),
        (Some(&*too_long), usual),
        (Some("a b"), usual),
        (Some("a/b"), usual),
        (Some("a,,b"), usual),
        (Some(""), usual),
        (None, usual),
    ] {
        for gateway in Gateway::ALL {
            let call = call().without("authorization").method("OPTIONS").body("").through(gateway);
            let call = call.header("Origin", "https://app.example").header("Access-Control-Request-Method", "PUT");
            let call = asked.map_or(call.clone(), |asked| call.header("Access-Control-Request-Headers", asked));
            let answer = installation.answer(&call).await;
            assert_eq!((answer.status, answer.header("access-control-allow-headers")), (204, allowed));
        }
    }
    assert_eq!(installation.wire.take_operations(), Vec::<String>::new());
}

/// Browsers show a dialogue for a password where Basic is offered.
#[tokio::test]
async fn a_caller_who_is_refused_is_offered_the_scheme_that_it_used() {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "notes", json!({})).await;
    let (basic, bearer) = (r#"Basic realm="pail", charset="UTF-8""#, r#"Bearer realm="pail""#);
    let both = format!("{basic}, {bearer}");
    let nobody = || call().without("authorization");
    for (call, expected) in [
        (nobody(), &*both),
        (nobody().header("Authorization", "Basic x"), basic),
        (nobody().basic("other", "key"), basic),
        (nobody().basic("demo", "demo-key"), basic),
        (nobody().header("Authorization", "Bearer"), bearer),
        (nobody().header("Authorization", "Digest x"), bearer),
        (call(), bearer),
        (nobody().header("X-Kii-AppID", "demo"), bearer),
        (nobody().header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key"), bearer),
    ] {
        for gateway in Gateway::ALL {
            let answer = installation.refused(&call.clone().through(gateway), 401, "UNAUTHORIZED").await;
            assert_eq!(answer.header("www-authenticate"), expected, "{call:?}");
        }
    }
}

#[tokio::test]
async fn the_request_id_is_the_gateways_if_it_is_valid_in_a_header() {
    let installation = Installation::start().await;
    let longest = "x".repeat(128);
    for (id, expected) in [
        (json!("lLnLiOtFpMZj4dg="), "lLnLiOtFpMZj4dg="),
        (json!(longest), longest.as_str()),
        (Value::Null, INVOCATION_ID),
        (json!(""), INVOCATION_ID),
        (json!("a\r\nSet-Cookie: x"), INVOCATION_ID),
        (json!("a b"), INVOCATION_ID),
        (json!("ä"), INVOCATION_ID),
        (json!("x".repeat(10_000)), INVOCATION_ID),
    ] {
        for call in [call(), call().method("GET"), call().method("OPTIONS")] {
            for gateway in Gateway::ALL {
                let mut event = call.clone().through(gateway).event();
                event["requestContext"]["requestId"] = id.clone();
                let answer = installation.answer_event(&event.to_string()).await;
                assert_eq!(answer.header("x-request-id"), expected);
            }
        }
    }
}

#[tokio::test]
async fn a_header_of_the_event_that_is_null_counts_as_empty() {
    let installation = Installation::start().await;
    let mut event = call().event();
    event["headers"]["content-type"] = Value::Null;
    event["headers"]["x-anything"] = Value::Null;
    assert_eq!(installation.answer_event(&event.to_string()).await.status, 201);
    event["headers"]["authorization"] = Value::Null;
    assert_eq!(installation.answer_event(&event.to_string()).await.status, 401);
}

/// Tools that imitate gateways fill one of the two.
#[tokio::test]
async fn a_field_of_a_rest_api_counts_in_whichever_of_the_two_maps_it_is() {
    let installation = Installation::start().await;
    let token = format!("Bearer {}", callers::user("alice"));
    for (single, lists) in [
        (json!({"authorization": token}), json!({"Content-Type": ["application/json"]})),
        (json!({"Content-Type": "application/json"}), json!({"Authorization": [token]})),
        (json!({"Content-Type": "application/json", "AUTHORIZATION": "x"}), json!({"authorization": [token]})),
        (json!({"Content-Type": "application/json", "Authorization": token}), json!({"authorization": null})),
    ] {
        let mut event = call().through(Gateway::RestApi).event();
        event["headers"] = single;
        event["multiValueHeaders"] = lists;
        assert_eq!(installation.answer_event(&event.to_string()).await.status, 201, "{event}");
    }
}

#[tokio::test]
async fn a_rest_api_without_lists_of_header_values_is_understood() {
    let installation = Installation::start().await;
    for lists in [None, Some(Value::Null), Some(json!({}))] {
        let mut event = call().through(Gateway::RestApi).event();
        let members = event.as_object_mut().expect("an event is an object");
        members.remove("multiValueHeaders");
        members.extend(lists.map(|lists| ("multiValueHeaders".to_owned(), lists)));
        assert_eq!(installation.answer_event(&event.to_string()).await.status, 201);
    }
}
