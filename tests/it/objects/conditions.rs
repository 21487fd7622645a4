//! Conditions of writes (contract, section 1.5).

use serde_json::json;

use super::stage::{APP, HOMES, Stage};
use pail_testing::fixtures::{deleted, with_version};
use pail_testing::{Call, Gateway, callers, items};

const CONTENT: &str = r#"{"a":1}"#;
const WRITES: [&str; 3] = ["PUT", "PATCH", "DELETE"];

/// The outcome of a write with a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Made,
    Stale,
    Exists,
    Missing,
    /// 400 with this field.
    Malformed(&'static str),
}

use Outcome::{Exists, Made, Malformed, Missing, Stale};

/// The header fields of a write, and the outcomes of PUT, PATCH and DELETE for an object of version 3 and for none.
type Row = (&'static [(&'static str, &'static str)], [Outcome; 3], [Outcome; 3]);

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";
/// A condition that an object of version 3 meets and that fails without an object.
const MET: ([Outcome; 3], [Outcome; 3]) = ([Made; 3], [Missing; 3]);
const UNMET: ([Outcome; 3], [Outcome; 3]) = ([Stale; 3], [Missing; 3]);

const fn row(value: &'static [(&'static str, &'static str)], both: ([Outcome; 3], [Outcome; 3])) -> Row {
    (value, both.0, both.1)
}

const fn malformed(value: &'static [(&'static str, &'static str)], field: &'static str) -> Row {
    (value, [Malformed(field); 3], [Malformed(field); 3])
}

const ROWS: [Row; 44] = [
    (&[], [Made; 3], [Made, Missing, Missing]),
    row(&[(IF_MATCH, "\"3\"")], MET),
    row(&[(IF_MATCH, "3")], MET),
    row(&[(IF_MATCH, "W/\"3\"")], MET),
    row(&[(IF_MATCH, " \"3\" ")], MET),
    row(&[(IF_MATCH, "*")], MET),
    row(&[(IF_MATCH, "\"1\", \"2\",\"3\"")], MET),
    row(&[(IF_MATCH, "W/\"1\",3")], MET),
    row(&[(IF_MATCH, ",\"3\",,")], MET),
    row(&[(IF_MATCH, "\"x\", \"3\"")], MET),
    row(&[(IF_MATCH, "\"a,b\", \"3\"")], MET),
    row(&[(IF_MATCH, "\"2\"")], UNMET),
    row(&[(IF_MATCH, "2")], UNMET),
    row(&[(IF_MATCH, "\"4\"")], UNMET),
    row(&[(IF_MATCH, "\"1\", \"2\"")], UNMET),
    row(&[(IF_MATCH, "\"33\"")], UNMET),
    // Tags that are not in the form of a version match nothing.
    row(&[(IF_MATCH, "\"03\"")], UNMET),
    row(&[(IF_MATCH, "\"+3\"")], UNMET),
    row(&[(IF_MATCH, "\"3.0\"")], UNMET),
    row(&[(IF_MATCH, "\"\"")], UNMET),
    row(&[(IF_MATCH, "\"0\"")], UNMET),
    row(&[(IF_MATCH, "\"*\"")], UNMET),
    row(&[(IF_MATCH, "\"99999999999999999999999\"")], UNMET),
    row(&[(IF_MATCH, "\"33a64df551425fcc55e4d42a148795d9f25f89d4\"")], UNMET),
    row(&[(IF_MATCH, "abc")], UNMET),
    malformed(&[(IF_MATCH, "")], IF_MATCH),
    malformed(&[(IF_MATCH, " ")], IF_MATCH),
    malformed(&[(IF_MATCH, ",")], IF_MATCH),
    malformed(&[(IF_MATCH, "\"3")], IF_MATCH),
    malformed(&[(IF_MATCH, "3\"")], IF_MATCH),
    malformed(&[(IF_MATCH, "\"3\" \"3\"")], IF_MATCH),
    malformed(&[(IF_MATCH, "*, \"3\"")], IF_MATCH),
    malformed(&[(IF_MATCH, "w/\"3\"")], IF_MATCH),
    malformed(&[(IF_MATCH, "\"a b\"")], IF_MATCH),
    (&[(IF_NONE_MATCH, "*")], [Exists, Exists, Made], [Made, Missing, Missing]),
    (&[(IF_NONE_MATCH, " * ")], [Exists, Exists, Made], [Made, Missing, Missing]),
    malformed(&[(IF_NONE_MATCH, "\"3\"")], IF_NONE_MATCH),
    malformed(&[(IF_NONE_MATCH, "\"2\"")], IF_NONE_MATCH),
    malformed(&[(IF_NONE_MATCH, "")], IF_NONE_MATCH),
    malformed(&[(IF_NONE_MATCH, "*, *")], IF_NONE_MATCH),
    malformed(&[(IF_NONE_MATCH, "*"), (IF_MATCH, "\"3\"")], IF_NONE_MATCH),
    malformed(&[(IF_MATCH, "*"), (IF_NONE_MATCH, "*")], IF_NONE_MATCH),
    malformed(&[(IF_MATCH, "\"3\""), (IF_NONE_MATCH, "\"2\"")], IF_NONE_MATCH),
    malformed(&[(IF_MATCH, "\"3"), (IF_NONE_MATCH, "*")], IF_MATCH),
];

/// An object of version 3, or none, or the tombstone of one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before {
    Third,
    Never,
    Deleted,
}

