//! Changing an object (contract, section 1.3).

use serde_json::json;

use super::stage::{APP, HOMES, Stage, later, number, without_writer};
use pail_testing::fixtures::deleted;
use pail_testing::{Call, Gateway, NOW, callers};

const MERGE_PATCH: &str = "application/merge-patch+json";

/// The stored content after a PATCH with each kind of merge.
async fn merged(content: &str, change: &str) -> [String; 2] {
    let mut contents = Vec::new();
    for content_type in ["application/json", MERGE_PATCH] {
        let stage = Stage::object(&APP, content).await;
        let (_, item) = stage.write(&stage.call("PATCH").content_type(content_type).body(change), 200).await;
        contents.push(item["content"]["S"].as_str().expect("a text").to_owned());
    }
    contents.try_into().expect("two")
}

#[tokio::test]
async fn the_answer_is_the_whole_changed_object_as_a_read_shows_it() {
    for home in &HOMES {
        for gateway in Gateway::ALL {
            let stage = Stage::object(home, r#"{"a":1.0,"b":{"c":[1,null]}}"#).await;
            stage.clock.set(later(2000));
            let call = stage.call("PATCH").through(gateway).body(r#"{ "b" : {"d":2}, "e": "\u0041" }"#);
            let (answer, item) = stage.write(&call, 200).await;
            let content = r#"{"a":1.0,"b":{"c":[1,null],"d":2},"e":"\u0041"}"#;
            let mut expected = without_writer(stage.new_item(content));
            (expected["version"], expected["modified"]) = (number(2), number(later(2000)));
            assert_eq!(item, expected);
            let (own, owner, modified) = (content.strip_suffix('}').expect("an object"), home.owner, later(2000));
            let body = format!(
                r#"{own},"_id":"o1","_created":{NOW},"_modified":{modified},"_owner":"{owner}","_version":"2"}}"#
            );
            assert_eq!(answer.body, body);
            assert_eq!(answer.header("etag"), "\"2\"");
            assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
            let read = stage.answer(&stage.call("GET")).await;
            assert_eq!((read.version(), read.body), (2, body));
        }
    }
}

#[tokio::test]
async fn objects_are_merged_at_every_level_and_everything_else_is_replaced_in_its_place() {
    for (content, change, both) in [
        (r#"{"a":1,"b":2,"c":3}"#, r#"{"b":{"x":1}}"#, r#"{"a":1,"b":{"x":1},"c":3}"#),
        (r#"{"a":{"x":1},"b":2}"#, r#"{"a":2,"z":[]}"#, r#"{"a":2,"b":2,"z":[]}"#),
        (r#"{"a":{"b":{"c":{"d":1}}}}"#, r#"{"a":{"b":{"c":{"e":2}}}}"#, r#"{"a":{"b":{"c":{"d":1,"e":2}}}}"#),
        (r#"{"a":[{"x":1},2]}"#, r#"{"a":[{"y":1}]}"#, r#"{"a":[{"y":1}]}"#),
        (r#"{"a":[1]}"#, r#"{"a":{"0":2}}"#, r#"{"a":{"0":2}}"#),
        (r#"{"a":1}"#, "{}", r#"{"a":1}"#),
        ("{}", "{}", "{}"),
        ("{}", r#"{"b":1,"a":2}"#, r#"{"b":1,"a":2}"#),
        // Names are compared with their escapes resolved, and the old spelling stays.
        (r#"{"\u0061":1,"b":1}"#, r#"{"a":2,"\u0062":2}"#, r#"{"\u0061":2,"b":2}"#),
        (r#"{"a":1.0}"#, r#"{"a":1.00}"#, r#"{"a":1.00}"#),
        (r#"{"n":1e400,"s":"\/"}"#, r#"{"m":-0.0,"t":"\u00e9"}"#, r#"{"n":1e400,"s":"\/","m":-0.0,"t":"\u00e9"}"#),
        (r#"{"a":{"b":1}}"#, r#"{"a.b":2}"#, r#"{"a":{"b":1},"a.b":2}"#),
        (r#"{"a":{"_b":1}}"#, r#"{"a":{"_c":2}}"#, r#"{"a":{"_b":1,"_c":2}}"#),
        (r#"{"":1,"A":1}"#, r#"{"":2,"a":1}"#, r#"{"":2,"A":1,"a":1}"#),
        // Members of the server are dropped.
        (r#"{"a":1}"#, r#"{"_id":"x","_version":"7","_a":{},"\u005fb":1,"b":2}"#, r#"{"a":1,"b":2}"#),
        (r#"{"a":1}"#, r#"{"_owner":"mallory"}"#, r#"{"a":1}"#),
    ] {
        assert_eq!(merged(content, change).await, [both; 2], "{content} {change}");
    }
}

#[tokio::test]
async fn kiis_merge_stores_null_and_a_merge_patch_removes_the_member() {
    for (content, change, kii, patch) in [
        (r#"{"a":1,"b":[1,null]}"#, r#"{"a":null}"#, r#"{"a":null,"b":[1,null]}"#, r#"{"b":[1,null]}"#),
        (r#"{"b":1}"#, r#"{"a":null}"#, r#"{"b":1,"a":null}"#, r#"{"b":1}"#),
        (r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"x":null}}"#, r#"{"a":{"x":null,"y":2}}"#, r#"{"a":{"y":2}}"#),
        (r#"{"a":{"x":1}}"#, r#"{"a":null}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":null}"#, r#"{"a":{"x":null,"y":1}}"#, r#"{"a":{"x":null,"y":1}}"#, r#"{"a":{"y":1}}"#),
        (r#"{"a":1}"#, r#"{"b":{"c":{"d":null}}}"#, r#"{"a":1,"b":{"c":{"d":null}}}"#, r#"{"a":1,"b":{"c":{}}}"#),
        (r#"{"a":1}"#, r#"{"a":[null,{"b":null}]}"#, r#"{"a":[null,{"b":null}]}"#, r#"{"a":[null,{"b":null}]}"#),
        (r#"{"a":null,"b":1}"#, r#"{"b":2}"#, r#"{"a":null,"b":2}"#, r#"{"a":null,"b":2}"#),
        (r#"{"a":1,"b":2,"c":3}"#, r#"{"b":null,"d":4}"#, r#"{"a":1,"b":null,"c":3,"d":4}"#, r#"{"a":1,"c":3,"d":4}"#),
        (r#"{"a":"null"}"#, r#"{"b":"null"}"#, r#"{"a":"null","b":"null"}"#, r#"{"a":"null","b":"null"}"#),
    ] {
        assert_eq!(merged(content, change).await, [kii, patch], "{content} {change}");
    }
}

#[tokio::test]
async fn the_content_type_selects_the_merge_and_never_changes_the_data_type() {
    let person = "application/vnd.demo.person+json";
    for (content_type, content) in [
        (None, r#"{"a":null}"#),
        (Some(""), r#"{"a":null}"#),
        (Some("application/json"), r#"{"a":null}"#),
        (Some("application/json; charset=utf-8"), r#"{"a":null}"#),
        (Some("text/plain"), r#"{"a":null}"#),
        (Some("Text/Plain;charset=UTF-8"), r#"{"a":null}"#),
        (Some("application/vnd.demo.other+json"), r#"{"a":null}"#),
        (Some("application/vnd.demo.other+json\""), r#"{"a":null}"#),
        (Some(MERGE_PATCH), "{}"),
        (Some("Application/Merge-Patch+JSON; charset=\"utf-8\""), "{}"),
    ] {
        for gateway in Gateway::ALL {
            let stage = Stage::object(&APP, r#"{"a":1}"#).await;
            stage.set(json!({"data_type": {"S": person}})).await;
            let call = stage.call("PATCH").through(gateway).body(r#"{"a":null}"#);
            let call = content_type.map_or(call.clone(), |content_type| call.content_type(content_type));
            let (answer, item) = stage.write(&call, 200).await;
            assert_eq!((&item["content"]["S"], &item["data_type"]["S"]), (&json!(content), &json!(person)));
            assert_eq!(answer.header("content-type"), format!("{person};charset=UTF-8"));
            assert_eq!(answer.text("_dataType"), "person");
        }
    }
}

#[tokio::test]
async fn any_other_content_type_is_400_and_nothing_is_read() {
    let stage = Stage::object(&APP, "{}").await;
    for value in [
        "application/json-patch+json",
        "application/merge-patch",
        "application/x-www-form-urlencoded",
        "text/html",
        "text/plain, text/plain",
        "text/plain; charset=latin1",
        "application/merge-patch+json; charset=utf-16",
        "application/merge-patch+json\"",
        "application/vnd.other.person+json",
        "application/vnd.kii.ObjectUpdateRequest+json",
    ] {
        let call = stage.call("PATCH").content_type(value).body("{}");
        let answer = stage.refused_unread(&call, 400, "INVALID_DATA_TYPE").await;
        assert_eq!(answer.text("contentType"), value);
    }
    let twice = stage.call("PATCH").content_type("application/json").header("content-type", "application/json");
    stage.refused_unread(&twice.body("{}"), 400, "INVALID_DATA_TYPE").await;
}

#[tokio::test]
async fn a_change_that_is_no_object_is_400_and_one_over_twice_the_limit_413() {
    let stage = Stage::object(&APP, r#"{"a":1}"#).await;
    for content_type in ["application/json", "text/plain", MERGE_PATCH] {
        let call = |body: &str| stage.call("PATCH").content_type(content_type).body(body);
        for body in
            ["", "null", "[]", "[{\"op\":\"add\"}]", "1", "{", r#"{"a":1,"a":2}"#, "{\"a\":\"\\ud83d\"}", "\u{feff}{}"]
        {
            stage.refused_unread(&call(body), 400, "INVALID_JSON").await;
        }
        let too_large = format!("{}{{}}", " ".repeat(131_067));
        let answer = stage.refused_unread(&call(&too_large), 413, "INVALID_INPUT_DATA").await;
        assert_eq!(answer.json()["maximumCharacters"], 131_068);
        let encoded = call("{}").header("Content-Encoding", "gzip");
        let answer = stage.refused_unread(&encoded, 415, "INVALID_INPUT_DATA").await;
        assert_eq!(answer.text("field"), "Content-Encoding");
    }
}

#[tokio::test]
async fn the_limits_of_size_and_depth_apply_to_the_result() {
    let of = |name: &str, length: usize| format!(r#"{{"{name}":"{}"}}"#, "é".repeat(length - 8));
    for content_type in ["application/json", MERGE_PATCH] {
        let call = |stage: &Stage, body: &str| stage.call("PATCH").content_type(content_type).body(body);
        // The merged object is one character shorter than both together.
        let stage = Stage::object(&APP, &of("a", 40_000)).await;
        let too_large = call(&stage, &of("b", 65_536 - 40_000));
        let answer = stage.refuses(&too_large, 413, "INVALID_INPUT_DATA").await;
        assert_eq!(answer.json()["maximumCharacters"], 65_534);
        let fits = call(&stage, &of("b", 65_535 - 40_000));
        let (_, item) = stage.write(&fits, 200).await;
        assert_eq!(item["content"]["S"].as_str().map(|text| text.chars().count()), Some(65_534));
        // A change that is larger than the limit and makes the object smaller.
        let blanks = format!(r#"{{"a":0{}}}"#, " ".repeat(100_000));
        let (_, item) = stage.write(&call(&stage, &blanks), 200).await;
        assert!(item["content"]["S"].as_str().is_some_and(|text| text.starts_with(r#"{"a":0,"b":"é"#)));
    }
    // Nulls that remove members do not count.
    let nulls: Vec<String> = (0..9000).map(|number| format!(r#""{number:04}":null"#)).collect();
    let nulls = format!("{{{}}}", nulls.join(","));
    assert!((65_535..131_068).contains(&nulls.len()));
    let stage = Stage::object(&APP, r#"{"0000":1,"a":2}"#).await;
    let answer = stage.refuses(&stage.call("PATCH").body(nulls.as_str()), 413, "INVALID_INPUT_DATA").await;
    assert_eq!(answer.json()["maximumCharacters"], 65_534);
    let (_, item) = stage.write(&stage.call("PATCH").content_type(MERGE_PATCH).body(nulls), 200).await;
    assert_eq!(item["content"]["S"], r#"{"a":2}"#);

    let nested = |levels: usize| format!(r#"{{"b":{}1{}}}"#, r#"{"b":"#.repeat(levels - 1), "}".repeat(levels - 1));
    let stage = Stage::object(&APP, &nested(31)).await;
    stage.refused_unread(&stage.call("PATCH").body(nested(33)), 400, "INVALID_JSON").await;
    let (_, item) = stage.write(&stage.call("PATCH").body(nested(32)), 200).await;
    assert_eq!(item["content"]["S"], nested(32));
}

#[tokio::test]
async fn a_missing_object_is_404_and_is_not_created() {
    for home in &HOMES {
        let stage = Stage::bucket(home).await;
        let absent = stage.refuses(&stage.call("PATCH").body(r#"{"a":1}"#), 404, "OBJECT_NOT_FOUND").await;
        assert_eq!((&absent.json()["objectScope"], absent.text("objectID")), (&home.object_scope(), "o1".to_owned()));
        assert_eq!(stage.found().await, None);
        stage.put(deleted(stage.new_item("{}"))).await;
        assert_eq!(stage.refuses(&stage.call("PATCH").body("{}"), 404, "OBJECT_NOT_FOUND").await, absent);
        let path = format!("/api/apps/{}/buckets/nothing/objects/o1", home.scope);
        stage.refuses(&stage.call("PATCH").path(&path).body("{}"), 404, "BUCKET_NOT_FOUND").await;
        assert_eq!(stage.item(home.scope, "bucket/nothing").await, None);
    }
}

#[tokio::test]
async fn a_caller_who_may_write_but_not_read_gets_only_the_members_of_the_server() {
    for home in &HOMES {
        let stage = Stage::object(home, r#"{"secret":1}"#).await;
        stage
            .set(json!({
                "acl": {"M": {"WRITE_EXISTING_OBJECT": {"SS": ["UserID:bob"]}}},
                "data_type": {"S": "application/vnd.demo.person+json"},
            }))
            .await;
        stage.clock.set(later(10));
        let by_bob = |method: &str| stage.call(method).bearer(&callers::user("bob")).body(r#"{"a":2}"#);
        let (answer, item) = stage.write(&by_bob("PATCH"), 200).await;
        let body = format!(r#"{{"_id":"o1","_created":{NOW},"_modified":{},"_version":"2"}}"#, later(10));
        assert_eq!((answer.body, answer.headers["content-type"].as_str()), (body, "application/json;charset=UTF-8"));
        assert_eq!(answer.headers["etag"], "\"2\"");
        assert_eq!(item["content"]["S"], r#"{"secret":1,"a":2}"#);
        stage.refuses(&by_bob("GET"), 401, "UNAUTHORIZED").await;
        // The right to read may also come from the bucket.
        stage.put_bucket(home.scope, "notes", json!({"READ_OBJECTS_IN_BUCKET": ["UserID:bob"]})).await;
        let (answer, _) = stage.write(&by_bob("PATCH"), 200).await;
        assert_eq!((answer.json()["secret"].as_u64(), answer.text("_dataType")), (Some(1), "person".to_owned()));
    }
}

#[tokio::test]
async fn two_changes_without_a_condition_give_versions_2_and_3() {
    for home in &HOMES {
        let stage = Stage::object(home, "{}").await;
        for (change, version) in [(r#"{"a":1}"#, 2), (r#"{"b":1}"#, 3)] {
            let (answer, _) = stage.write(&stage.call("PATCH").body(change), 200).await;
            assert_eq!((answer.version(), answer.text("_version")), (version, version.to_string()));
        }
        let read = stage.answer(&stage.call("GET")).await;
        assert!(read.body.starts_with(r#"{"a":1,"b":1,"#), "{read:?}");
    }
}

#[tokio::test]
async fn a_change_leaves_all_other_attributes_of_the_object() {
    let stage = Stage::object(&APP, "{}").await;
    let attributes = json!({
        "acl": {"M": {"WRITE_EXISTING_OBJECT": {"SS": ["UserID:alice"]}, "UNKNOWN": {"SS": ["x"]}}},
        "owner": {"S": "ThingID:sensor-1"}, "created": number(5), "first_created": number(3),
        "fingerprint": {"B": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        "data_type": {"S": "application/vnd.demo.person+json"},
    });
    for method in ["PATCH", "PUT"] {
        stage.put(stage.new_item("{}")).await;
        // `entries` belongs to the old content.
        stage.set(json!({"entries": {"M": {"7": {"B": "AAAAAAAAAAAAAAAAAAAAAA=="}}}})).await;
        stage.set(attributes.clone()).await;
        let (_, item) = stage.write(&stage.call(method).body(r#"{"a":1}"#), 200).await;
        for (name, value) in attributes.as_object().expect("attributes") {
            assert_eq!(item[name], *value, "{name}");
        }
        assert_eq!(item["entries"], json!({"M": {}}));
    }
}

#[tokio::test]
async fn a_post_with_the_override_is_a_patch() {
    for name in ["PATCH", "patch", "Patch"] {
        for gateway in Gateway::ALL {
            let stage = Stage::object(&APP, r#"{"a":1}"#).await;
            let post = stage.call("POST").through(gateway).header("X-HTTP-Method-Override", name).body(r#"{"b":2}"#);
            let (answer, item) = stage.write(&post, 200).await;
            assert_eq!((&item["content"]["S"], answer.version()), (&json!(r#"{"a":1,"b":2}"#), 2));
        }
    }
    // As Kii's Android SDK sends it.
    let stage = Stage::object(&APP, r#"{"a":1}"#).await;
    let post = Call::object("POST", "demo", "notes", "o1").bearer(&callers::user("alice"));
    let post = post.header("X-HTTP-Method-Override", "PATCH").content_type("text/plain; charset=UTF-8");
    let (_, item) = stage.write(&post.header("If-Match", "1").body(r#"{"a":null}"#), 200).await;
    assert_eq!(item["content"]["S"], r#"{"a":null}"#);
}
