//! The installation for tests of queries: the bucket `notes` of the app scope, and objects in it.

use serde_json::{Value, json};

use pail_testing::fixtures::{EVERYBODY, object_item};
use pail_testing::{Answer, Call, Installation, NOW, callers};

/// An installation with the bucket, in which everybody may query and read.
pub async fn bucket() -> Installation {
    let installation = Installation::start().await;
    grant(&installation, "notes").await;
    installation
}

/// A bucket of the app scope in which everybody may query and read.
pub async fn grant(installation: &Installation, bucket: &str) {
    let acl = json!({"QUERY_OBJECTS_IN_BUCKET": EVERYBODY, "READ_OBJECTS_IN_BUCKET": EVERYBODY});
    installation.put_bucket("demo", bucket, acl).await;
}

/// An installation with a bucket that holds `o0`, `o1` and so on, with these contents, each a millisecond younger than the
/// one before.
pub async fn filled(contents: &[&str]) -> Installation {
    let installation = bucket().await;
    for (at, content) in contents.iter().enumerate() {
        put(&installation, at, content).await;
    }
    installation
}

/// Stores an object: the one after so many others.
pub async fn put(installation: &Installation, at: usize, content: &str) {
    let mut item = object_item("demo", "notes", &format!("o{at}"), content);
    item["created"]["N"] = (NOW - 1_000_000 + at as u64).to_string().into();
    installation.put(item).await;
}

/// A request for a query with this body, by an anonymous caller.
pub fn call(body: impl Into<Vec<u8>>) -> Call {
    let call = Call::bucket("POST", "demo", "notes").path("/api/apps/demo/buckets/notes/query");
    call.body(body).basic("demo", "demo-key")
}

/// The same by the administrator.
pub fn as_administrator(call: Call) -> Call {
    call.bearer(&callers::administrator("operator"))
}

/// The body of a query with this clause, a JSON text.
pub fn of_clause(clause: &str) -> String {
    format!(r#"{{"bucketQuery":{{"clause":{clause}}}}}"#)
}

/// The IDs of the hits of an answer.
pub fn ids(answer: &Answer) -> Vec<String> {
    let results = answer.json()["results"].as_array().cloned().unwrap_or_else(|| panic!("no results: {answer:?}"));
    results.iter().map(|hit| hit["_id"].as_str().expect("an ID").to_owned()).collect()
}

/// The IDs of all hits of a query that fits on a page.
pub async fn found(installation: &Installation, body: &str) -> Vec<String> {
    let answer = installation.answer(&call(body)).await;
    assert_eq!(answer.status, 200, "{body}: {answer:?}");
    assert_eq!(answer.json().get("nextPaginationKey"), None, "{body}");
    ids(&answer)
}

/// The IDs of each page of a query, which has the members of `body`, in pages of at most `limit`.
pub async fn walk(installation: &Installation, body: &Value, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut body) = (Vec::new(), body.clone());
    body["bestEffortLimit"] = limit.into();
    loop {
        let answer = installation.answer(&call(body.to_string())).await;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        pages.push(ids(&answer));
        match answer.json()["nextPaginationKey"].as_str() {
            Some(key) => body["paginationKey"] = key.into(),
            None => return pages,
        }
        assert!(pages.len() < 2_000, "the walk does not end: {body}");
    }
}
