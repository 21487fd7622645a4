//! Events, as an HTTP API sends them.

use pail_testing::events;
use serde_json::{Value, json};

/// The app key of demo, `demo:demo-key`.
pub const APP_KEY: &str = "Basic ZGVtbzpkZW1vLWtleQ==";

/// The body of a PATCH.
pub const CHANGE: &str = r#"{"title":"Milk","done":true}"#;

/// The credentials of an event of `events/`.
pub fn credentials(event: &str) -> String {
    let text = events::read(&format!("http-api/{event}.json"));
    let event: Value = serde_json::from_str(&text).expect("an event is JSON");
    event["headers"]["authorization"].as_str().expect("credentials").to_owned()
}

/// The path of the objects of a bucket of the app demo.
pub fn path(bucket: &str) -> String {
    format!("/api/apps/demo/buckets/{bucket}/objects")
}

/// The ID of an object that is written directly into the table, by its number.
pub fn object_id(number: usize) -> String {
    format!("object-{number:028}")
}

/// The path of such an object in the bucket notes.
pub fn object_path(number: usize) -> String {
    format!("{}/{}", path("notes"), object_id(number))
}

/// An object of this many bytes.
pub fn object(bytes: usize) -> String {
    format!("{{\"text\":\"{}\"}}", "x".repeat(bytes - r#"{"text":""}"#.len()))
}

/// The event of a create.
pub fn create(credentials: &str, path: &str, body: &str) -> String {
    request("POST", credentials, path, body)
}

/// The event of a request. An empty body means no body.
pub fn request(method: &str, credentials: &str, path: &str, body: &str) -> String {
    let mut event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {
            "authorization": credentials, "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "user-agent": "bench", "accept": "*/*",
            "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000", "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443", "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench",
            },
            "requestId": "lLnLiOtFpMZj4dg=", "routeKey": "$default", "stage": "$default", "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    });
    if !body.is_empty() {
        event["headers"]["content-type"] = json!("application/json");
        event["headers"]["content-length"] = json!(body.len().to_string());
        event["body"] = json!(body);
    }
    event.to_string()
}
