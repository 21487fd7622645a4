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
        "/api/apps/demo/acl/",
        "/api/apps/demo/acl//UserID:bob",
        "/api/apps/demo/acl/CREATE_NEW_BUCKET/",
        "/api/apps/demo/acl/CREATE_NEW_BUCKET/UserID:bob/",
        "/api/apps/demo/ACL",
        "/api/apps/demo/objects/acl",
        "/api/apps/demo/users/acl",
        "/api/apps/demo/users//acl",
        "/api/apps/demo/buckets/",
        "/api/apps/demo/buckets/notes/",
        "/api/apps/demo/buckets/notes/acls",
        "/api/apps/demo/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob/x",
        "/api/apps/demo/buckets/notes/objects/acl/x/y",
        "/api/apps/demo/buckets/notes/objects/some-object/acl/",
        "/api/apps/demo/users/alice/buckets/",
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

/// A resource of each kind, and its methods.
const RESOURCES: [(&str, &[&str]); 14] = [
    ("/api/apps/demo/buckets/notes/objects", &["GET", "HEAD", "POST"]),
    ("/api/apps/demo/buckets/notes/query", &["POST"]),
    ("/api/apps/demo/buckets/notes/objects/o1", &["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
    ("/api/apps/demo/buckets", &["GET", "HEAD"]),
    ("/api/apps/demo/buckets/notes", &["DELETE", "GET", "HEAD", "PUT"]),
    ("/api/apps/demo/acl", &["GET", "HEAD", "PUT"]),
    ("/api/apps/demo/buckets/notes/acl", &["GET", "HEAD", "PUT"]),
    ("/api/apps/demo/buckets/notes/objects/o1/acl", &["GET", "HEAD", "PUT"]),
    ("/api/apps/demo/acl/CREATE_NEW_BUCKET", &["GET", "HEAD"]),
    ("/api/apps/demo/buckets/notes/acl/READ_OBJECTS_IN_BUCKET", &["GET", "HEAD"]),
    ("/api/apps/demo/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT", &["GET", "HEAD"]),
    ("/api/apps/demo/acl/CREATE_NEW_BUCKET/UserID:bob", &["DELETE", "GET", "HEAD", "PUT"]),
    ("/api/apps/demo/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:bob", &["DELETE", "GET", "HEAD", "PUT"]),
    ("/api/apps/demo/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/UserID:bob", &["DELETE", "GET", "HEAD", "PUT"]),
];

/// The path in each scope, and one in which every name is wrong.
fn spellings(path: &str) -> [String; 5] {
    let wrong = [("demo", "!"), ("/notes", "/_"), ("/o1", "/!"), ("_BUCKET", "_X"), ("_OBJECT", "_X"), ("UserID", "X")];
    let in_scope = |scope: &str| path.replacen("/demo", scope, 1);
    [
        path.to_owned(),
        in_scope("/demo/users/me"),
        in_scope("/demo/groups/crew"),
        in_scope("/demo/things/t"),
        wrong.iter().fold(path.to_owned(), |path, (from, to)| path.replacen(from, to, 1)),
    ]
}

#[tokio::test]
async fn a_method_that_a_resource_does_not_have_is_405_even_where_the_names_in_the_path_are_wrong() {
    let installation = Installation::start().await;
    for (path, methods) in RESOURCES {
        let carrier = path.ends_with("/o1").then_some("POST");
        let mut allowed: Vec<&str> = methods.iter().copied().chain(carrier).chain(["OPTIONS"]).collect();
        allowed.sort_unstable();
        let others = ["TRACE", "CONNECT", "QUERY", "", "get", "post", "put", "options"];
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        for method in known.into_iter().chain(others).filter(|method| !methods.contains(method)) {
            for (at, path) in spellings(path).iter().enumerate() {
                let call = call().without("content-type").body("").method(method).path(path);
                let call = call.through(Gateway::ALL[at % Gateway::ALL.len()]);
                let answer = installation.refused_unread(&call, 405, "METHOD_NOT_ALLOWED").await;
                assert_eq!(answer.header("allow"), allowed.join(", "), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_post_is_overridden_only_by_one_of_put_patch_and_delete_that_the_resource_has() {
    let installation = Installation::start().await;
    for (path, methods) in RESOURCES {
        let all =
            ["PUT", "PATCH", "DELETE", "GET", "HEAD", "POST", "OPTIONS", "x", "", "PUT, PATCH", "PATCHES", "patch"];
        let has = |name: &str| name != "GET" && name != "HEAD" && methods.contains(&name.to_ascii_uppercase().as_str());
        for name in all.into_iter().filter(|name| *name == "POST" || !has(name)) {
            for gateway in Gateway::ALL {
                let post = call().path(path).through(gateway).header("X-HTTP-Method-Override", name);
                installation.refused_unread(&post, 405, "METHOD_NOT_ALLOWED").await;
            }
        }
        for gateway in Gateway::ALL {
            let post = call().path(path).through(gateway).header("X-HTTP-Method-Override", "PUT");
            let twice = post.header("x-http-method-override", "PUT");
            installation.refused_unread(&twice, 405, "METHOD_NOT_ALLOWED").await;
        }
    }
}

#[tokio::test]
async fn an_override_of_a_post_does_what_its_method_does_on_every_resource() {
    let installation = Installation::start().await;
    let post = |path: &str, name: &str| {
        let call = Call::create("demo", "notes").path(path).body("").bearer(&callers::administrator("operator"));
        call.header("X-HTTP-Method-Override", name)
    };
    for (path, methods) in RESOURCES.into_iter().rev() {
        for spelling in [str::to_owned, |name: &str| name.to_lowercase(), |name: &str| format!(" {name} ")] {
            // What a grant, a change or a deletion needs.
            for needed in RESOURCES[1..4].iter().filter(|(_, methods)| methods.contains(&"PUT")) {
                installation.answer(&post(needed.0, "PUT").body("{}")).await;
            }
            for (name, body) in [("PUT", "{}"), ("PATCH", r#"{"a":1}"#), ("DELETE", "")] {
                if methods.contains(&name) {
                    let answer = installation.answer(&post(path, &spelling(name)).body(body)).await;
                    let expected: &[u16] = match (path.rsplit('/').next(), name) {
                        (Some("o1"), "PUT" | "PATCH") => &[200],
                        (Some("notes"), "PUT") => &[409],
                        _ => &[204],
                    };
                    assert!(expected.contains(&answer.status), "{name} {path}: {answer:?}");
                }
            }
        }
    }
    // On other methods the field is ignored.
    let put = Call::object("PUT", "demo", "notes", "o1").bearer(&callers::user("alice")).body("{}");
    assert_eq!(installation.answer(&put).await.status, 200);
    for (path, methods) in RESOURCES.into_iter().filter(|(path, _)| !path.ends_with("UserID:bob")) {
        for method in methods.iter().filter(|method| ["GET", "HEAD"].contains(method)) {
            let answer = installation.answer(&post(path, "DELETE").method(method)).await;
            assert!([200, 204].contains(&answer.status), "{method} {path}: {answer:?}");
        }
        assert_eq!(installation.answer(&post(path, "DELETE").method("OPTIONS")).await.status, 204, "{path}");
    }
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
    let (long, longer) = ("x".repeat(65), "x".repeat(129));
    let every = [
        "%20", "a b", "a%20b", "..", ".", "%2e", "%2E%2e", "a%00", "%", "%4", "%zz", "a%2Fb", "ä", "%c3%a4", "%ff",
        "a%25", "a;b", "a'b", "a*b", &longer,
    ];
    // What other kinds of IDs may have.
    let (unless_user, unless_long) = (["a:b", "a%7Cb", "a@b", "a+b", "a=b", "a~b", "a,b"], [long.as_str()]);
    let words = ["ANONYMOUS_USER", "ANY_AUTHENTICATED_USER", "EMAIL:a@b.example", "PHONE:1", "LOGIN_NAME:a"];
    for (kind, field, others) in [
        ("", "appID", [&unless_user[..], &unless_long].concat()),
        ("demo/users/", "userID", words.to_vec()),
        ("demo/groups/", "groupID", unless_user.to_vec()),
        ("demo/things/", "thingID", [&unless_user[..], &unless_long, &["VENDOR_THING_ID:a"]].concat()),
    ] {
        for bad in every.into_iter().chain(others) {
            let path = format!("/api/apps/{kind}{bad}/buckets/notes/objects");
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
    for (method, path, code, field) in [
        ("POST", "/api/apps/!/users/!/buckets/_/objects", "INVALID_INPUT_DATA", Some("appID")),
        ("POST", "/api/apps/demo/users/!/buckets/_/objects", "INVALID_INPUT_DATA", Some("userID")),
        ("POST", "/api/apps/!/buckets/x:y/objects", "INVALID_INPUT_DATA", Some("appID")),
        ("POST", "/api/apps/demo/groups/!/buckets/x:y/objects", "INVALID_INPUT_DATA", Some("groupID")),
        ("POST", "/api/apps/demo/things/t/buckets/x:y/objects", "BUCKET_TYPE_NOT_SUPPORTED", None),
        ("PUT", "/api/apps/!/buckets/_/objects/a", "INVALID_INPUT_DATA", Some("appID")),
        ("PUT", "/api/apps/demo/buckets/_/objects/a", "INVALID_BUCKET", None),
        ("PUT", "/api/apps/demo/buckets/notes/objects/a", "INVALID_OBJECT_ID", None),
        ("GET", "/api/apps/!/users/!/buckets", "INVALID_INPUT_DATA", Some("appID")),
        ("GET", "/api/apps/demo/things/!/buckets", "INVALID_INPUT_DATA", Some("thingID")),
        ("PUT", "/api/apps/demo/groups/!/buckets/_", "INVALID_INPUT_DATA", Some("groupID")),
        ("DELETE", "/api/apps/demo/buckets/x:y", "BUCKET_TYPE_NOT_SUPPORTED", None),
        ("GET", "/api/apps/demo/users/!/acl/x/y", "INVALID_INPUT_DATA", Some("userID")),
        ("GET", "/api/apps/demo/buckets/_/acl/x", "INVALID_BUCKET", None),
        ("PUT", "/api/apps/demo/buckets/_/objects/a/acl", "INVALID_BUCKET", None),
        ("PUT", "/api/apps/demo/buckets/notes/objects/a/acl/x/y", "INVALID_OBJECT_ID", None),
        ("PUT", "/api/apps/demo/buckets/notes/acl/x/y", "INVALID_INPUT_DATA", Some("verb")),
        ("DELETE", "/api/apps/demo/acl/CREATE_NEW_BUCKET/y", "INVALID_INPUT_DATA", Some("subject")),
    ] {
        let answer = installation.refused_unread(&call().method(method).path(path), 400, code).await;
        assert_eq!(answer.json()["field"].as_str(), field, "{path}");
    }
}

#[tokio::test]
async fn ids_may_have_every_allowed_character_and_are_case_sensitive() {
    let installation = Installation::start().await;
    let administrator = callers::administrator("operator");
    let (long, longest) = ("x".repeat(64), "x".repeat(128));
    let every = ["a", "...", "A.b_c-9", "ME", &long];
    let of_users = ["auth0%7Cme", "a:b", "a@b.example", "a+b", "a%2Bc", "a=b", "a~b", "a,b", "email:a", &longest];
    for (kind, more) in [("users", &of_users[..]), ("groups", &[longest.as_str()]), ("things", &[])] {
        for id in every.iter().chain(more) {
            for bucket in ["ab", "A_-9", "Users", &long] {
                let call = Call::create(&format!("demo/{kind}/{id}"), bucket).bearer(&administrator);
                installation.created(&call).await;
            }
        }
    }
    assert_eq!(installation.count().await, (104, 104), "each is a bucket of its own");
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
    let administrator = callers::administrator("operator");
    for (bucket, entry) in [
        ("/api/apps/demo/bucket%73/n%6Ftes", "/api/apps/demo/%61cl/CREATE%5fNEW_BUCKET/UserID%3Abob"),
        ("/api/apps/d%65mo/buckets/rw%3Anotes", "/api/apps/demo/acl/%43REATE_NEW_BUCKET/%55serID:bo%62"),
    ] {
        for gateway in Gateway::ALL {
            let get = call().method("HEAD").body("").through(gateway).path(bucket);
            assert_eq!(installation.answer_event(&get.event().to_string()).await.status, 204, "{bucket}");
            let entry = Call::bucket("PUT", "demo", "notes").through(gateway).path(entry).bearer(&administrator);
            assert_eq!(installation.answer_event(&entry.event().to_string()).await.status, 204, "{entry:?}");
            let revoke = entry.method("DELETE").path("/api/apps/demo/acl/CREATE_NEW_BUCKET/UserID:bob");
            assert_eq!(installation.answer(&revoke).await.status, 204);
        }
    }
    let twice = Call::bucket("PUT", "demo", "notes").path("/api/apps/demo/acl/CREATE_NEW_BUCKET/UserID%253Abob");
    let twice = twice.through(Gateway::FunctionUrl).bearer(&administrator);
    installation.refused_unread(&twice, 400, "INVALID_INPUT_DATA").await;
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
async fn a_query_parameter_is_decoded_once_whichever_gateway_it_comes_through() {
    let installation = Installation::start().await;
    for bucket in ["aa", "b_c", "zz"] {
        installation.put_bucket("demo", bucket, serde_json::json!({})).await;
    }
    let list = |query: &str| {
        let path = format!("/api/apps/demo/buckets?{query}");
        Call::bucket("GET", "demo", "notes").path(&path).bearer(&callers::administrator("operator"))
    };
    for gateway in Gateway::ALL {
        for (query, expected) in [
            ("paginationKey=aa", r#"{"bucketIDs":["b_c","zz"]}"#),
            ("paginationKey=%61a", r#"{"bucketIDs":["b_c","zz"]}"#),
            ("pagination%4Bey=b%5Fc", r#"{"bucketIDs":["zz"]}"#),
            ("a=b&paginationKey=b%5fc&c=d", r#"{"bucketIDs":["zz"]}"#),
            ("x=%zz&=&paginationKey=zz", r#"{"bucketIDs":[]}"#),
            ("PaginationKey=zz&paginationkey=zz", r#"{"bucketIDs":["aa","b_c","zz"]}"#),
        ] {
            assert_eq!(installation.answer(&list(query).through(gateway)).await.body, expected, "{query}");
        }
        for query in
            ["paginationKey=%2561a", "paginationKey=a%26a", "paginationKey", "paginationKey=aa&paginationKey=aa"]
        {
            let answer = installation.refused_unread(&list(query).through(gateway), 400, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.text("field"), "paginationKey", "{query}");
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
