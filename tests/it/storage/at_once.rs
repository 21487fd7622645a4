//! Writes of one object by many at once: none is lost, and each condition lets one through.

use std::collections::BTreeSet;
use std::sync::Arc;

use pail_testing::{Answer, Call, Installation, callers, figure};
use serde_json::json;
use tokio::task::JoinSet;

fn call(method: &str, user: usize) -> Call {
    Call::object(method, "demo", "notes", "the-object").bearer(&callers::user(&format!("user-{user}")))
}

async fn installation() -> Arc<Installation> {
    let installation = Installation::start().await;
    installation
        .put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]}))
        .await;
    Arc::new(installation)
}

/// Sends all requests at once. The answers are in their order.
async fn all(installation: &Arc<Installation>, calls: Vec<Call>) -> Vec<Answer> {
    let mut requests = JoinSet::new();
    for (number, call) in calls.into_iter().enumerate() {
        let installation = installation.clone();
        requests.spawn(async move { (number, installation.answer(&call).await) });
    }
    let mut answers = requests.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test(start_paused = true)]
async fn fifty_patches_of_different_members_at_once_are_all_there() {
    for _ in 0..figure(1, 50) {
        let installation = installation().await;
        installation.answer(&call("PUT", 0).body("{}")).await;
        let patch = |number: usize| {
            let patch = call("PATCH", number).body(format!(r#"{{"member-{number}":{number}}}"#));
            if number < 25 { patch } else { patch.content_type("application/merge-patch+json") }
        };
        let answers = all(&installation, (0..50).map(patch).collect()).await;
        let etags: BTreeSet<&str> = answers.iter().map(|answer| answer.header("etag")).collect();
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.json()[format!("member-{number}")], number, "{answer:?}");
        }
        assert_eq!(etags.len(), 50, "an ETag was given twice: {etags:?}");
        let object = installation.answer(&call("GET", 0)).await;
        assert_eq!(object.header("etag"), "\"51\"");
        for number in 0..50 {
            assert_eq!(object.json()[format!("member-{number}")], number, "{object:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_twenty_puts_of_a_new_id_at_once_one_creates_it() {
    for bucket in [true, false] {
        for _ in 0..figure(2, 200) {
            let installation = if bucket { installation().await } else { Arc::new(Installation::start().await) };
            let put =
                |number: usize| call("PUT", number).body(format!(r#"{{"n":{number}}}"#)).header("If-None-Match", "*");
            let answers = all(&installation, (0..20).map(put).collect()).await;
            let created: Vec<usize> = (0..20).filter(|number| answers[*number].status == 201).collect();
            let [winner] = created[..] else { panic!("{created:?} have created it") };
            let refused = answers.iter().filter(|answer| answer.error_code() == "OBJECT_ALREADY_EXISTS");
            assert_eq!(refused.count(), 19, "{answers:?}");
            let object = installation.answer(&call("GET", 0)).await;
            assert_eq!((object.header("etag"), &object.json()["n"]), ("\"1\"", &json!(winner)));
            assert_eq!(object.text("_owner"), format!("user-{winner}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_twenty_writes_with_one_etag_at_once_one_is_made() {
    for method in ["PUT", "PATCH", "DELETE"] {
        for _ in 0..figure(1, 100) {
            let installation = installation().await;
            installation.answer(&call("PUT", 0).body("{}")).await;
            let write = |number: usize| {
                let call = call(method, number).header("If-Match", "\"1\"");
                if method == "DELETE" { call } else { call.body(format!(r#"{{"n":{number}}}"#)) }
            };
            let answers = all(&installation, (0..20).map(write).collect()).await;
            let made = answers.iter().filter(|answer| answer.status < 300).count();
            // After the DELETE of another, there is nothing that anybody without a right to read may know of.
            let others = answers.iter().filter(|answer| [401, 409].contains(&answer.status)).count();
            assert_eq!((made, others), (1, 19), "{method}: {answers:?}");
        }
    }
}
