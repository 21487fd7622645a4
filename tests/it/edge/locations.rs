//! The URL of a new object in `Location` (section 3).

use pail::http::url::PublicUrl;
use serde_json::{Value, json};

use pail_testing::{Call, Gateway, Installation, call::objects, callers};

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

/// The part before `/api` in the `Location` of the answer to an event.
async fn base_of(installation: &Installation, event: &Value) -> String {
    let answer = installation.answer_event(&event.to_string()).await;
    assert_eq!(answer.status, 201, "{event}: {answer:?}");
    let location = answer.header("location").to_owned();
    let expected = format!("{}/{}", objects("demo", "notes"), answer.text("objectID"));
    location.strip_suffix(&expected).unwrap_or_else(|| panic!("{location}")).to_owned()
}

/// The event of a call, with some members set. The keys are JSON pointers.
fn event(call: &Call, changes: &[(&str, Value)]) -> Value {
    let mut event = call.event();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let members = event.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
        members.insert(name.to_owned(), value.clone());
    }
    event
}

#[tokio::test]
async fn a_location_shows_the_stage_if_the_clients_url_has_one() {
    let installation = Installation::start().await;
    let path = call().path;
    let (http, rest) = (call(), call().through(Gateway::RestApi));
    let (http_host, rest_host) = (Gateway::HttpApi.host(), Gateway::RestApi.host());
    for (event, expected) in [
        (event(&http, &[]), format!("https://{http_host}")),
        (
            event(&http, &[("/requestContext/stage", json!("prod")), ("/rawPath", json!(format!("/prod{path}")))]),
            format!("https://{http_host}/prod"),
        ),
        // The URL of a custom domain has no stage.
        (event(&http, &[("/requestContext/stage", json!("prod"))]), format!("https://{http_host}")),
        // A stage with the same name as the first segment.
        (
            event(&http, &[("/requestContext/stage", json!("api")), ("/rawPath", json!(format!("/api{path}")))]),
            format!("https://{http_host}/api"),
        ),
        (event(&rest, &[]), format!("https://{rest_host}/prod")),
        (event(&rest, &[("/requestContext/path", json!(path))]), format!("https://{rest_host}")),
        (event(&call().through(Gateway::FunctionUrl), &[]), Gateway::FunctionUrl.base_url()),
    ] {
        assert_eq!(base_of(&installation, &event).await, expected, "{event}");
    }
}

#[tokio::test]
async fn a_location_shows_no_stage_where_the_client_called_a_domain_of_its_own() {
    let installation = Installation::start().await;
    let path = json!(format!("/prod{}", call().path));
    let with_stage = |domain: &str| {
        let changes = [
            ("/requestContext/stage", json!("prod")),
            ("/requestContext/apiId", json!("a1b2c3d4e5")),
            ("/requestContext/domainName", json!(domain)),
            ("/rawPath", path.clone()),
        ];
        event(&call().header("Host", domain), &changes)
    };
    let (own, gateways) = ("api.example.com", Gateway::HttpApi.host());
    assert_eq!(base_of(&installation, &with_stage(own)).await, format!("https://{own}"));
    assert_eq!(base_of(&installation, &with_stage(gateways)).await, format!("https://{gateways}/prod"));
}

#[tokio::test]
async fn the_host_is_the_one_that_the_client_requested() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        let stage = if gateway == Gateway::RestApi { "/prod" } else { "" };
        for host in ["api.example.com", "127.0.0.1:8080", "[::1]:8080", "localhost"] {
            let call = call().through(gateway).header("Host", host);
            assert_eq!(base_of(&installation, &call.event()).await, format!("https://{host}{stage}"));
        }
    }
}

#[tokio::test]
async fn the_scheme_is_the_one_that_the_gateway_received() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        let (host, stage) = (gateway.host(), if gateway == Gateway::RestApi { "/prod" } else { "" });
        for (forwarded, scheme) in [
            ("http", "http"),
            ("HTTP", "http"),
            ("https", "https"),
            ("", "https"),
            ("ftp", "https"),
            ("javascript", "https"),
        ] {
            let call = call().through(gateway).header("X-Forwarded-Proto", forwarded);
            assert_eq!(base_of(&installation, &call.event()).await, format!("{scheme}://{host}{stage}"), "{forwarded}");
        }
    }
}