async fn stage(before: Before) -> Stage {
    let stage = Stage::bucket(&APP).await;
    set(&stage, before).await;
    stage
}

/// Writes the object, or its tombstone, into the bucket.
async fn set(stage: &Stage, before: Before) {
    let third = with_version(stage.new_item(CONTENT), 3);
    match before {
        Before::Third => stage.put(third).await,
        Before::Never => stage.delete("objects", &items::key(&third)).await,
        Before::Deleted => stage.put(deleted(third)).await,
    }
}

/// Makes a write and compares its outcome.
async fn is(stage: &Stage, call: &Call, before: Before, outcome: Outcome) {
    let method = call.effective_method();
    match outcome {
        Made => {
            let status = match (method.as_str(), before) {
                ("DELETE", _) => 204,
                ("PUT", Before::Never | Before::Deleted) => 201,
                _ => 200,
            };
            let version = match before {
                Before::Third => 4,
                Before::Never => 1,
                Before::Deleted => 5,
            };
            let (answer, item) = stage.write(call, status).await;
            assert_eq!(item["version"]["N"], version.to_string(), "{call:?}");
            assert!(status == 204 || answer.version() == version, "{call:?}: {answer:?}");
        }
        Malformed(field) => {
            let answer = stage.refused_unread(call, 400, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.text("field"), field, "{call:?}");
        }
        Stale | Exists | Missing => {
            let (status, code) = match outcome {
                Stale => (409, "OBJECT_VERSION_IS_STALE"),
                Exists => (409, "OBJECT_ALREADY_EXISTS"),
                _ => (404, "OBJECT_NOT_FOUND"),
            };
            // The tables are compared byte for byte.
            let answer = stage.refuses(call, status, code).await;
            let names = (&answer.json()["objectScope"], &answer.json()["bucketID"], &answer.json()["objectID"]);
            assert_eq!(names, (&APP.object_scope(), &json!("notes"), &json!("o1")), "{call:?}");
        }
    }
}

