//! Resources and the names in their paths (section 1).

use pail_testing::{Call, Gateway, Installation, callers};

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

#[tokio::test]
async fn a_path_of_another_shape_is_404() {
    let installation = Installation::start().await;
    for path in [
        "/",
        "/api",
        "/api/apps",
        "/api/apps/demo",
        "/api/apps/demo/users/alice",
        "/api/apps/demo/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob/x",
        "/api/apps/demo/buckets/notes/objects/",
        "/api/apps/demo/buckets/notes/objects/some-object/",
        "/api/apps/demo/buckets/notes/objects//some-object",
        "/api/apps/demo/buckets/notes/objects/some-object/body",
        "/api/apps/demo/buckets/notes//objects",
        "//api/apps/demo/buckets/notes/objects",
        "/api//apps/demo/buckets/notes/objects",
        "/api/apps//buckets/notes/objects",
        "/api/apps/demo/buckets//objects",
        "/api/apps/demo/users//buckets/notes/objects",
        "/api/apps/demo/devices/d/buckets/notes/objects",
        "/api/apps/demo/users/buckets/notes/objects",
        "/api/apps/demo/users/alice/groups/crew/buckets/notes/objects",
        "/API/apps/demo/buckets/notes/objects",
        "/api/apps/demo/Buckets/notes/objects",
        "/api/apps/demo/buckets/notes/object",
        "/apps/demo/buckets/notes/objects",
        "/prod/api/apps/demo/buckets/notes/objects",
        "/api/apps/demo/buckets/notes/objects%2F",
        "/api%2Fapps/demo/buckets/notes/objects",
    ] {
        for gateway in Gateway::ALL {
            installation.refused_unread(&call().through(gateway).path(path), 404, "NOT_FOUND").await;
        }
        installation.refused_unread(&call().method("OPTIONS").path(path), 404, "NOT_FOUND").await;
        installation.refused_unread(&call().method("DELETE").path(path), 404, "NOT_FOUND").await;
    }
}

#[tokio::test]
async fn a_method_that_a_collection_does_not_have_is_405() {
    let installation = Installation::start().await;
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "post", "QUERY", ""] {
        for gateway in Gateway::ALL {
            let call = call().through(gateway).method(method);
            installation.refused_unread(&call, 405, "METHOD_NOT_ALLOWED").await;
        }
        // Even where the names in the path are wrong.
        let wrong = call().path("/api/apps/!/buckets/_/objects").method(method);
        installation.refused_unread(&wrong, 405, "METHOD_NOT_ALLOWED").await;
    }
}

#[tokio::test]
async fn a_collection_accepts_no_method_override() {
    let installation = Installation::start().await;
    for method in ["PATCH", "GET", "POST", "patch", ""] {
        for name in ["X-HTTP-Method-Override", "x-http-method-override"] {
            for gateway in Gateway::ALL {
                let call = call().through(gateway).header(name, method);
                installation.refused_unread(&call, 405, "METHOD_NOT_ALLOWED").await;
            }
        }
    }
}

#[tokio::test]
async fn a_method_that_an_object_does_not_have_is_405() {
    let installation = Installation::start().await;
    let object = |path: &str| call().path(path).without("content-type").body("");
    for method in ["POST", "TRACE", "CONNECT", "get", "patch", "QUERY", ""] {
        for gateway in Gateway::ALL {
            let call = object("/api/apps/demo/buckets/notes/objects/o1").through(gateway).method(method);
            installation.refused_unread(&call, 405, "METHOD_NOT_ALLOWED").await;
        }
        // Even where the names in the path are wrong.
        let wrong = object("/api/apps/!/buckets/_/objects/!").method(method);
        installation.refused_unread(&wrong, 405, "METHOD_NOT_ALLOWED").await;
    }
}

