//! What tokens cost: calls and units (protocol).

use std::time::Duration;

use pail_testing::wire::Sent;
use pail_testing::{Call, Installation, callers};
use serde_json::{Value, json};

use super::stage::*;

const BATCH: &str = "BatchGetItem";
const GET: &str = "GetItem";
const PUT: &str = "PutItem";
const UPDATE: &str = "UpdateItem";

/// The names of calls.
fn names(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.operation.as_str()).collect()
}

/// How many keys of a table a batch asks for.
fn keys(sent: &Sent, table: &str) -> usize {
    sent.body["RequestItems"][table]["Keys"].as_array().map_or(0, Vec::len)
}

/// The calls of a request.
async fn calls(installation: &Installation, call: &Call) -> Vec<Sent> {
    installation.wire.take_sent();
    installation.answer(call).await;
    installation.wire.take_sent()
}

#[tokio::test]
async fn issuing_takes_a_read_and_a_write() {
    let installation = installation().await;
    let short = token(&installation, &of_backend()).await;
    for (call, objects) in [
        (of_backend(), 0),
        (request(json!({"client_id": "demo", "client_secret": "demo-key"})), 0),
        (exchange(&callers::user("alice"), json!({})), 0),
        // The token that is exchanged is read in the same batch.
        (exchange(&short, json!({})), 1),
    ] {
        let sent = calls(&installation, &call).await;
        assert_eq!(names(&sent), [BATCH, PUT]);
        assert_eq!((keys(&sent[0], "apps"), keys(&sent[0], "objects")), (1, objects));
        for table in ["apps", "objects"] {
            let consistent = &sent[0].body["RequestItems"][table]["ConsistentRead"];
            assert!(*consistent == true || objects == 0 && table == "objects", "{sent:?}");
        }
        assert_eq!(sent[1].body["ConditionExpression"], "attribute_not_exists(pk)");
    }
}

#[tokio::test]
async fn a_wrong_secret_costs_one_read() {
    let installation = installation().await;
    for (id, secret) in [("backend", "wrong"), ("nobody", "wrong"), ("demo", "wrong")] {
        let sent = calls(&installation, &request(json!({"client_id": id, "client_secret": secret}))).await;
        assert_eq!((names(&sent), keys(&sent[0], "apps")), (vec![BATCH], 1));
        let sent = calls(&installation, &post("/api/apps/demo/oauth2/token").basic(id, secret)).await;
        assert_eq!((names(&sent), keys(&sent[0], "apps")), (vec![BATCH], 1));
    }
    for bad in ["x", &format!("pail_{}", "x".repeat(43))] {
        assert_eq!(names(&calls(&installation, &exchange(bad, json!({}))).await), [BATCH]);
    }
}

#[tokio::test]
async fn revoking_takes_a_read_and_where_there_is_a_token_a_write() {
    let installation = installation().await;
    let short = token(&installation, &of_backend()).await;
    for (token, expected) in
        [("x", &[BATCH][..]), (&format!("pail_{}", "x".repeat(43)), &[BATCH]), (&short, &[BATCH, UPDATE])]
    {
        assert_eq!(names(&calls(&installation, &revocation(token)).await), expected);
    }
    let sent = calls(&installation, &revocation(&short)).await;
    assert_eq!(names(&sent), [BATCH], "it is revoked already");
}

/// The calls of a request by an opaque token, and those of the same request by a signed one.
async fn both(installation: &Installation, short: &str, call: &Call) -> (Vec<Sent>, Vec<Sent>) {
    let signed = calls(installation, &call.clone().bearer(&callers::user("alice"))).await;
    (calls(installation, &call.clone().bearer(short)).await, signed)
}

#[tokio::test]
async fn an_opaque_token_is_one_key_more_in_the_batch_and_for_users_me_one_call_more() {
    for keep in [0, 5] {
        let installation = Installation::with(|settings| settings.keep = Duration::from_secs(keep)).await;
        installation.put_app(demo()).await;
        let short = token(&installation, &exchange(&callers::user("alice"), json!({}))).await;
        for scope in ["demo", "demo/users/alice", "demo/users/me"] {
            let create = Call::create(scope, "notes");
            // Makes the bucket, and lets the process see it.
            let created = installation.answer(&create.clone().bearer(&short)).await;
            installation.answer(&create.clone().bearer(&short)).await;
            let get = Call::object("GET", scope, "notes", &created.text("objectID"));
            for call in [create, get] {
                let (opaque, signed) = both(&installation, &short, &call).await;
                let is_me = scope.ends_with("/me");
                // Where app and bucket are cached, a signed token needs no read for a create.
                match (is_me, keep) {
                    (false, 0) => {
                        assert_eq!(names(&opaque), names(&signed));
                        assert_eq!(keys(&opaque[0], "objects"), keys(&signed[0], "objects") + 1);
                        assert_eq!(keys(&opaque[0], "apps"), 1);
                    }
                    (false, _) => {
                        let read = signed.first().filter(|sent| sent.operation == BATCH);
                        assert_eq!(opaque[0].operation, BATCH);
                        assert_eq!(keys(&opaque[0], "apps"), 0);
                        assert_eq!(keys(&opaque[0], "objects"), read.map_or(0, |read| keys(read, "objects")) + 1);
                    }
                    (true, _) => {
                        assert_eq!(opaque[0].operation, GET);
                        assert_eq!(opaque[0].body["ConsistentRead"], true);
                        assert_eq!(names(&opaque[1..]), names(&signed));
                        if let (Some(opaque), Some(signed)) = (opaque.get(1), signed.first()) {
                            assert_eq!(keys(opaque, "objects"), keys(signed, "objects"));
                        }
                    }
                }
            }
        }
        let me = calls(&installation, &post("/api/apps/demo/users/me").method("GET").bearer(&short)).await;
        assert_eq!((names(&me), keys(&me[0], "objects")), (vec![BATCH], 1));
    }
}

#[tokio::test]
async fn an_item_of_a_token_takes_one_unit() {
    let installation = installation().await;
    token(&installation, &exchange(&callers::member("alice", &["crew", "staff"]), json!({}))).await;
    token(&installation, &of_backend()).await;
    for item in stored_tokens(&installation).await {
        let size: usize = item.as_object().expect("an item").iter().map(|(name, value)| name.len() + size(value)).sum();
        assert!(size < 512, "{size}: {item}");
    }
}

/// The size of a value, a little too large.
fn size(value: &Value) -> usize {
    value.to_string().len()
}