#[tokio::test]
async fn each_condition_on_each_write_has_the_outcome_in_the_table() {
    for before in [Before::Third, Before::Never, Before::Deleted] {
        let stage = stage(before).await;
        for (at, (fields, existing, missing)) in ROWS.iter().enumerate() {
            let outcomes = if before == Before::Third { existing } else { missing };
            for (method, outcome) in WRITES.iter().zip(outcomes) {
                let call = stage.call(method).body(r#"{"b":2}"#).through(Gateway::ALL[at % 3]);
                let call = fields.iter().fold(call, |call, (name, value)| call.header(name, value));
                is(&stage, &call, before, *outcome).await;
                if *outcome == Made {
                    set(&stage, before).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_condition_applies_to_overridden_methods_too() {
    for method in WRITES {
        let stage = stage(Before::Third).await;
        let post = stage.call("POST").header("X-HTTP-Method-Override", method).body("{}");
        is(&stage, &post.clone().header(IF_MATCH, "2"), Before::Third, Stale).await;
        is(&stage, &post.header(IF_MATCH, "3"), Before::Third, Made).await;
    }
}

#[tokio::test]
async fn two_fields_are_one_list() {
    for method in WRITES {
        let stage = stage(Before::Third).await;
        let call = stage.call(method).through(Gateway::RestApi).body("{}").header(IF_MATCH, "\"1\"");
        is(&stage, &call.clone().header("if-match", "\"2\""), Before::Third, Stale).await;
        is(&stage, &call.header("IF-MATCH", "\"3\""), Before::Third, Made).await;
    }
}

#[tokio::test]
async fn errors_name_the_scope_in_each_scope_and_the_real_user() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        for method in ["PUT", "PATCH"] {
            for (name, value, code) in
                [(IF_MATCH, "7", "OBJECT_VERSION_IS_STALE"), (IF_NONE_MATCH, "*", "OBJECT_ALREADY_EXISTS")]
            {
                let answer = stage.refuses(&stage.call(method).body("{}").header(name, value), 409, code).await;
                assert_eq!(answer.json()["objectScope"], home.object_scope());
            }
        }
    }
    let stage = Stage::object(&HOMES[1], CONTENT).await;
    let me = stage.call("DELETE").path("/api/apps/demo/users/me/buckets/rw:notes/objects/o1").header(IF_MATCH, "7");
    let answer = stage.refuses(&me, 409, "OBJECT_VERSION_IS_STALE").await;
    assert_eq!(
        (&answer.json()["objectScope"], answer.text("bucketID")),
        (&HOMES[1].object_scope(), "notes".to_owned())
    );
}

#[tokio::test]
async fn rights_are_checked_before_conditions_so_that_nobody_learns_a_version_by_guessing() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        stage.set(json!({"acl": {"M": {}}})).await;
        for method in WRITES {
            let call = stage.call(method).bearer(&callers::user("bob")).body("{}");
            let plain = stage.refuses(&call, 401, "UNAUTHORIZED").await;
            for (name, value) in [(IF_MATCH, "1"), (IF_MATCH, "7"), (IF_MATCH, "*"), (IF_NONE_MATCH, "*")] {
                let answer = stage.refuses(&call.clone().header(name, value), 401, "UNAUTHORIZED").await;
                assert_eq!(answer, plain, "{method} {name} {value}");
            }
        }
    }
}

#[tokio::test]
async fn a_failed_condition_creates_no_object_and_is_reported_to_callers_who_may_create() {
    for home in &HOMES {
        let stage = Stage::empty(home).await;
        // Without a bucket, none is created.
        for value in ["1", "*", "\"7\""] {
            let call = stage.call("PUT").body("{}").header(IF_MATCH, value);
            let answer = stage.refuses(&call, 404, "OBJECT_NOT_FOUND").await;
            assert_eq!(answer.json()["objectScope"], home.object_scope());
        }
        stage.put_bucket(home.scope, "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:bob"]})).await;
        let by_bob = stage.call("PUT").bearer(&callers::user("bob")).body("{}").header(IF_MATCH, "*");
        stage.refuses(&by_bob, 404, "OBJECT_NOT_FOUND").await;
        let by_carol = by_bob.bearer(&callers::user("carol"));
        stage.refuses(&by_carol, 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn a_chain_of_writes_each_with_the_etag_of_the_previous_answer_succeeds() {
    let stage = Stage::bucket(&APP).await;
    let mut tag =
        stage.answer(&stage.call("PUT").body("{}").header(IF_NONE_MATCH, "*")).await.header("etag").to_owned();
    for (at, method) in ["PUT", "PATCH", "PATCH", "PUT", "PATCH"].into_iter().enumerate() {
        // Some tags are changed to weak ones, as a CDN does.
        let sent = [tag.clone(), format!("W/{tag}"), tag.trim_matches('"').to_owned()][at % 3].clone();
        let (answer, _) =
            stage.write(&stage.call(method).body(format!(r#"{{"n":{at}}}"#)).header(IF_MATCH, &sent), 200).await;
        stage.refuses(&stage.call(method).body("{}").header(IF_MATCH, &sent), 409, "OBJECT_VERSION_IS_STALE").await;
        answer.header("etag").clone_into(&mut tag);
        assert_eq!(stage.answer(&stage.call("GET")).await.header("etag"), tag);
    }
    stage.write(&stage.call("DELETE").header(IF_MATCH, &tag), 204).await;
}
