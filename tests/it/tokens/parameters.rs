//! How the parameters of a request for a token are read.

use pail_testing::Gateway;
use serde_json::json;

use super::stage::*;

#[tokio::test]
async fn what_is_no_form_and_no_json_object_is_refused_unread() {
    let installation = installation().await;
    let url = || post("/api/apps/demo/oauth2/token");
    let good = json!({"client_id": "backend", "client_secret": SECRET}).to_string();
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    for call in [
        url().body("{"),
        url().body("[]"),
        url().body("x"),
        url().body(b"{\"client_id\":\"\xff\"}".to_vec()),
        url().body(deep),
        url().body(format!("{good} x")),
        url().body(format!(r#"{{"client_id":"backend","client_id":"backend","client_secret":"{SECRET}"}}"#)),
        as_form(url(), &format!("client_id=backend&client_id=backend&client_secret={SECRET}")),
        as_form(url(), &format!("client_id=backend&client_secret={SECRET}&x=1&x=2")),
        as_json(url(), json!({"client_id": 1, "client_secret": SECRET})),
        as_json(url(), json!({"client_id": ["backend"], "client_secret": SECRET})),
        as_json(url(), json!({"client_id": "backend", "client_secret": {"x": SECRET}})),
        as_json(url(), json!({"client_id": "backend", "client_secret": SECRET, "grant_type": true})),
        as_json(url(), json!({"client_id": "backend", "client_secret": SECRET, "username": 1})),
        url().body(good.clone()).content_type("text/plain"),
        url().body(good.clone()).content_type("multipart/form-data; boundary=x"),
        url().body(good.clone()).content_type("application/json;charset=utf-16"),
        url().body(good.clone()).content_type("application/json").header("Content-Type", "application/json"),
        // The content type decides, not the body.
        url().body(good.clone()).content_type("application/x-www-form-urlencoded"),
        as_form(url(), "client_id=backend").content_type("application/json"),
    ] {
        let calls = installation.wire.calls();
        refused(&installation, &call, 400, "invalid_request").await;
        assert_eq!(installation.wire.calls(), calls, "{call:?}");
    }
    let large = url().body(" ".repeat(131_069));
    installation.refused_unread(&large, 413, "INVALID_INPUT_DATA").await;
    let encoded = url().body(good).header("Content-Encoding", "gzip");
    installation.refused_unread(&encoded, 415, "INVALID_INPUT_DATA").await;
}

#[tokio::test]
async fn unknown_parameters_and_empty_ones_count_for_nothing() {
    let installation = installation().await;
    for further in
        [json!({"x": 1}), json!({"scope": "all"}), json!({"grant_type": ""}), json!({"username": "", "code": null})]
    {
        let mut parameters = json!({"client_id": "backend", "client_secret": SECRET});
        parameters.as_object_mut().expect("an object").extend(further.as_object().expect("an object").clone());
        issued(&installation, &request(parameters)).await;
    }
    let form = format!("&&client_id=backend&username=&code&client_secret={SECRET}&expiresAt=&");
    issued(&installation, &as_form(post("/api/apps/demo/oauth2/token"), &form)).await;
}

#[tokio::test]
async fn a_body_in_base64_is_read_like_any_other() {
    let installation = installation().await;
    let form = format!("client_id=backend&client_secret={SECRET}");
    for gateway in Gateway::ALL {
        issued(&installation, &of_backend().in_base64().through(gateway)).await;
        issued(&installation, &as_form(post("/api/apps/demo/oauth2/token"), &form).in_base64().through(gateway)).await;
        let mut event = of_backend().in_base64().through(gateway).event();
        event["body"] = "!".into();
        let answer = installation.answer_event(&event.to_string()).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "invalid_request"));
    }
}
