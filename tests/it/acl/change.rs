//! Granting and revoking entries.

use serde_json::json;

use super::place::{Kind, Place, places};
use crate::objects::stage::{HOMES, Stage};
use pail_testing::{Call, Gateway, Installation, callers, items};

fn entry(place: Place, method: &str, subject: &str) -> Call {
    place.call(method, &format!("/{}/{subject}", place.verb()))
}

// From public reports: a grant without a body, and one that is said to be JSON and is empty.
#[tokio::test]
async fn a_grant_works_once_with_or_without_a_body_and_a_revocation_once() {
    for place in places() {
        for (gateway, call) in Gateway::ALL.into_iter().zip([
            entry(place, "PUT", "UserID:bob"),
            entry(place, "PUT", "UserID:bob").content_type("application/json").header("Content-Length", "0"),
            entry(place, "PUT", "UserID:bob").content_type("text/html").body("no JSON"),
        ]) {
            let stage = place.stage().await;
            let call = call.through(gateway);
            let granted = stage.answer(&call).await;
            assert_eq!((granted.status, granted.body.as_str()), (204, ""));
            let mut expected = place.default();
            let subjects = expected[place.verb()].as_array_mut().expect("subjects");
            subjects.push("UserID:bob".into());
            subjects.sort_by_key(|subject| subject.to_string());
            assert_eq!(place.stored(&stage).await, Some(items::acl(&expected)));
            let again = stage.refused(&call, 409, "ACL_ALREADY_EXISTS").await;
            assert_eq!((again.text("verb"), again.text("subject")), (place.verb().to_owned(), "UserID:bob".to_owned()));

            let revoke = entry(place, "DELETE", "UserID:bob").through(gateway);
            assert_eq!(stage.answer(&revoke).await.status, 204);
            assert_eq!(place.stored(&stage).await, Some(items::acl(&place.default())));
            let again = stage.refused(&revoke, 404, "ACL_NOT_FOUND").await;
            assert_eq!((again.text("verb"), again.text("subject")), (place.verb().to_owned(), "UserID:bob".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_change_of_an_objects_acl_keeps_its_version_and_its_content() {
    for home in &HOMES {
        let place = Place { kind: Kind::Object, home };
        let stage = place.stage().await;
        let before = stage.stored().await;
        let (_, mut after) = stage.write(&entry(place, "PUT", "UserID:bob"), 204).await;
        after.as_object_mut().expect("an item").remove("acl");
        assert_eq!(after, crate::objects::stage::without_writer(before));
        // A client saves with the ETag that it had before.
        let saved = stage.answer(&stage.call("PUT").body("{}").header("If-Match", "\"1\"")).await;
        assert_eq!((saved.status, saved.header("etag")), (200, "\"2\""));
        assert!(place.stored(&stage).await.is_some(), "a new content keeps the ACL");
    }
}

#[tokio::test]
async fn a_grant_on_a_missing_bucket_makes_it_with_its_default_and_the_entry() {
    for home in &HOMES {
        let stage = Stage::empty(home).await;
        let place = Place { kind: Kind::Bucket, home };
        // The administrator's bucket has no creator's entry.
        let granted = stage.answer(&entry(place, "PUT", "UserID:bob")).await;
        assert_eq!(granted.status, 204);
        let bucket = stage.item(home.scope, "bucket/notes").await.expect("the bucket");
        assert_eq!((&bucket["creator"]["S"], &bucket["version"]["N"]), (&json!("AdminID:operator"), &json!("1")));
        assert!(
            bucket["acl"]["M"]["READ_OBJECTS_IN_BUCKET"]["SS"]
                .as_array()
                .expect("a set")
                .contains(&json!("UserID:bob"))
        );
        assert_eq!(bucket["generation"]["S"].as_str().map(str::len), Some(32));
    }
}

#[tokio::test]
async fn a_grant_of_what_the_default_has_is_refused_and_makes_no_bucket() {
    for home in &HOMES {
        let stage = Stage::empty(home).await;
        let place = Place { kind: Kind::Bucket, home };
        let subject = match home.scope {
            "demo" => "UserID:ANONYMOUS_USER",
            "demo/users/alice" => "UserID:alice",
            "demo/groups/crew" => "GroupID:crew",
            _ => "ThingID:sensor-1",
        };
        stage.refused_with_tables_unchanged(&entry(place, "PUT", subject), 409, "ACL_ALREADY_EXISTS").await;
        for (method, below) in [("DELETE", "/READ_OBJECTS_IN_BUCKET/UserID:bob"), ("GET", ""), ("PUT", "")] {
            let call = place.call(method, below).body("{}");
            stage.refused_with_tables_unchanged(&call, 404, "BUCKET_NOT_FOUND").await;
        }
    }
}

#[tokio::test]
async fn the_owner_of_a_scope_makes_a_bucket_by_a_grant_only_with_the_right_to_make_buckets() {
    for home in [&HOMES[1], &HOMES[3]] {
        let place = Place { kind: Kind::Bucket, home };
        let own = |stage: &Stage| entry(place, "PUT", "UserID:bob").bearer(&(stage.home.token)());
        let stage = Stage::empty(home).await;
        assert_eq!(stage.answer(&own(&stage)).await.status, 204);
        let stage = Stage::empty(home).await;
        stage.put_scope_acl(home.scope, json!({})).await;
        stage.refused_with_tables_unchanged(&own(&stage), 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn the_owner_of_a_scope_cannot_take_away_an_entry_of_its_own_on_a_bucket() {
    for home in [&HOMES[1], &HOMES[3]] {
        let place = Place { kind: Kind::Bucket, home };
        let stage = place.stage().await;
        let own = |call: Call| call.bearer(&(home.token)());
        let revoke = entry(place, "DELETE", home.creator);
        stage.refused(&own(revoke.clone()), 409, "OPERATION_NOT_ALLOWED").await;
        stage.refused(&own(place.call("PUT", "").body("{}")), 409, "OPERATION_NOT_ALLOWED").await;
        // Another's entry, an entry that is not there, and a list that has all of its own.
        assert_eq!(stage.answer(&own(entry(place, "PUT", "UserID:bob"))).await.status, 204);
        assert_eq!(stage.answer(&own(entry(place, "DELETE", "UserID:bob"))).await.status, 204);
        stage.refused(&own(entry(place, "DELETE", "UserID:bob")), 404, "ACL_NOT_FOUND").await;
        let all = stage.answer(&own(place.call("GET", ""))).await.body;
        assert_eq!(stage.answer(&own(place.call("PUT", "").body(all))).await.status, 204);
        // The administrator may, and the owner on other ACLs of the scope.
        assert_eq!(stage.answer(&revoke).await.status, 204);
        for kind in [Kind::Object, Kind::Scope] {
            let other = Place { kind, home };
            assert_eq!(stage.answer(&own(entry(other, "DELETE", home.creator))).await.status, 204);
        }
    }
}

#[tokio::test]
async fn an_acl_has_at_most_1000_entries() {
    for place in places() {
        let stage = place.stage().await;
        let list = |count: usize| {
            let users: Vec<_> = (0..count).map(|id| json!({"userID": format!("user-{id}")})).collect();
            place.call("PUT", "").body(json!({place.verb(): users}).to_string())
        };
        let refused = stage.refused(&list(1001), 400, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.text("field"), "acl");
        assert_eq!(stage.answer(&list(1000)).await.status, 204);
        stage.refused(&entry(place, "PUT", "UserID:bob"), 400, "INVALID_INPUT_DATA").await;
        assert_eq!(stage.answer(&entry(place, "DELETE", "UserID:user-7")).await.status, 204);
        assert_eq!(stage.answer(&entry(place, "PUT", "UserID:bob")).await.status, 204);
    }
}

// From public reports: no cache comes in between.
#[tokio::test]
async fn a_revoked_right_is_gone_with_the_next_request_of_a_warm_process() {
    let place = Place { kind: Kind::Bucket, home: &HOMES[1] };
    let stage = place.stage().await;
    let read = stage.call("GET").bearer(&callers::user("bob"));
    let whole = stage.answer(&place.call("GET", "")).await.body;
    let mut with_bob: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
    with_bob["READ_OBJECTS_IN_BUCKET"].as_array_mut().expect("a list").push(json!({"userID": "bob"}));
    for _ in 0..2 {
        assert_eq!(stage.answer(&read).await.status, 401);
        assert_eq!(stage.answer(&entry(place, "PUT", "UserID:bob")).await.status, 204);
        assert_eq!(stage.answer(&read).await.status, 200);
        assert_eq!(stage.answer(&entry(place, "DELETE", "UserID:bob")).await.status, 204);
        assert_eq!(stage.answer(&read).await.status, 401);
        assert_eq!(stage.answer(&place.call("PUT", "").body(with_bob.to_string())).await.status, 204);
        assert_eq!(stage.answer(&read).await.status, 200);
        assert_eq!(stage.answer(&place.call("PUT", "").body(whole.clone())).await.status, 204);
        assert_eq!(stage.answer(&read).await.status, 401);
    }
}

// From public reports: what anonymous callers make has no owner.
#[tokio::test]
async fn an_anonymous_creator_has_no_entry_and_no_owners_right() {
    let installation = Installation::start().await;
    let everybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
    installation.put_bucket("demo", "notes", everybody).await;
    let anonymous = |call: Call| call.basic("demo", "demo-key");
    let id = installation.answer(&anonymous(Call::create("demo", "notes"))).await.text("objectID");
    let object = |method: &str| Call::object(method, "demo", "notes", &id);
    let administrator = callers::administrator("operator");
    let acl = object("GET").path(&format!("/api/apps/demo/buckets/notes/objects/{id}/acl"));
    let shown = installation.answer(&acl.clone().bearer(&administrator)).await;
    let all = [json!({"userID": "ANONYMOUS_USER"}), json!({"userID": "ANY_AUTHENTICATED_USER"})];
    assert_eq!(shown.json(), json!({"READ_EXISTING_OBJECT": all, "WRITE_EXISTING_OBJECT": [all[1]]}));
    assert_eq!(installation.answer(&object("GET").bearer(&administrator)).await.json().get("_owner"), None);
    installation.refused(&anonymous(acl), 401, "UNAUTHORIZED").await;
}

#[tokio::test]
async fn concurrent_grants_lose_nothing() {
    for place in places() {
        let stage = place.stage().await;
        let rivals: Vec<_> = (0..4).map(|_| stage.rival()).collect();
        let mut calls = Vec::new();
        for (at, rival) in rivals.into_iter().enumerate() {
            calls.push(tokio::spawn(rival.succeeds(entry(place, "PUT", &format!("UserID:rival-{at}")))));
        }
        for at in 0..4 {
            let call = entry(place, "PUT", &format!("UserID:own-{at}"));
            assert_eq!(stage.answer(&call).await.status, 204);
        }
        for call in calls {
            call.await.expect("a grant");
        }
        let list = stage.answer(&place.call("GET", &format!("/{}", place.verb()))).await.body;
        for at in 0..4 {
            assert!(list.contains(&format!("\"rival-{at}\"")) && list.contains(&format!("\"own-{at}\"")), "{list}");
        }
    }
}
