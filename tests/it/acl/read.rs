//! Showing ACLs.

use serde_json::json;

use super::place::{Kind, places, shown};
use pail_testing::Gateway;
use pail_testing::items;

#[tokio::test]
async fn an_acl_that_nobody_has_changed_is_shown_as_its_default_with_its_creator() {
    for place in places() {
        let stage = place.stage().await;
        let before = stage.items().await;
        for gateway in Gateway::ALL {
            let answer = stage.answer(&place.call("GET", "").through(gateway)).await;
            assert_eq!((answer.status, answer.json()), (200, shown(&place.default())), "{}", place.path());
            let head = stage.answer(&place.call("HEAD", "").through(gateway)).await;
            assert_eq!((head.status, head.header("etag")), (200, answer.header("etag")));
        }
        assert_eq!(stage.items().await, before, "looking changes nothing");
    }
}

#[tokio::test]
async fn a_listing_is_sorted_and_leaves_out_verbs_without_entries_and_what_this_version_does_not_know() {
    for place in places() {
        let stage = place.stage().await;
        for subject in ["UserID:zoe", "GroupID:crew2", "ThingID:lamp"] {
            let grant = place.call("PUT", &format!("/{}/{subject}", place.verb()));
            assert_eq!(stage.answer(&grant).await.status, 204);
        }
        let stored = place.stored(&stage).await.expect("an ACL");
        let mut entries = stored["M"].clone();
        entries["OF_TOMORROW"] = json!({"SS": ["UserID:bob"]});
        let subjects = entries[place.verb()]["SS"].as_array_mut().expect("subjects");
        subjects.push(json!("RobotID:r2"));
        let sort = match place.kind {
            Kind::Scope => "acl",
            Kind::Bucket => "bucket/notes",
            Kind::Object => "o1",
        };
        let mut item = match place.kind {
            Kind::Scope | Kind::Bucket => stage.item(place.home.scope, sort).await.expect("the item"),
            Kind::Object => stage.stored().await,
        };
        let before = stage.answer(&place.call("GET", "")).await;
        item["acl"] = json!({"M": entries});
        stage.put(item).await;
        let after = stage.answer(&place.call("GET", "")).await;
        assert_eq!((after.json(), after.header("etag")), (before.json(), before.header("etag")));
        let list = after.json()[place.verb()].clone();
        let ids: Vec<String> = list.as_array().expect("a list").iter().map(ToString::to_string).collect();
        let last = [r#"{"groupID":"crew2"}"#, r#"{"thingID":"lamp"}"#, r#"{"userID":"zoe"}"#];
        let places: Vec<_> = last.iter().map(|one| ids.iter().position(|id| id == one)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{ids:?}");
        // What is unknown stays through a change.
        assert_eq!(stage.answer(&place.call("DELETE", &format!("/{}/UserID:zoe", place.verb()))).await.status, 204);
        let stored = place.stored(&stage).await.expect("an ACL");
        assert_eq!(stored["M"]["OF_TOMORROW"], json!({"SS": ["UserID:bob"]}));
        assert!(stored["M"][place.verb()]["SS"].as_array().expect("subjects").contains(&json!("RobotID:r2")));
        assert_eq!(stage.answer(&place.call("PUT", "").body("{}")).await.status, 204);
        let expected = json!({"OF_TOMORROW": ["UserID:bob"], place.verb(): ["RobotID:r2"]});
        assert_eq!(place.stored(&stage).await, Some(items::acl(&expected)));
    }
}

#[tokio::test]
async fn a_verb_shows_who_holds_it_and_an_entry_whom_it_names() {
    for place in places() {
        let stage = place.stage().await;
        let verb = stage.answer(&place.call("GET", &format!("/{}", place.verb()))).await;
        assert_eq!((verb.status, &verb.json()), (200, &shown(&place.default())[place.verb()]));
        for (subject, shown) in [
            ("UserID:bob", json!({"userID": "bob"})),
            ("UserID%3Acarol", json!({"userID": "carol"})),
            ("GroupID:band", json!({"groupID": "band"})),
            ("ThingID:lamp", json!({"thingID": "lamp"})),
        ] {
            let below = format!("/{}/{subject}", place.verb());
            let missing = stage.refused(&place.call("GET", &below), 404, "ACL_NOT_FOUND").await;
            assert_eq!(
                (missing.text("verb"), missing.text("subject")),
                (place.verb().to_owned(), subject.replace("%3A", ":"))
            );
            stage.refused(&place.call("HEAD", &below), 404, "").await;
            assert_eq!(stage.answer(&place.call("PUT", &below)).await.status, 204);
            let entry = stage.answer(&place.call("GET", &below)).await;
            assert_eq!((entry.status, entry.json()), (200, shown));
            assert_eq!(stage.answer(&place.call("HEAD", &below)).await.status, 200);
        }
        for (word, known) in [("ANONYMOUS_USER", "userID"), ("ANY_AUTHENTICATED_USER", "userID")] {
            let below = format!("/{}/UserID:{word}", place.verb());
            stage.answer(&place.call("PUT", &below)).await;
            assert_eq!(stage.answer(&place.call("GET", &below)).await.json(), json!({known: word}));
        }
    }
}

#[tokio::test]
async fn a_verb_without_entries_is_an_empty_list() {
    for place in places() {
        let stage = place.stage().await;
        assert_eq!(stage.answer(&place.call("PUT", "").body("{}")).await.status, 204);
        let verb = stage.answer(&place.call("GET", &format!("/{}", place.verb()))).await;
        assert_eq!((verb.status, verb.body.as_str()), (200, "[]"));
        assert_eq!(stage.answer(&place.call("GET", "")).await.body, "{}");
    }
}

#[tokio::test]
async fn a_verb_of_another_resource_and_a_malformed_subject_are_refused_before_anything_is_read() {
    for place in places() {
        let stage = place.stage().await;
        for verb in [place.foreign_verb(), "read_existing_object", "*", "ALL"] {
            for (method, below) in [
                ("GET", format!("/{verb}")),
                ("GET", format!("/{verb}/UserID:bob")),
                ("PUT", format!("/{verb}/UserID:bob")),
                ("DELETE", format!("/{verb}/x")),
            ] {
                let refused = stage.refused_unread(&place.call(method, &below), 400, "INVALID_INPUT_DATA").await;
                assert_eq!(refused.text("field"), "verb");
            }
        }
        for subject in ["bob", "userID:bob", "UserID:", "UserID:me", "GroupID:a%20b", "AdminID:a", "UserID:a%2Fb"] {
            for method in ["GET", "PUT", "DELETE"] {
                let below = format!("/{}/{subject}", place.verb());
                let refused = stage.refused_unread(&place.call(method, &below), 400, "INVALID_INPUT_DATA").await;
                assert_eq!(refused.text("field"), "subject");
            }
        }
    }
}