#[tokio::test]
async fn an_object_accepts_only_overrides_of_post_by_put_patch_or_delete() {
    let installation = Installation::start().await;
    let post = |name: &str| {
        Call::object("POST", "demo", "notes", "o1")
            .bearer(&callers::user("alice"))
            .header("X-HTTP-Method-Override", name)
    };
    for gateway in Gateway::ALL {
        for name in ["GET", "HEAD", "POST", "OPTIONS", "x", "", "PUT, PATCH", "PATCHES"] {
            installation.refused_unread(&post(name).through(gateway), 405, "METHOD_NOT_ALLOWED").await;
        }
        let twice = post("PUT").header("x-http-method-override", "PUT").through(gateway);
        installation.refused_unread(&twice, 405, "METHOD_NOT_ALLOWED").await;
    }
    for name in ["PUT", "put", " Put "] {
        let status = installation.answer(&post(name).body("{}")).await.status;
        assert_eq!(status, if name == "PUT" { 201 } else { 200 }, "{name}");
    }
    for name in ["PATCH", "patch"] {
        assert_eq!(installation.answer(&post(name).body(r#"{"a":1}"#)).await.status, 200, "{name}");
    }
    // On other methods the field is ignored.
    for (method, status) in [("GET", 200), ("HEAD", 200), ("OPTIONS", 204)] {
        assert_eq!(installation.answer(&post("DELETE").method(method)).await.status, status, "{method}");
    }
    assert_eq!(installation.answer(&post("delete")).await.status, 204);
    assert_eq!(installation.count().await, (1, 0));
}

#[tokio::test]
async fn an_object_id_that_breaks_its_pattern_is_400_and_echoed() {
    let installation = Installation::start().await;
    let (long, longer) = ("x".repeat(101), "x".repeat(200));
    for (bad, echoed) in [
        ("a", "a"),
        (".", "."),
        ("..", ".."),
        ("%2e%2E", ".."),
        ("a%20b", "a b"),
        ("a b", "a b"),
        ("a:b", "a:b"),
        ("a%2Fb", "a/b"),
        ("a%00", "a\0"),
        ("%zz", "%zz"),
        ("a%25b", "a%b"),
        ("%C3%A4%C3%A4", "ää"),
        ("a%22b", "a\"b"),
        (&long, &long),
        (&longer, &longer[..128]),
    ] {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let call = Call::object(method, "demo", "notes", bad).through(Gateway::FunctionUrl);
            let call = call.bearer(&callers::user("alice"));
            let answer = installation.refused_unread(&call, 400, "INVALID_OBJECT_ID").await;
            assert_eq!(answer.text("objectID"), echoed);
        }
        let head = Call::object("HEAD", "demo", "notes", bad).through(Gateway::FunctionUrl);
        assert_eq!(installation.answer(&head.bearer(&callers::user("alice"))).await.status, 400);
    }
}

#[tokio::test]
async fn an_object_id_has_2_to_100_of_the_allowed_characters_and_is_case_sensitive() {
    let installation = Installation::start().await;
    let long = "x".repeat(100);
    let ids = ["o1", "O1", "...", "A_-.", "_id", "objects", "acl", "me", "-o", "00", &long];
    for id in ids {
        let put = Call::object("PUT", "demo", "notes", id).bearer(&callers::user("alice"));
        let answer = installation.answer(&put.body(format!(r#"{{"id":"{id}"}}"#))).await;
        assert_eq!(answer.status, 201, "{id}: {answer:?}");
    }
    for id in ids {
        let get = Call::object("GET", "demo", "notes", id).bearer(&callers::user("alice"));
        let answer = installation.answer(&get).await;
        assert_eq!((answer.text("id"), answer.text("_id")), (id.to_owned(), id.to_owned()));
    }
    assert_eq!(installation.count().await, (1, ids.len()));
}

#[tokio::test]
async fn an_id_that_breaks_its_pattern_is_400() {
    let installation = Installation::start().await;
    let long = "x".repeat(65);
    for bad in [
        "%20", "a b", "a%20b", "..", ".", "%2e", "%2E%2e", "a%00", "%", "%4", "%zz", "a%2Fb", "ä", "%c3%a4", "%ff",
        "a:b", "a%25", &long,
    ] {
        for (path, field) in [
            (format!("/api/apps/{bad}/buckets/notes/objects"), "appID"),
            (format!("/api/apps/demo/users/{bad}/buckets/notes/objects"), "userID"),
            (format!("/api/apps/demo/groups/{bad}/buckets/notes/objects"), "groupID"),
            (format!("/api/apps/demo/things/{bad}/buckets/notes/objects"), "thingID"),
        ] {
            let call = call().through(Gateway::FunctionUrl).path(&path);
            let answer = installation.refused_unread(&call, 400, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.text("field"), field, "{path}");
        }
    }
}

#[tokio::test]
async fn a_bucket_id_that_breaks_its_pattern_is_400_and_echoed() {
    let installation = Installation::start().await;
    let (long, longer) = ("x".repeat(65), "x".repeat(200));
    for (bad, echoed) in [
        ("a", "a"),
        ("_ab", "_ab"),
        ("a.b", "a.b"),
        ("..", ".."),
        ("users", "users"),
        ("devices", "devices"),
        ("installations", "installations"),
        ("internal", "internal"),
        ("things", "things"),
        ("rw:", "rw:"),
        ("rw:users", "rw:users"),
        ("default:_a", "default:_a"),
        ("a%20b", "a b"),
        ("a%2Fb", "a/b"),
        ("%zz", "%zz"),
        ("a%25b", "a%b"),
        ("a%22b", "a\"b"),
        (&long, &long),
        (&longer, &longer[..128]),
    ] {
        let path = format!("/api/apps/demo/buckets/{bad}/objects");
        let answer =
            installation.refused_unread(&call().through(Gateway::FunctionUrl).path(&path), 400, "INVALID_BUCKET").await;
        assert_eq!(answer.text("bucketID"), echoed);
        assert!(!answer.body.contains('%'), "{answer:?}");
    }
    // 128 characters, not bytes.
    let wide =
        call().through(Gateway::FunctionUrl).path(&format!("/api/apps/demo/buckets/{}/objects", "%C3%A4".repeat(200)));
    let answer = installation.refused_unread(&wide, 400, "INVALID_BUCKET").await;
    assert_eq!(answer.text("bucketID"), "ä".repeat(128));
}

#[tokio::test]
async fn another_type_of_bucket_is_400() {
    let installation = Installation::start().await;
    for bad in ["CRYPTO:notes", "RW:notes", "Default:notes", ":notes", "rw:rw:notes", "rw:default:notes", "x:"] {
        let call = call().path(&format!("/api/apps/demo/buckets/{bad}/objects"));
        let answer = installation.refused_unread(&call, 400, "BUCKET_TYPE_NOT_SUPPORTED").await;
        assert_eq!(answer.text("bucketID"), bad);
    }
}

#[tokio::test]
async fn invalid_ids_are_reported_from_left_to_right() {
    let installation = Installation::start().await;
    for (path, code, field) in [
        ("/api/apps/!/users/!/buckets/_/objects", "INVALID_INPUT_DATA", Some("appID")),
        ("/api/apps/demo/users/!/buckets/_/objects", "INVALID_INPUT_DATA", Some("userID")),
        ("/api/apps/!/buckets/x:y/objects", "INVALID_INPUT_DATA", Some("appID")),
        ("/api/apps/demo/groups/!/buckets/x:y/objects", "INVALID_INPUT_DATA", Some("groupID")),
        ("/api/apps/demo/things/t/buckets/x:y/objects", "BUCKET_TYPE_NOT_SUPPORTED", None),
        ("/api/apps/!/buckets/_/objects/a", "INVALID_INPUT_DATA", Some("appID")),
        ("/api/apps/demo/buckets/_/objects/a", "INVALID_BUCKET", None),
        ("/api/apps/demo/buckets/notes/objects/a", "INVALID_OBJECT_ID", None),
    ] {
        let method = if path.ends_with("objects") { "POST" } else { "PUT" };
        let answer = installation.refused_unread(&call().method(method).path(path), 400, code).await;
        assert_eq!(answer.json()["field"].as_str(), field);
    }
}

#[tokio::test]
async fn ids_may_have_every_allowed_character_and_are_case_sensitive() {
    let installation = Installation::start().await;
    let administrator = callers::administrator("operator");
    let long = "x".repeat(64);
    for id in ["a", "...", "A.b_c-9", "ME", &long] {
        for kind in ["users", "groups", "things"] {
            for bucket in ["ab", "A_-9", "Users", &long] {
                let call = Call::create(&format!("demo/{kind}/{id}"), bucket).bearer(&administrator);
                installation.created(&call).await;
            }
        }
    }
    assert_eq!(installation.count().await, (60, 60), "each is a bucket of its own");
    installation.refused(&call().path("/api/apps/Demo/buckets/notes/objects"), 404, "APP_NOT_FOUND").await;
}

#[tokio::test]
async fn segments_are_percent_decoded_once() {
    let installation = Installation::start().await;
    for path in [
        "/api/apps/d%65mo/buckets/n%6Ftes/objects",
        "/%61pi/apps/demo/buckets/notes/objects",
        "/api/apps/%64%65%6d%6f/buckets/%72%77%3anotes/%6fbjects",
    ] {
        for gateway in Gateway::ALL {
            installation.created(&call().through(gateway).path(path)).await;
        }
    }
    assert_eq!(installation.count().await, (1, 9));
    let twice = call().through(Gateway::FunctionUrl).path("/api/apps/demo/buckets/n%256Ftes/objects");
    installation.refused_unread(&twice, 400, "INVALID_BUCKET").await;
}

#[tokio::test]
async fn unknown_query_parameters_are_ignored() {
    let installation = Installation::start().await;
    for query in ["disable_cache=1410000000000", "a=b&a=c", "x", "%zz", "="] {
        for gateway in Gateway::ALL {
            let path = format!("{}?{query}", call().path);
            installation.created(&call().through(gateway).path(&path)).await;
        }
    }
}

#[tokio::test]
async fn an_event_of_another_kind_is_400_in_the_shape_of_payload_format_2() {
    let installation = Installation::start().await;
    for event in [
        "{}",
        "[]",
        "null",
        "0",
        "\"x\"",
        "",
        "{",
        r#"{"Records":[]}"#,
        r#"{"requestContext":{"elb":{"targetGroupArn":"a"}},"httpMethod":"POST","path":"/","headers":{},"body":""}"#,
        r#"{"requestContext":{"http":{}},"rawPath":"/"}"#,
        r#"{"requestContext":{"http":{"method":"POST"}}}"#,
        r#"{"requestContext":{"connectionId":"a","eventType":"MESSAGE"},"body":"x"}"#,
        r#"{"httpMethod":"POST","path":"/"}"#,
    ] {
        let before = installation.items().await;
        let answer = installation.answer_event(event).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "INVALID_INPUT_DATA"), "{event}");
        assert_eq!(answer.text("field"), "event");
        assert_eq!(answer.header("x-request-id"), pail_testing::INVOCATION_ID);
        assert_eq!(installation.items().await, before);
    }
    assert_eq!(installation.wire.take_operations(), Vec::<String>::new());
}
