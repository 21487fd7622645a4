//! Events with a member that no gateway would send so: the answer names it.

use pail_testing::{Call, Gateway, Installation, callers};
use serde_json::{Value, json};

/// The members of each kind of event that are read, with a value of another type, and whether every event has the member.
fn members(gateway: Gateway) -> Vec<(&'static str, Value, bool)> {
    let text = || json!(1);
    let both = [
        ("/headers", json!([]), false),
        ("/headers", json!({"accept": 1}), false),
        ("/requestContext/stage", text(), false),
        ("/requestContext/requestId", json!({}), false),
        ("/requestContext/domainName", json!(["a"]), false),
        ("/body", json!({"a": 1}), false),
        ("/body", json!(true), false),
        ("/isBase64Encoded", json!("false"), false),
    ];
    let own = match gateway {
        Gateway::HttpApi | Gateway::FunctionUrl => vec![
            ("/rawPath", text(), true),
            ("/rawQueryString", json!({}), false),
            ("/requestContext/http", json!("POST"), true),
            ("/requestContext/http/method", text(), true),
            ("/requestContext/apiId", text(), false),
        ],
        Gateway::RestApi => vec![
            ("/httpMethod", text(), true),
            ("/path", json!([]), true),
            ("/multiValueHeaders", json!({"accept": "a"}), false),
            ("/multiValueHeaders", json!({"accept": ["a", 1]}), false),
            ("/queryStringParameters", json!({"a": ["b"]}), false),
            ("/multiValueQueryStringParameters", json!({"a": "b"}), false),
            ("/requestContext", json!("x"), true),
            ("/requestContext/path", text(), false),
        ],
    };
    both.into_iter().chain(own).collect()
}

/// An event with this value of a member, or without the member.
fn changed(event: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut event = event.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = event.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    event
}

async fn message(installation: &Installation, event: &Value) -> String {
    let answer = installation.answer_event(&event.to_string()).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (400, "INVALID_INPUT_DATA"), "{event}: {answer:?}");
    assert_eq!(answer.text("field"), "event");
    answer.text("message")
}

#[tokio::test]
async fn a_member_of_another_type_or_a_missing_one_is_named() {
    let installation = Installation::start().await;
    let call = Call::create("demo", "notes").bearer(&callers::user("alice"));
    for gateway in Gateway::ALL {
        let event = call.clone().through(gateway).event();
        for (pointer, wrong, is_required) in members(gateway) {
            let named = format!("its member {} is missing, or", pointer[1..].replace('/', "."));
            let said = message(&installation, &changed(&event, pointer, Some(wrong))).await;
            assert!(said.contains(&named), "{gateway:?} {pointer}: {said}");
            // Without its method or its path, an event of a REST API could be anything.
            if is_required && pointer != "/httpMethod" {
                let said = message(&installation, &changed(&event, pointer, None)).await;
                assert!(said.contains(&named), "{gateway:?} {pointer}: {said}");
            } else if !is_required {
                let mut without = changed(&event, pointer, None);
                without["body"] = json!("{");
                let answer = installation.answer_event(&without.to_string()).await;
                assert!(answer.status >= 400, "{gateway:?} {pointer}: {answer:?}");
                assert!(!answer.text("message").contains("its member"), "{gateway:?} {pointer}: {answer:?}");
            }
        }
    }
    assert_eq!(installation.count().await, (0, 0));
}

#[tokio::test]
async fn an_event_of_no_known_gateway_is_called_so() {
    let installation = Installation::start().await;
    for event in [
        json!({}),
        json!([]),
        json!({"Records": []}),
        json!({"requestContext": {}}),
        json!({"httpMethod": "POST", "path": "/", "requestContext": {"elb": {"targetGroupArn": "a"}}}),
    ] {
        let said = message(&installation, &event).await;
        assert!(said.starts_with("The event is none of an HTTP API"), "{event}: {said}");
    }
}
