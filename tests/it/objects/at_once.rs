//! Writes of one object by several clients at once.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use pail_testing::{Answer, Call, Installation, callers, cases, figure};

fn call(method: &str) -> Call {
    call_by("alice", method)
}

fn call_by(user: &str, method: &str) -> Call {
    Call::object(method, "demo", "notes", "o1").bearer(&callers::user(user))
}

/// Makes these calls at the same time. Returns the answers in the order of the calls.
async fn all_at_once(installation: &Arc<Installation>, calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let clients = calls.into_iter().map(|call| {
        let installation = installation.clone();
        tokio::spawn(async move { installation.answer(&call).await })
    });
    let mut answers = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        answers.push(client.await.expect("an answer"));
    }
    answers
}

async fn read(installation: &Installation) -> Value {
    let answer = installation.answer(&call("GET")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Two clients change 25 members each, one after the other.
async fn changes_of_different_members() {
    let installation = Arc::new(Installation::start().await);
    installation.answer(&call("PUT").body("{}")).await;
    let mut clients = JoinSet::new();
    for client in ["a", "b"] {
        let installation = installation.clone();
        clients.spawn(async move {
            for number in 0..25 {
                let change = call("PATCH").body(format!(r#"{{"{client}{number}":{number}}}"#));
                let answer = installation.answer(&change).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                // Each answer contains all earlier changes of this client.
                let body = answer.json();
                assert!((0..=number).all(|earlier| body[format!("{client}{earlier}")] == earlier), "{body}");
            }
        });
    }
    clients.join_all().await;
    let body = read(&installation).await;
    for client in ["a", "b"] {
        assert!((0..25).all(|number| body[format!("{client}{number}")] == number), "{body}");
    }
    assert_eq!(body["_version"], "51");
}

#[tokio::test]
async fn no_change_of_two_clients_that_change_25_different_members_each_is_lost() {
    for (_, _) in cases(figure(1, 20)) {
        changes_of_different_members().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_of_two_clients_on_several_threads_is_lost() {
    for (_, _) in cases(figure(1, 20)) {
        changes_of_different_members().await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_of_50_changes_at_once_by_either_merge_is_merged_into_the_previous_version() {
    for (_, _) in cases(figure(1, 50)) {
        let installation = Arc::new(Installation::start().await);
        installation.answer(&call("PUT").body("{}")).await;
        let change = |number: usize| {
            let change = call("PATCH").body(format!(r#"{{"m{number}":{number}}}"#));
            if number < 25 { change } else { change.content_type("application/merge-patch+json") }
        };
        let answers = all_at_once(&installation, (0..50).map(change)).await;
        let mut versions: Vec<u64> = answers.iter().map(Answer::version).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..=51).collect::<Vec<u64>>());
        for (number, answer) in answers.iter().enumerate() {
            // An object of version n contains n - 1 of the changes.
            let body = answer.json();
            let members = (0..50).filter(|number| body[format!("m{number}")] == *number).count() as u64;
            assert_eq!(members, answer.version() - 1, "{answer:?}");
            assert_eq!(body[format!("m{number}")], number, "{answer:?}");
        }
        let body = read(&installation).await;
        assert!((0..50).all(|number| body[format!("m{number}")] == number), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_20_puts_of_a_new_id_at_once_that_expect_none_one_is_201_and_nineteen_are_409() {
    for (case, _) in cases(figure(2, 200)) {
        for bucket in [true, false] {
            let installation = Arc::new(Installation::start().await);
            if bucket {
                let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
                installation.put_bucket("demo", "notes", acl).await;
            }
            let put = |number: usize| {
                let put = call_by(&format!("user-{number}"), "PUT").body(format!(r#"{{"by":{number}}}"#));
                put.header("If-None-Match", "*")
            };
            let answers = all_at_once(&installation, (0..20).map(put)).await;
            let winners: Vec<usize> = (0..20).filter(|at| answers[*at].status == 201).collect();
            let [winner] = winners[..] else { panic!("{case:?}: {answers:?}") };
            let others = answers.iter().filter(|answer| answer.error_code() == "OBJECT_ALREADY_EXISTS");
            assert_eq!(others.count(), 19, "{case:?}: {answers:?}");
            let body = read(&installation).await;
            assert_eq!((&body["by"], &body["_version"]), (&json!(winner), &json!("1")));
            assert_eq!(body["_owner"], format!("user-{winner}"));
            assert_eq!(installation.count().await, (1, 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_20_writes_at_once_with_the_same_etag_one_succeeds_and_nineteen_are_refused() {
    for (case, _) in cases(figure(1, 100)) {
        for (method, may_read, refused) in [
            ("PUT", true, "OBJECT_VERSION_IS_STALE"),
            ("PUT", false, "OBJECT_VERSION_IS_STALE"),
            ("PATCH", true, "OBJECT_VERSION_IS_STALE"),
            ("PATCH", false, "OBJECT_VERSION_IS_STALE"),
            ("DELETE", true, "OBJECT_NOT_FOUND"),
            // Without a right to read the bucket, an answer does not reveal that the object was deleted.
            ("DELETE", false, "UNAUTHORIZED"),
        ] {
            let installation = Arc::new(Installation::start().await);
            let everybody = ["UserID:ANY_AUTHENTICATED_USER"];
            let readers = if may_read { &everybody[..] } else { &["UserID:nobody"] };
            let acl = json!({"CREATE_OBJECTS_IN_BUCKET": everybody, "READ_OBJECTS_IN_BUCKET": readers});
            installation.put_bucket("demo", "notes", acl).await;
            installation.answer(&call("PUT").body("{}")).await;
            let write = |number: usize| {
                let write = call_by(&format!("user-{number}"), method).header("If-Match", "\"1\"");
                if method == "DELETE" { write } else { write.body(format!(r#"{{"by":{number}}}"#)) }
            };
            let answers = all_at_once(&installation, (0..20).map(write)).await;
            let made = answers.iter().filter(|answer| answer.status < 300).count();
            let others = answers.iter().filter(|answer| answer.error_code() == refused).count();
            assert_eq!((made, others), (1, 19), "{case:?}, {method}, {may_read}: {answers:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_20_deletes_at_once_one_is_204_and_nineteen_are_404() {
    let installation = Arc::new(Installation::start().await);
    installation.answer(&call("PUT").body("{}")).await;
    let answers = all_at_once(&installation, (0..20).map(|_| call("DELETE"))).await;
    let statuses = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((statuses(204), statuses(404)), (1, 19), "{answers:?}");
}

#[tokio::test(start_paused = true)]
async fn of_20_puts_at_once_without_a_condition_all_succeed_one_after_the_other() {
    for bucket in [true, false] {
        let installation = Arc::new(Installation::start().await);
        if bucket {
            installation.created(&Call::create("demo", "notes").bearer(&callers::user("alice"))).await;
        }
        let puts = (0..20).map(|number| call("PUT").body(format!(r#"{{"by":{number}}}"#)));
        let answers = all_at_once(&installation, puts).await;
        let mut versions: Vec<u64> = answers.iter().map(Answer::version).collect();
        versions.sort_unstable();
        assert_eq!(versions, (1..=20).collect::<Vec<u64>>());
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(read(&installation).await["_version"], "20");
    }
}