#[tokio::test]
async fn without_forwarded_scheme_and_host_the_domain_of_the_gateway_is_shown_by_https() {
    let installation = Installation::start().await;
    let changes = [("/headers/host", Value::Null), ("/headers/x-forwarded-proto", Value::Null)];
    let mut event = event(&call(), &changes);
    event["headers"].as_object_mut().expect("headers").retain(|_, value| !value.is_null());
    assert_eq!(base_of(&installation, &event).await, Gateway::HttpApi.base_url());
}

/// The host becomes part of a header. It must not start another header or lead to another host.
#[tokio::test]
async fn an_invalid_host_is_not_shown() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        for host in [
            "",
            " ",
            "a b",
            "evil.example/path",
            "user@evil.example",
            "a\r\nSet-Cookie: x",
            "ä.example",
            "a?b",
            "a#b",
            "a,b c",
            "a,b",
            ":",
            ":80",
            "a:",
            "a:port",
            "a:65536",
            "a:+1",
            "a;b",
            "a(b)",
            "a'b",
            "a=b&c",
            "[x]",
            "[::1]x",
            "a%20b",
        ] {
            let call = call().through(gateway).header("Host", host);
            let base = base_of(&installation, &call.event()).await;
            let shown = base.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
            assert!(["localhost", gateway.host()].contains(&shown), "{host:?}: {base}");
        }
    }
}

/// The part of the URL before `/api` must come from the gateway. Otherwise it could lead to another host.
#[tokio::test]
async fn an_invalid_base_path_is_not_shown() {
    let installation = Installation::start().await;
    let (http, rest) = (call(), call().through(Gateway::RestApi));
    for (prefix, shown) in [
        ("/v1/orders", true),
        ("/$-_.+!*'()", true),
        (".evil.example", false),
        (":80@evil.example", false),
        ("/", false),
        ("//evil.example", false),
        ("/..", false),
        ("/a/../b", false),
        ("/a%2e", false),
        ("/a?b=", false),
        ("/a#", false),
        ("/\"<>", false),
        ("/a\r\nSet-Cookie: x=y", false),
    ] {
        let path = format!("{prefix}{}", rest.path);
        let event_1 = event(&rest, &[("/requestContext/path", json!(path)), ("/requestContext/stage", json!("x"))]);
        let expected = format!("https://{}{}", rest.gateway.host(), if shown { prefix } else { "" });
        assert_eq!(base_of(&installation, &event_1).await, expected, "{prefix}");
        if let Some(stage) = prefix.strip_prefix('/').filter(|stage| !stage.is_empty()) {
            let event_2 = event(&http, &[("/requestContext/stage", json!(stage)), ("/rawPath", json!(path))]);
            let expected = format!("https://{}{}", http.gateway.host(), if shown { prefix } else { "" });
            assert_eq!(base_of(&installation, &event_2).await, expected, "{prefix}");
        }
    }
}

#[tokio::test]
async fn a_configured_public_url_is_shown_and_its_path_is_removed_from_requests() {
    for (url, prefix) in [
        ("https://api.example.com", ""),
        ("https://api.example.com/", ""),
        ("https://api.example.com/v1", "/v1"),
        ("http://localhost:8080/a/b/", "/a/b"),
        ("https://api.example.com/api", ""),
        ("https://api.example.com/v1/api/", "/v1"),
    ] {
        let installation = Installation::with(|settings| settings.public_url = PublicUrl::parse(url)).await;
        // Whoever takes the URL from the template's output may leave its /api on.
        let base = url.trim_end_matches('/').trim_end_matches("/api");
        for gateway in Gateway::ALL {
            for path in [objects("demo", "notes"), format!("{prefix}{}", objects("demo", "notes"))] {
                let call = call().through(gateway).path(&path).header("Host", "other.example");
                assert_eq!(base_of(&installation, &call.event()).await, base, "{path}");
            }
        }
        if !prefix.is_empty() {
            let path = format!("{prefix}x{}", objects("demo", "notes"));
            installation.refused_unread(&call().path(&path), 404, "NOT_FOUND").await;
        }
    }
}
