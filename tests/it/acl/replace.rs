//! Replacing an ACL as a whole.

use serde_json::json;

use super::place::places;
use pail_testing::{Gateway, items};

#[tokio::test]
async fn a_list_replaces_all_entries_and_equal_ones_count_once() {
    for place in places() {
        for gateway in Gateway::ALL {
            let stage = place.stage().await;
            let list = json!({place.verb(): [{"userID": "bob"}, {"groupID": "band"}, {"userID": "bob"}]});
            for call in [
                place.call("PUT", "").body(list.to_string()),
                place.call("PUT", "").body(list.to_string()).content_type("text/html"),
                place.call("PUT", "").body(list.to_string()).in_base64(),
            ] {
                let replaced = stage.answer(&call.through(gateway)).await;
                assert_eq!((replaced.status, replaced.body.as_str()), (204, ""));
                let expected = json!({place.verb(): ["GroupID:band", "UserID:bob"]});
                assert_eq!(place.stored(&stage).await, Some(items::acl(&expected)));
                let shown = stage.answer(&place.call("GET", "")).await;
                assert_eq!(shown.header("etag"), replaced.header("etag"));
                assert_eq!(shown.json(), json!({place.verb(): [{"groupID": "band"}, {"userID": "bob"}]}));
            }
        }
    }
}

#[tokio::test]
async fn a_subject_less_in_the_list_takes_its_right_away() {
    for place in places() {
        let stage = place.stage().await;
        let verb = place.verb();
        for list in [json!([{"userID": "bob"}, {"userID": "carol"}]), json!([{"userID": "bob"}])] {
            let put = place.call("PUT", "").body(json!({verb: list}).to_string());
            assert_eq!(stage.answer(&put).await.status, 204);
        }
        assert_eq!(place.stored(&stage).await, Some(items::acl(&json!({verb: ["UserID:bob"]}))));
    }
}

#[tokio::test]
async fn a_list_replaces_the_one_that_its_client_saw() {
    for place in places() {
        let stage = place.stage().await;
        let tag = stage.answer(&place.call("GET", "")).await.header("etag").to_owned();
        let put = |name: &str, value: &str, user: &str| {
            let list = json!({place.verb(): [{"userID": user}]}).to_string();
            place.call("PUT", "").header(name, value).body(list)
        };
        let bare = tag.trim_matches('"').to_owned();
        for stale in ["\"1\"", "\"00000000000000000000000000000000\"", "none"] {
            stage.refused(&put("If-Match", stale, "bob"), 409, "ACL_VERSION_IS_STALE").await;
        }
        stage.refused(&put("If-None-Match", "*", "bob"), 409, "ACL_VERSION_IS_STALE").await;
        for (name, malformed) in [("If-Match", ""), ("If-Match", "\"a"), ("If-None-Match", "\"a\"")] {
            let refused = stage.refused_unread(&put(name, malformed, "bob"), 400, "INVALID_INPUT_DATA").await;
            assert_eq!(refused.text("field"), name);
        }
        let first = stage.answer(&put("If-Match", &tag, "bob")).await;
        assert_eq!(first.status, 204);
        stage.refused(&put("If-Match", &tag, "carol"), 409, "ACL_VERSION_IS_STALE").await;
        let second = first.header("etag").trim_matches('"').to_owned();
        assert_ne!(second, bare);
        for value in [&second, "*"] {
            assert_eq!(stage.answer(&put("If-Match", value, "bob")).await.status, 204);
        }
        let weak = format!("W/\"{second}\", \"x\"");
        assert_eq!(stage.answer(&put("If-Match", &weak, "carol")).await.status, 204);
    }
}

#[tokio::test]
async fn a_body_that_is_no_list_is_refused_before_anything_is_read() {
    for place in places() {
        let stage = place.stage().await;
        let verb = place.verb();
        for (body, code, field) in [
            (String::new(), "INVALID_JSON", None),
            ("[]".to_owned(), "INVALID_JSON", None),
            ("{".to_owned(), "INVALID_JSON", None),
            (format!("{{\"{verb}\":[],\"{verb}\":[]}}"), "INVALID_JSON", None),
            (json!({place.foreign_verb(): []}).to_string(), "INVALID_INPUT_DATA", Some("verb")),
            (json!({verb: {}}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (json!({verb: ["UserID:bob"]}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (json!({verb: [{}]}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (json!({verb: [{"userID": 1}]}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (json!({verb: [{"userID": "me"}]}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (json!({verb: [{"userID": "a", "groupID": "b"}]}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (json!({verb: [{"robotID": "a"}]}).to_string(), "INVALID_INPUT_DATA", Some("subject")),
            (format!("{{\"{verb}\":[1e400]}}"), "INVALID_JSON", None),
        ] {
            let refused = stage.refused_unread(&place.call("PUT", "").body(body.clone()), 400, code).await;
            assert_eq!(refused.json().get("field").and_then(|field| field.as_str()), field, "{body}");
        }
        stage.refused_unread(&place.call("PUT", "").body(vec![0xff]), 400, "INVALID_JSON").await;
        let large = format!("{{\"{verb}\":[]{}}}", " ".repeat(256 * 1024));
        stage.refused_unread(&place.call("PUT", "").body(large), 413, "INVALID_INPUT_DATA").await;
        let longest = format!("{{\"{verb}\":[]{}}}", " ".repeat(256 * 1024 - verb.len() - 7));
        assert_eq!(stage.answer(&place.call("PUT", "").body(longest)).await.status, 204);
    }
}

#[tokio::test]
async fn an_acl_that_cannot_be_read_denies_everybody_and_can_be_replaced_by_the_administrator() {
    for place in places() {
        let stage = place.stage().await;
        assert_eq!(stage.answer(&place.call("PUT", &format!("/{}/UserID:bob", place.verb()))).await.status, 204);
        let mut item = match place.kind {
            super::place::Kind::Scope => stage.item(place.home.scope, "acl").await.expect("the item"),
            super::place::Kind::Bucket => stage.item(place.home.scope, "bucket/notes").await.expect("the item"),
            super::place::Kind::Object => stage.stored().await,
        };
        item["acl"] = json!({"S": "no map"});
        stage.put(item).await;
        for (method, below) in [("GET", ""), ("PUT", "/UserID:carol"), ("DELETE", "/UserID:bob")] {
            let below = if below.is_empty() { String::new() } else { format!("/{}{below}", place.verb()) };
            stage.refused(&place.call(method, &below), 500, "UNDEFINED_ERROR").await;
        }
        assert_eq!(stage.answer(&place.call("PUT", "").body("{}")).await.status, 204);
        assert_eq!(stage.answer(&place.call("GET", "")).await.body, "{}");
    }
}
