//! One `Idempotency-Key` in many concurrent requests, with and without lost replies: one object, and the same answer
//! for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use pail_testing::{Act, Answer, Call, Installation, Random, callers, cases, figure};

/// The number of clients that send the same request at the same time.
const CLIENTS: usize = 100;
/// The maximum number of times that a client sends it after a 503.
const PATIENCE: usize = 100;

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice")).key("first-of-may").body(r#"{"title":"Milk"}"#)
}

async fn installation(bucket: bool) -> Arc<Installation> {
    let installation = Installation::start().await;
    if bucket {
        let acl = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
        installation.put_bucket("demo", "notes", acl).await;
    }
    Arc::new(installation)
}

/// Returns the last answer to each client, and the total number of repeated requests.
async fn all_at_once(installation: &Arc<Installation>) -> (Vec<Answer>, usize) {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let installation = installation.clone();
        clients.spawn(async move {
            let (mut answer, mut again) = (installation.answer(&call()).await, 0);
            while answer.status == 503 && again < PATIENCE {
                answer = installation.answer(&call()).await;
                again += 1;
            }
            (answer, again)
        });
    }
    let (answers, again): (_, Vec<usize>) = clients.join_all().await.into_iter().unzip();
    (answers, again.iter().sum())
}

/// Checks that all answers are the same, about the only object. Returns how many are not marked as replays.
async fn one_object_and_one_answer(installation: &Installation, answers: &[Answer]) -> usize {
    let items = installation.items().await;
    assert_eq!(installation.count().await, (1, 1), "{items:?}");
    let object = items.values().find(|item| item.get("content").is_some()).expect("the object");
    let first = answers[0].without_mark();
    assert_eq!(object["sk"]["S"], first.text("objectID"));
    assert_eq!(object["content"]["S"], r#"{"title":"Milk"}"#);
    assert_eq!(
        (&object["version"]["N"], &object["created"]["N"]),
        (&json!("1"), &json!(first.json()["createdAt"].to_string()))
    );
    for answer in answers {
        assert_eq!((answer.status, answer.without_mark()), (201, first.clone()));
    }
    answers.iter().filter(|answer| !answer.is_replay()).count()
}

async fn a_hundred_at_once(rounds: usize) {
    for (case, _) in cases(rounds) {
        for bucket in [true, false] {
            let installation = installation(bucket).await;
            let (answers, again) = all_at_once(&installation).await;
            assert_eq!(again, 0, "{case:?}: no request may fail");
            assert_eq!(
                one_object_and_one_answer(&installation, &answers).await,
                1,
                "{case:?}: only one answer is not a replay"
            );
        }
    }
}

#[tokio::test]
async fn a_hundred_requests_at_once_with_one_key_create_one_object_and_get_one_answer() {
    a_hundred_at_once(figure(1, 100)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_requests_on_several_threads_create_one_object_and_get_one_answer() {
    a_hundred_at_once(figure(1, 100)).await;
}

/// Disturbs a third of the writing calls in one of these ways, and counts them.
fn disturb(installation: &Installation, random: &Random, ways: &'static [fn() -> Act]) -> Arc<AtomicUsize> {
    let disturbed = Arc::new(AtomicUsize::new(0));
    for (operation, stream) in [("PutItem", 1), ("TransactWriteItems", 2)] {
        let (mut random, disturbed) = (random.clone(), disturbed.clone());
        (0..stream).for_each(|_| _ = random.number());
        installation.wire.always(operation, move || {
            if random.below(3) > 0 {
                return Act::Pass;
            }
            disturbed.fetch_add(1, Ordering::SeqCst);
            random.pick(ways)()
        });
    }
    disturbed
}

/// The same with failures. If the reply to the successful write is lost, at most one answer is not a replay.
async fn a_hundred_at_once_disturbed(rounds: usize, ways: &'static [fn() -> Act]) {
    let (mut sent_again, mut unseen) = (0, 0);
    for (case, random) in cases(rounds) {
        for bucket in [true, false] {
            let installation = installation(bucket).await;
            let disturbed = disturb(&installation, &random, ways);
            let (answers, again) = all_at_once(&installation).await;
            let first = one_object_and_one_answer(&installation, &answers).await;
            assert!(first <= 1, "{case:?}: {first} were first");
            // A third of at least a hundred calls. Fewer than this are practically impossible.
            assert!(disturbed.load(Ordering::SeqCst) > 5, "{case:?}: {disturbed:?} were disturbed");
            sent_again += again;
            unseen += 1 - first;
        }
    }
    println!("{sent_again} sent again after 503, {unseen} objects for which every answer was a replay");
    // About one request in eighty gets a 503.
    assert!(sent_again > 0 || rounds < 10, "nothing was sent again");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_with_lost_or_late_replies_create_one_object_and_get_one_answer() {
    a_hundred_at_once_disturbed(figure(1, 100), &[|| Act::LoseReply, || Act::HangAfter]).await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_with_lost_calls_and_replies_create_one_object_and_get_one_answer() {
    let ways: &[fn() -> Act] = &[
        || Act::Cut,
        || Act::LoseReply,
        || Act::Hang,
        || Act::error("InternalServerError"),
        || Act::error("ThrottlingException"),
    ];
    a_hundred_at_once_disturbed(figure(1, 100), ways).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_requests_on_several_threads_with_lost_replies_create_one_object() {
    a_hundred_at_once_disturbed(figure(1, 100), &[|| Act::LoseReply]).await;
}
