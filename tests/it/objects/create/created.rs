//! The answer and the stored items of a create (section 3).

use serde_json::{Value, json};

use pail_testing::{Call, Gateway, Installation, NOW, callers};

/// A scope, a caller who may create buckets in it, and the expected answer and items.
struct Case {
    scope: &'static str,
    token: String,
    creator: &'static str,
    acl: Value,
}

/// Each kind of scope, with a caller who may create buckets in it, and the default ACL of these buckets.
fn cases() -> [Case; 4] {
    let any = "UserID:ANY_AUTHENTICATED_USER";
    let readers = ["UserID:ANONYMOUS_USER", any];
    let all = |subjects: &[&str], drop: &[&str]| {
        json!({"M": {
            "CREATE_OBJECTS_IN_BUCKET": {"SS": subjects},
            "QUERY_OBJECTS_IN_BUCKET": {"SS": subjects},
            "READ_OBJECTS_IN_BUCKET": {"SS": subjects},
            "DROP_BUCKET_WITH_ALL_CONTENT": {"SS": drop},
        }})
    };
    let mut app = all(&[any], &[any]);
    for verb in ["QUERY_OBJECTS_IN_BUCKET", "READ_OBJECTS_IN_BUCKET"] {
        app["M"][verb] = json!({"SS": readers});
    }
    let (alice, sensor) = ("UserID:alice", "ThingID:sensor-1");
    [
        Case { scope: "demo", token: callers::user("alice"), creator: alice, acl: app },
        Case { scope: "demo/users/alice", token: callers::user("alice"), creator: alice, acl: all(&[alice], &[alice]) },
        Case {
            scope: "demo/groups/crew",
            token: callers::member("alice", &["crew"]),
            creator: alice,
            acl: all(&["GroupID:crew", alice], &[alice]),
        },
        Case {
            scope: "demo/things/sensor-1",
            token: callers::thing("sensor-1"),
            creator: sensor,
            acl: all(&[sensor], &[sensor]),
        },
    ]
}

