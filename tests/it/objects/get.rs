//! Reading an object (contract, section 1.1).

use pail::http::cors::AllowedOrigins;
use serde_json::{Value, json};

use super::stage::{APP, HOMES, Stage};
use pail_testing::fixtures::{deleted, dropped};
use pail_testing::{Act, Call, Gateway, NOW, callers};

const CONTENT: &str = r#"{"z":1.0,"a":[1E+30,null],"A":{"_id":2},"\u0062":"\/"}"#;

/// The body of a read of an object with [`CONTENT`], with the member of its owner.
fn shown(owner: &str) -> String {
    let own = CONTENT.strip_suffix('}').expect("an object");
    format!(r#"{own},"_id":"o1","_created":{NOW},"_modified":{NOW}{owner},"_version":"1"}}"#)
}

#[tokio::test]
async fn an_object_is_read_with_its_members_in_order_followed_by_those_of_the_server() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        for gateway in Gateway::ALL {
            let answer = stage.answer(&stage.call("GET").through(gateway)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.body, shown(&format!(r#","_owner":"{}""#, home.owner)));
            assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
            assert_eq!(answer.header("etag"), "\"1\"");
            assert_eq!(answer.header("last-modified"), "Mon, 21 Sep 2026 14:13:20 GMT");
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            assert_eq!(answer.header("vary"), "Authorization");
        }
    }
}

#[tokio::test]
async fn an_object_without_members_is_shown_with_only_those_of_the_server() {
    let stage = Stage::object(&APP, "{}").await;
    let answer = stage.answer(&stage.call("GET")).await;
    let body = format!(r#"{{"_id":"o1","_created":{NOW},"_modified":{NOW},"_owner":"alice","_version":"1"}}"#);
    assert_eq!(answer.body, body);
}

#[tokio::test]
async fn the_owner_is_the_bare_id_of_a_user_or_thing_and_absent_for_all_others() {
    let stage = Stage::object(&APP, CONTENT).await;
    for (owner, shown_as) in [
        ("UserID:alice", r#","_owner":"alice""#),
        ("UserID:AdminID", r#","_owner":"AdminID""#),
        ("ThingID:sensor-1", r#","_owner":"sensor-1""#),
        ("UserID:ANONYMOUS_USER", ""),
        ("AdminID:operator", ""),
        ("operator", ""),
    ] {
        stage.set(json!({"owner": {"S": owner}})).await;
        assert_eq!(stage.answer(&stage.call("GET")).await.body, shown(shown_as), "{owner}");
    }
}

#[tokio::test]
async fn the_media_type_follows_the_data_type_which_is_in_the_body_unless_it_is_plain_json() {
    let stage = Stage::object(&APP, CONTENT).await;
    for (data_type, name) in [
        ("application/json", None),
        ("application/vnd.demo.person+json", Some("person")),
        ("application/vnd.demo.Note.v1_2+x-y+json", Some("Note.v1_2+x-y")),
        ("application/vnd.demo.+json+json", Some("+json")),
    ] {
        stage.set(json!({"data_type": {"S": data_type}})).await;
        for method in ["GET", "HEAD"] {
            let answer = stage.answer(&stage.call(method)).await;
            assert_eq!(answer.header("content-type"), format!("{data_type};charset=UTF-8"));
        }
        let answer = stage.answer(&stage.call("GET")).await;
        assert_eq!(answer.json()["_dataType"].as_str(), name, "{answer:?}");
        assert!(name.is_none_or(|name| answer.body.ends_with(&format!(r#","_dataType":"{name}"}}"#))));
    }
}

#[tokio::test]
async fn version_and_times_are_the_items_and_the_version_is_a_string() {
    let stage = Stage::object(&APP, "{}").await;
    let (created, modified) = (1_000_u64, 1_700_000_000_999_u64);
    let changes = json!({
        "version": {"N": "12345678901234567890"}, "created": {"N": created.to_string()},
        "modified": {"N": modified.to_string()},
    });
    stage.set(changes).await;
    let answer = stage.answer(&stage.call("GET")).await;
    let body = format!(
        r#"{{"_id":"o1","_created":{created},"_modified":{modified},"_owner":"alice","_version":"12345678901234567890"}}"#
    );
    assert_eq!(answer.body, body);
    assert_eq!(answer.header("etag"), "\"12345678901234567890\"");
    assert_eq!(answer.header("last-modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
}

#[tokio::test]
async fn head_is_get_without_a_body_errors_included() {
    let stage = Stage::object(&APP, CONTENT).await;
    for (status, change) in [
        (200, (|call: Call| call) as fn(Call) -> Call),
        (304, |call| call.header("If-None-Match", "\"1\"")),
        (400, |call| call.path("/api/apps/demo/buckets/notes/objects/x")),
        (400, |call| call.path("/api/apps/demo/buckets/_/objects/o1")),
        (401, |call| call.without("authorization")),
        (401, |call| call.path("/api/apps/demo/users/bob/buckets/notes/objects/o1")),
        (403, |call| call.bearer("x.y.z")),
        (404, |call| call.path("/api/apps/demo/buckets/notes/objects/o2")),
        (404, |call| call.path("/api/apps/demo/buckets/nothing/objects/o1")),
        (404, |call| call.path("/api/apps/demo")),
        (405, |call| call.path("/api/apps/demo/buckets/notes/query")),
    ] {
        for gateway in Gateway::ALL {
            let head = change(stage.call("HEAD")).through(gateway);
            let (get, head) = (stage.answer(&head.clone().method("GET")).await, stage.answer(&head).await);
            assert_eq!((head.status, get.status), (status, status), "{get:?}");
            assert_eq!((head.body.as_str(), &head.headers), ("", &get.headers));
        }
    }
    // Also for a fault of the storage.
    let stage = Stage::object(&APP, CONTENT).await;
    stage.set(json!({"created": null})).await;
    let answer = stage.answer(&stage.call("HEAD")).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
}

#[tokio::test]
async fn a_client_that_has_the_version_gets_304_with_its_etag() {
    let stage = Stage::object(&APP, CONTENT).await;
    stage.set(json!({"version": {"N": "3"}})).await;
    for (value, status) in [
        ("\"3\"", 304),
        ("W/\"3\"", 304),
        ("3", 304),
        ("*", 304),
        (" * ", 304),
        ("\"1\", \"2\", \"3\"", 304),
        ("\"x\",W/\"3\"", 304),
        ("\"1\",,\"3\",", 304),
        ("\"2\"", 200),
        ("\"33\"", 200),
        ("\"03\"", 200),
        ("\"1\", \"2\"", 200),
        ("\"W/3\"", 200),
        // Malformed tags are ignored.
        ("", 200),
        ("\"3", 200),
        ("3\"", 200),
        ("\"3\" \"3\"", 200),
        ("*, \"3\"", 200),
        ("w/\"3\"", 200),
    ] {
        for method in ["GET", "HEAD"] {
            for gateway in Gateway::ALL {
                let call = stage.call(method).through(gateway).header("If-None-Match", value);
                let answer = stage.answer(&call).await;
                assert_eq!(answer.status, status, "{value}: {answer:?}");
                assert_eq!(answer.header("etag"), "\"3\"");
                assert_eq!(answer.header("cache-control"), "private, no-cache");
            }
        }
    }
    let twice = stage.call("GET").header("If-None-Match", "\"2\"").header("if-none-match", "\"3\"");
    assert_eq!(stage.answer(&twice.through(Gateway::RestApi)).await.status, 304);
}

#[tokio::test]
async fn a_read_ignores_if_match_and_every_other_field_of_a_write() {
    let stage = Stage::object(&APP, CONTENT).await;
    for (name, value) in [
        ("If-Match", "\"7\""),
        ("If-Match", "\"7"),
        ("If-Match", ""),
        ("If-Match", "*"),
        ("Idempotency-Key", "a b"),
        ("Content-Type", "text/plain"),
        ("Content-Encoding", "gzip"),
        ("If-Modified-Since", "Mon, 21 Sep 2026 14:13:20 GMT"),
        ("If-Unmodified-Since", "Mon, 21 Sep 1970 14:13:20 GMT"),
        ("Range", "bytes=0-1"),
        ("Accept", "text/html"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = stage.answer(&stage.call(method).header(name, value).body("x")).await;
            assert_eq!(answer.status, 200, "{name}: {value}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_object_or_bucket_is_404_with_its_names_in_every_scope() {
    for home in &HOMES {
        let stage = Stage::bucket(home).await;
        let absent = stage.refuses(&stage.call("GET"), 404, "OBJECT_NOT_FOUND").await;
        let expected = json!({
            "errorCode": "OBJECT_NOT_FOUND", "message": absent.text("message"), "objectScope": home.object_scope(),
            "bucketID": "notes", "objectID": "o1",
        });
        assert_eq!(absent.json(), expected);

        stage.put(deleted(stage.new_item(CONTENT))).await;
        let gone = stage.refuses(&stage.call("GET"), 404, "OBJECT_NOT_FOUND").await;
        assert_eq!(gone, absent, "a deleted object must look like one that never existed");

        let path = format!("/api/apps/{}/buckets/nothing/objects/o1", home.scope);
        let nothing = stage.refuses(&stage.call("GET").path(&path), 404, "BUCKET_NOT_FOUND").await;
        let expected = json!({
            "errorCode": "BUCKET_NOT_FOUND", "message": nothing.text("message"), "objectScope": home.object_scope(),
            "bucketID": "nothing",
        });
        assert_eq!(nothing.json(), expected);
    }
}

#[tokio::test]
async fn an_object_of_a_dropped_bucket_is_missing_even_for_a_process_that_has_read_it() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        assert_eq!(stage.answer(&stage.call("GET")).await.status, 200);
        let bucket = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
        stage.put(dropped(bucket.clone())).await;
        stage.refuses(&stage.call("GET"), 404, "BUCKET_NOT_FOUND").await;
        // The new bucket of that name has its own objects.
        let mut anew = bucket;
        anew["generation"]["S"] = "fedcba9876543210fedcba9876543210".into();
        stage.put(anew).await;
        stage.refuses(&stage.call("GET"), 404, "OBJECT_NOT_FOUND").await;
    }
}

#[tokio::test]
async fn bucket_prefixes_and_users_me_name_the_same_object() {
    let stage = Stage::object(&HOMES[1], CONTENT).await;
    let expected = stage.answer(&stage.call("GET")).await;
    for scope in ["demo/users/alice", "demo/users/me"] {
        for bucket in ["notes", "rw:notes", "default:notes"] {
            let path = format!("/api/apps/{scope}/buckets/{bucket}/objects/o1");
            assert_eq!(stage.answer(&stage.call("GET").path(&path)).await, expected, "{path}");
        }
    }
    // Answers name the real user.
    let missing = stage.call("GET").path("/api/apps/demo/users/me/buckets/rw:notes/objects/o2");
    let answer = stage.refuses(&missing, 404, "OBJECT_NOT_FOUND").await;
    assert_eq!(
        (&answer.json()["objectScope"], answer.text("bucketID")),
        (&HOMES[1].object_scope(), "notes".to_owned())
    );
}

#[tokio::test]
async fn put_and_get_agree_on_etag_and_version() {
    let stage = Stage::bucket(&APP).await;
    for version in 1..=3 {
        let put = stage.answer(&stage.call("PUT").body(CONTENT)).await;
        let get = stage.answer(&stage.call("GET")).await;
        assert_eq!((put.version(), get.version()), (version, version));
        assert_eq!(get.text("_version"), version.to_string());
    }
}

#[tokio::test]
async fn a_browser_reads_the_etag_of_each_answer_and_a_preflight_allows_all_of_it() {
    let stage = Stage::bucket(&APP).await;
    let exposes = |answer: &pail_testing::Answer, name: &str| {
        answer.header("access-control-expose-headers").split(", ").any(|exposed| exposed == name)
    };
    let by_browser = |method: &str| stage.call(method).header("Origin", "https://app.example");
    for (call, status) in [
        (by_browser("PUT").body("{}"), 201),
        (by_browser("PUT").body("{}"), 200),
        (by_browser("GET"), 200),
        (by_browser("HEAD"), 200),
        (by_browser("GET").header("If-None-Match", "*"), 304),
        (by_browser("PATCH").body("{}"), 200),
        (by_browser("PATCH").body("{}").header("If-Match", "1"), 409),
        (by_browser("DELETE"), 204),
        (by_browser("GET"), 404),
    ] {
        let answer = stage.answer(&call).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(exposes(&answer, "ETag") && exposes(&answer, "Location"), "{answer:?}");
    }
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"] {
        let preflight = Call::object("OPTIONS", "demo", "notes", "o1").header("Origin", "https://app.example");
        let preflight = preflight.header("Access-Control-Request-Method", method);
        let preflight = preflight.header("Access-Control-Request-Headers", "authorization,if-match,if-none-match");
        let answer = stage.answer(&preflight).await;
        assert_eq!(answer.status, 204);
        let lists = |header: &str, name: &str| answer.header(header).split(", ").any(|listed| listed == name);
        assert!(lists("access-control-allow-methods", method), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-headers"), "authorization,if-match,if-none-match");
    }
}

#[tokio::test]
async fn cacheable_answers_vary_by_the_configured_origin_and_the_credentials() {
    let origin = "https://app.example";
    let origins = AllowedOrigins::parse(origin).expect("an origin");
    let installation = pail_testing::Installation::with(|settings| settings.allowed_origins = origins).await;
    let call = |method: &str| Call::object(method, "demo", "notes", "o1").bearer(&callers::user("alice"));
    assert_eq!(installation.answer(&call("PUT").body("{}")).await.header("vary"), "Origin");
    let read = installation.answer(&call("GET")).await;
    assert_eq!((read.status, read.header("vary")), (200, "Origin, Authorization"));
    let unmodified = installation.answer(&call("GET").header("If-None-Match", "\"1\"")).await;
    assert_eq!((unmodified.status, unmodified.header("vary")), (304, "Origin, Authorization"));
}

#[tokio::test(start_paused = true)]
async fn a_503_to_a_read_says_that_nothing_was_changed() {
    for operation in ["GetItem", "BatchGetItem"] {
        for method in ["GET", "HEAD"] {
            let stage = Stage::object(&APP, CONTENT).await;
            stage.wire.always(operation, || Act::Cut);
            let answer = stage.answer(&stage.call(method)).await;
            assert_eq!(answer.status, 503);
            let says = "nothing was changed";
            assert!(method == "HEAD" || answer.text("message").contains(says), "{answer:?}");
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_dynamodb_leaves_unprocessed_is_requested_again_and_never_404() {
    let stage = Stage::object(&APP, CONTENT).await;
    // After the bucket was read once, the object is in the batch.
    let expected = stage.answer(&stage.call("GET")).await;
    for times in [1, 3] {
        stage.wire.plan("BatchGetItem", (0..times).map(|_| Act::unprocessed(&["objects"])));
        assert_eq!(stage.answer(&stage.call("GET")).await, expected);
    }
    stage.wire.always("BatchGetItem", || Act::unprocessed(&["objects"]));
    assert_eq!(stage.answer(&stage.call("GET")).await.status, 503);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_500_and_not_404() {
    let stage = Stage::object(&APP, CONTENT).await;
    for attribute in ["content", "data_type", "owner", "created", "modified", "version", "writer"] {
        for broken in [Value::Null, json!({"BOOL": true}), json!({"L": []})] {
            stage.set(json!({attribute: broken})).await;
            let other = stage.stored().await;
            stage.refuses(&stage.call("GET"), 500, "UNDEFINED_ERROR").await;
            assert_eq!(stage.stored().await, other);
            stage.put(stage.new_item(CONTENT)).await;
        }
    }
}
