//! Users with the IDs that identity providers issue (sections 1 and 2): everywhere where a user's ID is sent or answered.

use pail::model::issuer::{ClaimNames, Issuer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::signers::{is_wrong, trusting};
use pail_testing::callers::{self, claim_names, issuer};
use pail_testing::{Call, Gateway, Installation};

/// IDs as Auth0, Okta, Kakao, Keycloak, wallets and mail-based log-ins issue them.
fn ids() -> Vec<String> {
    let known = [
        "auth0|64a1f2c3d4e5",
        "google-oauth2|1035479915",
        "oauth2|acme|1:1467702",
        "Xk3b2@clients",
        "kakao:1234567",
        "f:9c1d7a80-1:jdoe",
        "did:key:z6Mk",
        "ann@acme.example",
        "ann+home=x~y,z@acme.example",
        "|",
        "email:x",
    ];
    known.map(str::to_owned).into_iter().chain(["u".repeat(128)]).collect()
}

fn encoded(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

/// A path of the demo app.
fn call(method: &str, path: &str) -> Call {
    Call::bucket(method, "demo", "notes").path(&format!("/api/apps/demo{path}"))
}

#[tokio::test]
async fn a_user_finds_its_objects_by_its_id_and_by_the_location() {
    for id in ids() {
        let installation = Installation::start().await;
        let token = callers::user(&id);
        let (created, items) = installation.created(&Call::create("demo/users/me", "notes").bearer(&token)).await;
        let object = items.values().find(|item| item.get("content").is_some()).expect("an object");
        assert_eq!(object["owner"]["S"], format!("UserID:{id}"));
        let location = created.header("location");
        let (_, path) = location.split_once("/api/").expect("a path");
        assert_eq!(path.split('/').nth(3), Some(id.replace('|', "%7C").as_str()), "{location}");
        let object = path.split_once("/buckets/").map(|(_, rest)| rest).expect("a bucket");
        for (gateway, user) in Gateway::ALL.into_iter().flat_map(|gateway| {
            [id.clone(), encoded(&id), "me".to_owned(), id.replace('|', "%7C")].map(|user| (gateway, user))
        }) {
            let get = call("GET", &format!("/users/{user}/buckets/{object}")).through(gateway).bearer(&token);
            let answer = installation.answer(&get).await;
            assert_eq!((answer.status, answer.text("_owner")), (200, id.clone()), "{get:?}");
        }
        let me = installation.answer(&call("GET", "/users/me").bearer(&token)).await;
        assert_eq!(me.json(), json!({"userID": id, "_hasPassword": true, "_disabled": false}));
        let buckets = call("GET", &format!("/users/{}/buckets", encoded(&id)));
        assert_eq!(installation.answer(&buckets.clone().bearer(&token)).await.json(), json!({"bucketIDs": ["notes"]}));
        installation.refused(&buckets.bearer(&callers::user("bob")), 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn a_user_gets_rights_by_its_id() {
    let installation = Installation::start().await;
    installation.put_bucket("demo/groups/crew", "notes", json!({})).await;
    let administrator = callers::administrator("root|1");
    for id in ids() {
        let create = Call::create("demo/groups/crew", "notes").bearer(&callers::user(&id));
        let refused = installation.refused(&create, 401, "UNAUTHORIZED").await;
        assert_eq!(refused.text("authenticatedPrincipalID"), id);
        for subject in [format!("UserID:{id}"), encoded(&format!("UserID:{id}"))] {
            let entry = format!("/groups/crew/buckets/notes/acl/CREATE_OBJECTS_IN_BUCKET/{subject}");
            let entry = |method: &str| call(method, &entry).bearer(&administrator);
            assert_eq!(installation.answer(&entry("PUT")).await.status, 204, "{subject}");
            installation.created(&create).await;
            assert_eq!(installation.answer(&entry("GET")).await.json(), json!({"userID": id}));
            let list = call("GET", "/groups/crew/buckets/notes/acl").bearer(&administrator);
            let list = installation.answer(&list).await.json();
            assert_eq!(list, json!({"CREATE_OBJECTS_IN_BUCKET": [{"userID": id}]}));
            let replaced = call("PUT", "/groups/crew/buckets/notes/acl").bearer(&administrator).body(list.to_string());
            assert_eq!(installation.answer(&replaced).await.status, 204);
            installation.created(&create).await;
            assert_eq!(installation.answer(&entry("DELETE")).await.status, 204);
            installation.refused(&create, 401, "UNAUTHORIZED").await;
        }
    }
}

#[tokio::test]
async fn tokens_for_devices_and_in_exchange_are_of_users_with_any_id() {
    let installation = Installation::start().await;
    let exchange = |token: &str, more: &str| {
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
        let body = format!("{grant}&subject_token={token}{more}");
        Call::create("demo", "notes")
            .path("/api/apps/demo/oauth2/token")
            .content_type("application/x-www-form-urlencoded")
            .body(body)
    };
    for id in ids() {
        let requested = format!("&requested_subject={}", encoded(&format!("UserID:{id}")));
        for call in [exchange(&callers::user(&id), ""), exchange(&callers::administrator("root"), &requested)] {
            let answer = installation.answer(&call).await;
            assert_eq!((answer.status, answer.text("id")), (200, id.clone()), "{answer:?}");
            let me = Call::bucket("GET", "demo", "notes").path("/api/apps/demo/users/me");
            let me = installation.answer(&me.bearer(&answer.text("access_token"))).await;
            assert_eq!(me.text("userID"), id);
        }
    }
}

#[tokio::test]
async fn what_is_no_user_id_is_refused_in_tokens_and_paths() {
    let installation = Installation::start().await;
    let long = "u".repeat(129);
    for bad in [
        "",
        "a b",
        "a/b",
        "a%b",
        "ä",
        "a\"b",
        "a*b",
        ".",
        "..",
        "me",
        "EMAIL:ann@acme.example",
        "PHONE:+81",
        "LOGIN_NAME:ann",
        &long,
    ] {
        is_wrong(&installation, &callers::user(bad)).await;
        if !["", "me"].contains(&bad) {
            let path = format!("/users/{}/buckets/notes/objects", encoded(bad));
            let call = Call::create("demo", "notes").path(&format!("/api/apps/demo{path}"));
            let answer = call.bearer(&callers::user("alice"));
            let answer = installation.refused_unread(&answer, 400, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.text("field"), "userID", "{bad}");
        }
    }
}

/// An issuer that calls its users by another claim, which is also a path.
fn calling_users(user: &str) -> Issuer {
    Issuer { claims: ClaimNames { user: user.to_owned(), ..claim_names() }, ..issuer() }
}

#[tokio::test]
async fn the_claim_with_the_user_can_be_chosen() {
    for (name, claims) in [
        ("uid", json!({"uid": "oid|77"})),
        ("https://acme.example/uid", json!({"https://acme.example/uid": "oid|77"})),
        ("ext.ids.uid", json!({"ext": {"ids": {"uid": "oid|77"}}})),
    ] {
        let installation = trusting(vec![calling_users(name)]).await;
        // The bucket of `/users/me` is read before the issuer is known, at the first time after the wrong claim.
        for calls in [&["BatchGetItem", "GetItem"][..], &["BatchGetItem"]] {
            let get = call("GET", "/users/me/buckets/notes").bearer(&callers::token(claims.clone()));
            installation.wire.take_operations();
            installation.refused(&get, 404, "BUCKET_NOT_FOUND").await;
            assert_eq!(installation.wire.take_operations(), calls, "{name}");
        }
        installation.created(&Call::create("demo/users/me", "notes").bearer(&callers::token(claims.clone()))).await;
        let get = call("GET", "/users/oid%7C77/buckets/notes").bearer(&callers::token(claims.clone()));
        assert_eq!(installation.answer(&get).await.status, 200);
        // `sub` is nobody here.
        let mut others = claims.clone();
        others["sub"] = json!("absent");
        let me = call("GET", "/users/me").bearer(&callers::token(others));
        assert_eq!(installation.answer(&me).await.text("userID"), "oid|77");
        is_wrong(&installation, &callers::user("alice")).await;
    }
}

#[tokio::test]
async fn a_user_of_another_claim_never_sees_the_bucket_of_the_user_that_sub_names() {
    let installation = trusting(vec![calling_users("uid")]).await;
    installation.put_bucket("demo/users/alice", "notes", json!({"READ_OBJECTS_IN_BUCKET": ["UserID:alice"]})).await;
    let token = callers::token(json!({"sub": "alice", "uid": "mallory"}));
    for method in ["GET", "DELETE"] {
        let object = Call::object(method, "demo/users/me", "notes", "o1").bearer(&token);
        installation.refused(&object, 404, "BUCKET_NOT_FOUND").await;
    }
    installation.created(&Call::create("demo/users/me", "notes").bearer(&token)).await;
    let size = call("GET", "/users/me/buckets/notes").bearer(&callers::token(json!({"uid": "alice"})));
    assert_eq!(installation.answer(&size).await.json()["size"], 0);
    let size = call("GET", "/users/me/buckets/notes").bearer(&token);
    assert_eq!(installation.answer(&size).await.json()["size"], 1);
}