#[tokio::test]
async fn the_first_object_of_a_bucket_is_stored_with_the_bucket_in_each_scope_through_each_gateway() {
    for gateway in Gateway::ALL {
        let installation = Installation::start().await;
        for Case { scope, token, creator, acl } in cases() {
            let call = Call::create(scope, "notes").through(gateway).bearer(&token);
            let (answer, items) = installation.created(&call).await;
            let id = answer.text("objectID");
            let body = format!(r#"{{"objectID":"{id}","createdAt":{NOW},"dataType":"application/json"}}"#);
            assert_eq!(answer.body, body);
            let location = format!("{}/api/apps/{scope}/buckets/notes/objects/{id}", gateway.base_url());
            assert_eq!(answer.header("location"), location);

            let bucket = &items[&format!(" {scope} bucket/notes")];
            let generation = bucket["generation"]["S"].as_str().unwrap_or_default();
            let writer = bucket["writer"]["S"].as_str().unwrap_or_default();
            let hexadecimal = |text: &str| text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
            assert!(generation.len() == 32 && hexadecimal(generation), "{bucket}");
            assert!(!writer.is_empty() && writer != generation, "{bucket}");
            let now = json!({"N": NOW.to_string()});
            let expected = json!({
                "pk": {"S": scope}, "sk": {"S": "bucket/notes"},
                "generation": {"S": generation}, "writer": {"S": writer}, "version": {"N": "1"},
                "acl": acl, "creator": {"S": creator}, "created": now,
            });
            assert_eq!(*bucket, expected);
            let partition = format!("{scope}/notes:{generation}");
            let expected = json!({
                "pk": {"S": partition}, "sk": {"S": id},
                "writer": {"S": writer}, "version": {"N": "1"}, "content": {"S": r#"{"title":"Milk","done":false}"#},
                "data_type": {"S": "application/json"}, "owner": {"S": creator}, "created": now, "modified": now,
                "entries": {"M": {}},
            });
            assert_eq!(items[&format!(" {partition} {id}")], expected);
            assert_eq!(items.len(), 2, "{items:?}");
        }
    }
}

#[tokio::test]
async fn a_further_object_is_stored_in_the_existing_bucket_and_changes_nothing_else() {
    let installation = Installation::start().await;
    for Case { scope, token, .. } in cases() {
        let call = Call::create(scope, "notes").bearer(&token);
        let (_, first) = installation.created(&call).await;
        let (answer, second) = installation.created(&call).await;
        let [object] = second.values().collect::<Vec<_>>()[..] else {
            panic!("other items than the object were written: {second:?}");
        };
        assert_eq!(object["sk"]["S"], answer.text("objectID"));
        let old = first.values().find(|item| item.get("content").is_some()).expect("the first object");
        assert_eq!(object["pk"], old["pk"]);
        assert_ne!(object["sk"], old["sk"]);
        assert_ne!(object["writer"], old["writer"], "each request has its own writer");
    }
}

#[tokio::test]
async fn buckets_of_anonymous_callers_and_the_administrator_have_no_creators_entry() {
    let installation = Installation::start().await;
    for scope in ["demo", "demo/users/alice", "demo/groups/crew", "demo/things/sensor-1"] {
        installation.put_scope_acl(scope, json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
        let anonymous = Call::create(scope, "by-anonymous").basic("demo", "demo-key");
        let administrator = Call::create(scope, "by-administrator").bearer(&callers::administrator("operator"));
        for (call, creator) in [(anonymous, "UserID:ANONYMOUS_USER"), (administrator, "AdminID:operator")] {
            let (_, items) = installation.created(&call).await;
            let bucket = items.values().find(|item| item.get("acl").is_some()).expect("a bucket");
            assert_eq!(bucket["creator"]["S"], creator);
            let (subject, drop) = match scope {
                "demo" => ("UserID:ANY_AUTHENTICATED_USER", json!({"SS": ["UserID:ANY_AUTHENTICATED_USER"]})),
                "demo/users/alice" => ("UserID:alice", json!({"SS": ["UserID:alice"]})),
                "demo/groups/crew" => ("GroupID:crew", Value::Null),
                _ => ("ThingID:sensor-1", json!({"SS": ["ThingID:sensor-1"]})),
            };
            let acl = &bucket["acl"]["M"];
            assert_eq!(acl["CREATE_OBJECTS_IN_BUCKET"]["SS"], json!([subject]));
            assert_eq!(acl["DROP_BUCKET_WITH_ALL_CONTENT"], drop);
        }
    }
}

#[tokio::test]
async fn a_prefix_of_the_bucket_changes_neither_the_bucket_nor_the_location() {
    let installation = Installation::start().await;
    let token = callers::user("alice");
    for prefix in ["", "rw:", "default:", "rw%3A", "default%3a"] {
        let call = Call::create("demo", &format!("{prefix}notes")).through(Gateway::FunctionUrl).bearer(&token);
        let (answer, _) = installation.created(&call).await;
        let location = format!("{}/api/apps/demo/buckets/notes/objects/", Gateway::FunctionUrl.base_url());
        assert!(answer.header("location").starts_with(&location), "{answer:?}");
    }
    assert_eq!(installation.count().await, (1, 5));
}

#[tokio::test]
async fn users_me_is_the_scope_of_the_user_who_calls() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        let call = Call::create("demo/users/me", "notes").through(gateway).bearer(&callers::user("alice"));
        let (answer, items) = installation.created(&call).await;
        let location = format!("{}/api/apps/demo/users/alice/buckets/notes/objects/", gateway.base_url());
        assert!(answer.header("location").starts_with(&location), "{answer:?}");
        assert!(
            items.values().all(|item| item["pk"]["S"].as_str().unwrap_or_default().starts_with("demo/users/alice"))
        );
    }
    let by_name = Call::create("demo/users/alice", "notes").bearer(&callers::user("alice"));
    installation.created(&by_name).await;
    assert_eq!(installation.count().await, (1, 4));
}

#[tokio::test]
async fn users_me_does_not_exist_for_callers_who_are_not_users() {
    let installation = Installation::start().await;
    let call = || Call::create("demo/users/me", "notes");
    for (call, principal) in [
        (call().basic("demo", "demo-key"), "ANONYMOUS_USER"),
        (call().header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key"), "ANONYMOUS_USER"),
        (call().bearer(&callers::thing("sensor-1")), "sensor-1"),
        (call().bearer(&callers::administrator("operator")), "operator"),
    ] {
        let answer = installation.refused(&call, 401, "UNAUTHORIZED").await;
        assert_eq!(answer.text("authenticatedAppID"), "demo");
        assert_eq!(answer.text("authenticatedPrincipalID"), principal);
    }
}

#[tokio::test]
async fn a_request_takes_time_and_random_bits_from_the_given_system() {
    let system = pail::system::System::new(
        || pail::system::Timestamp(std::time::Duration::from_millis(NOW)),
        || Err(pail::system::NoRandomness),
    );
    let without_randomness = Installation::without_app(system).await;
    let call = Call::create("demo", "notes").bearer(&callers::user("alice"));
    without_randomness.refused(&call, 500, "UNDEFINED_ERROR").await;
}
