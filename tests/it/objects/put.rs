//! Creating or replacing an object with a given ID (contract, section 1.2).

use serde_json::{Value, json};

use super::stage::{APP, HOMES, Stage, later, number, without_writer};
use pail_testing::fixtures::{deleted, dropped};
use pail_testing::{Act, Call, Gateway, NOW, callers};

const CONTENT: &str = r#"{"title":"Milk","n":1.0}"#;

#[tokio::test]
async fn a_new_object_is_201_with_its_location_and_stored_in_the_bucket_of_each_scope() {
    for home in &HOMES {
        for gateway in Gateway::ALL {
            let stage = Stage::bucket(home).await;
            let (answer, item) = stage.write(&stage.call("PUT").through(gateway).body(CONTENT), 201).await;
            assert_eq!(answer.body, format!(r#"{{"createdAt":{NOW},"modifiedAt":{NOW}}}"#));
            assert_eq!(answer.header("etag"), "\"1\"");
            let location = format!("{}/api/apps/{}/buckets/notes/objects/o1", gateway.base_url(), home.scope);
            assert_eq!(answer.header("location"), location);
            assert_eq!(item, without_writer(stage.new_item(CONTENT)));
        }
    }
}

#[tokio::test]
async fn a_missing_bucket_is_created_with_the_object_as_by_post() {
    for home in &HOMES {
        let stage = Stage::empty(home).await;
        let before = stage.items().await;
        let answer = stage.answer(&stage.call("PUT").body(CONTENT)).await;
        assert_eq!((answer.status, answer.version()), (201, 1), "{answer:?}");
        let mut items = stage.items().await;
        items.retain(|name, _| !before.contains_key(name));
        let bucket = items.remove(&format!(" {} bucket/notes", home.scope)).expect("the bucket");
        let [object] = items.values().collect::<Vec<_>>()[..] else { panic!("{items:?}") };
        let generation = bucket["generation"]["S"].as_str().unwrap_or_default();
        let mut expected = stage.new_item(CONTENT);
        expected["pk"]["S"] = format!("{}/notes:{generation}", home.scope).into();
        expected["writer"] = bucket["writer"].clone();
        assert_eq!(*object, expected);
        assert_eq!(bucket["version"], number(1));
        assert_eq!(bucket["creator"]["S"], home.creator);

        // The bucket is the same as one that a POST creates.
        let by_post = Stage::empty(home).await;
        let post = Call::create(home.scope, "notes").bearer(&(home.token)());
        let (_, posted) = by_post.created(&post).await;
        let posted = &posted[&format!(" {} bucket/notes", home.scope)];
        for attribute in ["acl", "creator", "created", "version"] {
            assert_eq!(bucket[attribute], posted[attribute], "{attribute}");
        }
    }
}

#[tokio::test]
async fn replacing_is_200_with_the_next_etag_and_keeps_owner_and_time_of_creation() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        let acl =
            json!({"M": {"WRITE_EXISTING_OBJECT": {"SS": [home.creator]}, "SOMETHING": {"SS": ["nobody knows"]}}});
        stage.set(json!({"acl": acl})).await;
        stage.clock.set(later(5000));
        for (call, content, version) in
            [(stage.call("PUT"), r#"{"second":2}"#, 2), (stage.as_administrator("PUT"), r#"{"third":3}"#, 3)]
        {
            stage.clock.set(later(5000 * version));
            let (answer, item) = stage.write(&call.body(content), 200).await;
            let modified = later(5000 * version);
            assert_eq!(answer.body, format!(r#"{{"createdAt":{NOW},"modifiedAt":{modified}}}"#));
            assert_eq!(answer.version(), version);
            let mut expected = without_writer(stage.new_item(content));
            expected["acl"] = acl.clone();
            (expected["version"], expected["modified"]) = (number(version), number(modified));
            assert_eq!(item, expected);
        }
    }
}

#[tokio::test]
async fn a_content_type_sets_the_data_type_and_without_one_an_existing_object_keeps_its_own() {
    let person = "application/vnd.demo.person+json";
    for (old, content_type, new) in [
        (None, None, "application/json"),
        (None, Some(""), "application/json"),
        (None, Some("application/json"), "application/json"),
        (None, Some(person), person),
        (Some(person), None, person),
        (Some(person), Some(""), person),
        (Some(person), Some(" "), person),
        (Some(person), Some("application/json; charset=utf-8"), "application/json"),
        (Some(person), Some("APPLICATION/VND.demo.Pet+JSON;charset=UTF-8"), "application/vnd.demo.Pet+json"),
        (Some("application/json"), Some("application/vnd.demo.person+json\""), person),
        (Some("application/json"), None, "application/json"),
    ] {
        for gateway in Gateway::ALL {
            let stage = Stage::bucket(&APP).await;
            if let Some(old) = old {
                let mut item = stage.new_item("{}");
                item["data_type"]["S"] = old.into();
                stage.put(item).await;
            }
            let call = stage.call("PUT").through(gateway).body(CONTENT);
            let call = content_type.map_or(call.clone(), |content_type| call.content_type(content_type));
            let (_, item) = stage.write(&call, if old.is_some() { 200 } else { 201 }).await;
            assert_eq!(item["data_type"]["S"], new, "{old:?} {content_type:?}");
        }
    }
}

#[tokio::test]
async fn any_other_content_type_is_400_and_nothing_is_read() {
    let stage = Stage::object(&APP, CONTENT).await;
    for value in [
        "text/plain",
        "application/merge-patch+json",
        "application/vnd.kii.ObjectUpdateRequest+json",
        "application/vnd.other.person+json",
        "application/vnd.demo.person+json\"\"",
        "application/json\"",
        "application/json, application/json",
        "application/json; charset=latin1",
    ] {
        let call = stage.call("PUT").content_type(value).body("{}");
        let answer = stage.refused_unread(&call, 400, "INVALID_DATA_TYPE").await;
        assert_eq!(answer.text("contentType"), value);
    }
}

#[tokio::test]
async fn a_body_follows_the_same_rules_as_that_of_a_create() {
    let stage = Stage::object(&APP, CONTENT).await;
    let of_length = |characters: usize| format!(r#"{{"a":"{}"}}"#, "é".repeat(characters - 8));
    for (body, status, code, maximum) in [
        (String::new(), 400, "INVALID_JSON", None),
        ("[]".to_owned(), 400, "INVALID_JSON", None),
        (r#"{"a":1,"\u0061":2}"#.to_owned(), 400, "INVALID_JSON", None),
        (format!(r#"{{"a":{}{}}}"#, "[".repeat(32), "]".repeat(32)), 400, "INVALID_JSON", None),
        (of_length(65_535), 413, "INVALID_INPUT_DATA", Some(65_534)),
        (of_length(131_068), 413, "INVALID_INPUT_DATA", Some(65_534)),
        (of_length(131_069), 413, "INVALID_INPUT_DATA", Some(131_068)),
    ] {
        let answer = stage.refused_unread(&stage.call("PUT").body(body.as_str()), status, code).await;
        assert_eq!(answer.json()["maximumCharacters"].as_u64(), maximum);
    }
    let encoded = stage.call("PUT").body("{}").header("Content-Encoding", "gzip");
    let answer = stage.refused_unread(&encoded, 415, "INVALID_INPUT_DATA").await;
    assert_eq!(answer.text("field"), "Content-Encoding");
    let largest = of_length(65_534);
    let (_, item) = stage.write(&stage.call("PUT").body(largest.as_str()), 200).await;
    assert_eq!(item["content"]["S"], largest);
    // An object of the maximum size can be sent back as it was read.
    let read = stage.answer(&stage.call("GET")).await.body;
    let (_, item) = stage.write(&stage.call("PUT").body(read), 200).await;
    assert_eq!(item["content"]["S"], largest);
}

#[tokio::test]
async fn the_stored_text_is_compact_with_every_digit_and_escape() {
    let stage = Stage::bucket(&APP).await;
    let sent = " {\n\"b\" : [ 1.0 , -0 , 1E+400 ] ,\t\"a b\": \" \\u0041\\/ \" ,\r\"c\":{ } } ";
    let (_, item) = stage.write(&stage.call("PUT").body(sent), 201).await;
    assert_eq!(item["content"]["S"], r#"{"b":[1.0,-0,1E+400],"a b":" \u0041\/ ","c":{}}"#);
}

#[tokio::test]
async fn members_of_the_server_are_dropped() {
    let stage = Stage::object(&APP, CONTENT).await;
    for (sent, stored) in [
        (r#"{"_id":"x","_version":"9","_owner":"mallory","_created":1,"_modified":1,"_dataType":"x"}"#, "{}"),
        (r#"{"_":0,"a":{"_id":1},"_b":[],"c":2}"#, r#"{"a":{"_id":1},"c":2}"#),
        (r#"{"\u005facl":{},"a_":1}"#, r#"{"a_":1}"#),
    ] {
        let (_, item) = stage.write(&stage.call("PUT").body(sent), 200).await;
        assert_eq!(item["content"]["S"], stored);
        assert_eq!((&item["owner"]["S"], &item["created"]), (&json!("UserID:alice"), &number(NOW)));
    }
}

#[tokio::test]
async fn an_object_can_be_read_changed_in_one_member_and_sent_back() {
    for home in &HOMES {
        let stage = Stage::object(home, r#"{"a":1,"b":[2],"c":{"_d":3}}"#).await;
        let data_type = "application/vnd.demo.person+json";
        stage.set(json!({"data_type": {"S": data_type}, "version": {"N": "6"}})).await;
        let read = stage.answer(&stage.call("GET")).await;
        stage.clock.set(later(1000));
        let body = read.body.replacen(r#""a":1"#, r#""a":5"#, 1);
        let (answer, item) = stage.write(&stage.call("PUT").body(body), 200).await;
        assert_eq!(answer.version(), 7);
        assert_eq!(item["content"]["S"], r#"{"a":5,"b":[2],"c":{"_d":3}}"#);
        let again = stage.answer(&stage.call("GET")).await;
        let expected = read.body.replacen(r#""a":1"#, r#""a":5"#, 1);
        let expected =
            expected.replacen(&format!(r#""_modified":{NOW}"#), &format!(r#""_modified":{}"#, later(1000)), 1);
        assert_eq!(again.body, expected.replacen(r#""_version":"6""#, r#""_version":"7""#, 1));
    }
}

#[tokio::test]
async fn the_time_of_modification_always_increases() {
    for method in ["PUT", "PATCH"] {
        let stage = Stage::object(&APP, "{}").await;
        stage.set(json!({"modified": number(later(100))})).await;
        for (clock, modified) in [
            (later(0), later(101)),
            (later(50), later(102)),
            (later(102), later(103)),
            (later(104), later(104)),
            (NOW - 1000, later(105)),
            (later(500), later(500)),
        ] {
            stage.clock.set(clock);
            let (answer, item) = stage.write(&stage.call(method).body("{}"), 200).await;
            assert_eq!((&item["modified"], &item["created"]), (&number(modified), &number(NOW)));
            let shown = if method == "PUT" { "modifiedAt" } else { "_modified" };
            assert_eq!(answer.json()[shown], modified);
        }
    }
}

#[tokio::test]
async fn a_new_object_with_a_deleted_id_continues_the_versions() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        stage.set(json!({"acl": {"M": {"WRITE_EXISTING_OBJECT": {"SS": [home.creator]}}}})).await;
        stage.write(&stage.call("PUT").body("{}"), 200).await;
        stage.write(&stage.call("DELETE"), 204).await;
        stage.clock.set(later(7000));
        // A client that has read the old object cannot change the new one.
        for tag in ["\"1\"", "\"2\"", "\"3\"", "*"] {
            stage.refuses(&stage.call("PUT").body("{}").header("If-Match", tag), 404, "OBJECT_NOT_FOUND").await;
        }
        let (answer, item) = stage.write(&stage.as_administrator("PUT").body(CONTENT), 201).await;
        assert_eq!((answer.version(), answer.json()["createdAt"].as_u64()), (4, Some(later(7000))));
        assert!(answer.header("location").ends_with("/objects/o1"));
        let mut expected = without_writer(stage.new_item(CONTENT));
        let now = number(later(7000));
        (expected["created"], expected["modified"]) = (now.clone(), now);
        (expected["owner"]["S"], expected["version"]) = ("AdminID:operator".into(), number(4));
        // The attributes of the first create stay, for its replays.
        expected["first_created"] = item["first_created"].clone();
        assert_eq!(item, expected);
        for tag in ["\"1\"", "\"2\"", "\"3\""] {
            let call = stage.as_administrator("PUT").body("{}").header("If-Match", tag);
            stage.refuses(&call, 409, "OBJECT_VERSION_IS_STALE").await;
        }
    }
}

#[tokio::test]
async fn versions_begin_at_1_again_in_a_bucket_that_was_dropped() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        stage.set(json!({"version": {"N": "9"}})).await;
        let bucket = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
        stage.put(dropped(bucket)).await;
        let old = stage.stored().await;
        let answer = stage.answer(&stage.call("PUT").body("{}")).await;
        assert_eq!((answer.status, answer.version()), (201, 1));
        assert_eq!(stage.stored().await, old, "the object of the dropped bucket was changed");
    }
}

#[tokio::test]
async fn an_idempotency_key_is_ignored() {
    let stage = Stage::bucket(&APP).await;
    for (key, status) in [("k", 201), ("k", 200), ("a b", 200), ("", 200)] {
        let (_, item) = stage.write(&stage.call("PUT").body("{}").key(key), status).await;
        assert_eq!(item.get("fingerprint"), None);
    }
}

#[tokio::test]
async fn anonymous_callers_and_the_administrator_put_objects_without_an_owner() {
    let stage = Stage::empty(&APP).await;
    let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
    stage.put_bucket("demo", "notes", acl).await;
    let anonymous = Call::object("PUT", "demo", "notes", "o1").basic("demo", "demo-key").body("{}");
    let (_, item) = stage.write(&anonymous, 201).await;
    assert_eq!(item["owner"]["S"], "UserID:ANONYMOUS_USER");
    let read = stage.answer(&anonymous.method("GET")).await;
    assert_eq!((read.status, read.json().get("_owner")), (200, None));
    // The default ACL gives an anonymous creator no additional rights.
    let again = Call::object("PUT", "demo", "notes", "o1").basic("demo", "demo-key").body("{}");
    stage.refuses(&again, 401, "UNAUTHORIZED").await;
}

#[tokio::test(start_paused = true)]
async fn a_503_to_a_write_says_that_it_may_or_may_not_have_taken_effect() {
    for method in ["PUT", "PATCH", "DELETE"] {
        let stage = Stage::object(&APP, CONTENT).await;
        stage.wire.always("UpdateItem", || Act::LoseReply);
        let answer = stage.answer(&stage.call(method).body("{}")).await;
        let message = answer.text("message");
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(message.contains("may or may not have taken effect"), "{message}");
    }
    let stage = Stage::bucket(&APP).await;
    stage.wire.always("PutItem", || Act::LoseReply);
    let answer = stage.answer(&stage.call("PUT").body("{}")).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text("message").contains("may or may not have taken effect"), "{answer:?}");
}

#[tokio::test]
async fn an_unreadable_item_is_not_overwritten() {
    let stage = Stage::object(&APP, CONTENT).await;
    for attribute in ["content", "data_type", "owner", "created", "modified", "version", "writer"] {
        for broken in [Value::Null, json!({"BOOL": true})] {
            stage.set(json!({attribute: broken})).await;
            for method in ["PUT", "PATCH", "DELETE"] {
                stage.refuses(&stage.as_administrator(method).body("{}"), 500, "UNDEFINED_ERROR").await;
            }
            stage.put(stage.new_item(CONTENT)).await;
        }
    }
    // A tombstone does not have all of these attributes.
    let mut tombstone = deleted(stage.new_item(CONTENT));
    tombstone["version"] = json!({"BOOL": true});
    stage.put(tombstone).await;
    stage.refuses(&stage.call("PUT").body("{}"), 500, "UNDEFINED_ERROR").await;
}

#[tokio::test]
async fn users_me_is_the_scope_of_the_user_who_calls() {
    let stage = Stage::empty(&HOMES[1]).await;
    let put = stage.call("PUT").path("/api/apps/demo/users/me/buckets/notes/objects/o1").body("{}");
    let answer = stage.answer(&put).await;
    let location = format!("{}/api/apps/demo/users/alice/buckets/notes/objects/o1", Gateway::HttpApi.base_url());
    assert_eq!((answer.status, answer.header("location")), (201, location.as_str()));
    assert_eq!(stage.answer(&stage.call("GET")).await.status, 200);
    let nobody = put.bearer(&callers::thing("sensor-1"));
    stage.refuses(&nobody, 401, "UNAUTHORIZED").await;
}
