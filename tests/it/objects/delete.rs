//! Deleting an object (contract, section 1.4).

use serde_json::json;

use super::stage::{APP, HOMES, Stage, later, number};
use pail_testing::fixtures::deleted;
use pail_testing::{Gateway, NOW};

const CONTENT: &str = r#"{"title":"Milk"}"#;

#[tokio::test]
async fn an_object_is_deleted_with_its_acl_and_leaves_a_tombstone_for_seven_days() {
    for home in &HOMES {
        for gateway in Gateway::ALL {
            let stage = Stage::object(home, CONTENT).await;
            stage.set(json!({"acl": {"M": {"WRITE_EXISTING_OBJECT": {"SS": [home.creator]}}}})).await;
            stage.clock.set(later(5000));
            let (answer, item) = stage.write(&stage.call("DELETE").through(gateway), 204).await;
            assert_eq!(
                (answer.body.as_str(), answer.headers.get("content-type"), answer.headers.get("etag")),
                ("", None, None)
            );
            let expected = json!({
                "pk": stage.new_item("")["pk"], "sk": {"S": "o1"}, "version": number(2), "owner": {"S": home.creator},
                "created": number(NOW), "deleted": number(later(5000)),
                "expires": number(later(5000) / 1000 + 7 * 24 * 60 * 60),
            });
            assert_eq!(item, expected);
        }
    }
}

#[tokio::test]
async fn a_deleted_object_is_missing_for_every_method() {
    for home in &HOMES {
        let stage = Stage::object(home, CONTENT).await;
        stage.write(&stage.call("DELETE"), 204).await;
        let gone = stage.refuses(&stage.call("DELETE"), 404, "OBJECT_NOT_FOUND").await;
        assert_eq!((&gone.json()["objectScope"], gone.text("bucketID")), (&home.object_scope(), "notes".to_owned()));
        for method in ["GET", "PATCH"] {
            assert_eq!(stage.refuses(&stage.call(method).body("{}"), 404, "OBJECT_NOT_FOUND").await, gone);
        }
        let head = stage.answer(&stage.call("HEAD")).await;
        assert_eq!((head.status, head.body.as_str()), (404, ""));
    }
}

#[tokio::test]
async fn deleting_a_missing_object_is_404_and_writes_nothing() {
    for home in &HOMES {
        let stage = Stage::bucket(home).await;
        let absent = stage.refuses(&stage.call("DELETE"), 404, "OBJECT_NOT_FOUND").await;
        assert_eq!(absent.text("objectID"), "o1");
        stage.put(deleted(stage.new_item(CONTENT))).await;
        assert_eq!(stage.refuses(&stage.call("DELETE"), 404, "OBJECT_NOT_FOUND").await, absent);
        let path = format!("/api/apps/{}/buckets/nothing/objects/o1", home.scope);
        stage.refuses(&stage.call("DELETE").path(&path), 404, "BUCKET_NOT_FOUND").await;
    }
}

#[tokio::test]
async fn a_new_object_with_the_id_of_a_deleted_one_has_the_default_acl() {
    let stage = Stage::object(&APP, CONTENT).await;
    // The ACL grants nothing, so only the administrator has access.
    stage.set(json!({"acl": {"M": {}}})).await;
    stage.refuses(&stage.call("DELETE"), 401, "UNAUTHORIZED").await;
    stage.write(&stage.as_administrator("DELETE"), 204).await;
    let (_, item) = stage.write(&stage.call("PUT").body("{}"), 201).await;
    assert_eq!(item.get("acl"), None);
    for (method, status) in [("GET", 200), ("PATCH", 200), ("DELETE", 204)] {
        assert_eq!(stage.answer(&stage.call(method).body("{}")).await.status, status);
    }
}

#[tokio::test]
async fn a_body_and_its_header_fields_are_ignored() {
    for (name, value) in [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Idempotency-Key", "a b")] {
        for gateway in Gateway::ALL {
            let stage = Stage::object(&APP, CONTENT).await;
            let call = stage.call("DELETE").through(gateway).header(name, value).body("x".repeat(200_000));
            stage.write(&call, 204).await;
        }
    }
}

#[tokio::test]
async fn every_version_of_an_id_is_greater_than_those_before() {
    let stage = Stage::bucket(&APP).await;
    let mut versions = Vec::new();
    for method in ["PUT", "PATCH", "DELETE", "PUT", "DELETE", "PUT", "PUT", "DELETE"] {
        let answer = stage.answer(&stage.call(method).body("{}")).await;
        assert!(answer.status < 300, "{answer:?}");
        versions.push(stage.stored().await["version"]["N"].as_str().and_then(|version| version.parse().ok()));
    }
    assert_eq!(versions, (1..=8).map(Some).collect::<Vec<Option<u64>>>());
}
