//! The principal that the claims of a valid token describe (section 2).

use serde_json::{Value, json};

use super::signers::{is_wrong, owner};
use pail_testing::callers;
use pail_testing::{Call, Installation};

#[tokio::test]
async fn a_subject_has_the_form_of_a_user_id_for_every_kind_of_bearer() {
    let installation = Installation::start().await;
    for good in ["A.b_c-9", &"x".repeat(128)] {
        assert_eq!(owner(&installation, &callers::user(good)).await, format!("UserID:{good}"));
    }
    let too_long = "x".repeat(129);
    for sub in ["", "a b", "a/b", ".", "..", "me", "ANONYMOUS_USER", "ANY_AUTHENTICATED_USER", "ä", "absent", &too_long]
    {
        for role in
            [json!({"sub": sub}), json!({"sub": sub, "role": "admin"}), json!({"sub": sub, "principal_type": "thing"})]
        {
            is_wrong(&installation, &callers::token(role)).await;
        }
    }
}

#[tokio::test]
async fn the_groups_claim_makes_the_bearer_a_member() {
    let installation = Installation::start().await;
    let in_group =
        |groups: Value| Call::create("demo/groups/crew", "notes").bearer(&callers::token(json!({"groups": groups})));
    for good in [
        json!(["crew"]),
        json!(["a", "crew"]),
        json!(["no group", "", "crew", "ä"]),
        json!("crew"),
        json!(["/crew", "/ships/crew"]),
        json!(["crew", 1]),
    ] {
        installation.created(&in_group(good)).await;
    }
    installation.put_bucket("demo/groups/crew", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["GroupID:crew"]})).await;
    for none in [
        json!([]),
        json!(["Crew"]),
        json!(["crew "]),
        json!(null),
        json!("absent"),
        json!([["crew"]]),
        json!({"crew": 1}),
        json!(1),
        json!([{"id": 1}]),
        json!("/ships/crew"),
    ] {
        installation.refused(&in_group(none), 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn role_and_principal_type_say_what_the_bearer_is() {
    let installation = Installation::start().await;
    for (changes, expected) in [
        (json!({}), "UserID:alice"),
        (json!({"principal_type": "user"}), "UserID:alice"),
        (json!({"principal_type": "thing"}), "ThingID:alice"),
        (json!({"role": "admin"}), "AdminID:alice"),
        (json!({"role": "admin", "principal_type": "thing"}), "AdminID:alice"),
        (json!({"role": "admin", "principal_type": 7}), "AdminID:alice"),
        (json!({"role": "Admin"}), "UserID:alice"),
        (json!({"role": "admin "}), "UserID:alice"),
        (json!({"role": ["editor", "viewer"]}), "UserID:alice"),
        (json!({"role": ["editor", "admin"]}), "AdminID:alice"),
        (json!({"role": null}), "UserID:alice"),
        (json!({"role": 1}), "UserID:alice"),
        (json!({"role": "", "principal_type": "thing"}), "ThingID:alice"),
    ] {
        assert_eq!(owner(&installation, &callers::token(changes)).await, expected);
    }
}
