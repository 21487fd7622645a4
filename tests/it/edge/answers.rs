//! Headers of every answer (section 6). [`Answer::check`](pail_testing::Answer::check) checks them in every test. These
//! tests check those that depend on settings and requests.

use serde_json::{Value, json};

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
    let installation = Installation::with(|settings| origin.clone_into(&mut settings.allowed_origin)).await;
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
