//! No task of a request continues after the answer, because the execution environment is frozen then.

use std::time::Duration;

use tokio::runtime::Handle;

use pail_testing::{Act, Call, Installation, callers};

fn alive() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn no_task_is_alive_after_any_answer() {
    let mut installation = Installation::start().await;
    installation.time_left = Duration::from_secs(5);
    let user = callers::user("alice");
    let create = |bucket: &str| Call::create("demo", bucket).bearer(&user);
    type Disturb = fn(&Installation);
    let undisturbed: Disturb = |_| {};
    let hanging: [(&str, Disturb); 4] = [
        ("BatchGetItem", |installation| installation.wire.always("BatchGetItem", || Act::Hang)),
        ("GetItem", |installation| installation.wire.always("GetItem", || Act::Hang)),
        ("TransactWriteItems", |installation| installation.wire.always("TransactWriteItems", || Act::HangAfter)),
        ("PutItem", |installation| installation.wire.always("PutItem", || Act::HangAfter)),
    ];
    let before = alive();
    let mut cases = vec![
        (201, create("notes"), undisturbed),
        (201, create("notes"), undisturbed),
        (201, create("notes").key("k"), undisturbed),
        (201, create("notes").key("k"), undisturbed),
        (422, create("notes").key("k").body("{}"), undisturbed),
        (204, create("notes").method("OPTIONS"), undisturbed),
        (400, create("notes").body("["), undisturbed),
        (400, create("_notes"), undisturbed),
        (401, create("notes").without("authorization"), undisturbed),
        (401, create("new").basic("demo", "demo-key"), undisturbed),
        (403, create("notes").bearer("x.y.z"), undisturbed),
        (404, create("notes").path("/"), undisturbed),
        (404, Call::create("nowhere", "notes").basic("nowhere", "key"), undisturbed),
        (200, create("notes").method("GET"), undisturbed),
        (405, create("notes").method("PUT"), undisturbed),
        (413, create("notes").body(vec![b' '; 140_000]), undisturbed),
        (201, create("notes"), |installation| installation.wire.plan("PutItem", [Act::LoseReply, Act::Hang])),
        (500, create("notes"), |installation| {
            installation.wire.always("PutItem", || Act::error("AccessDeniedException"));
        }),
        (503, create("notes"), |installation| installation.wire.always("PutItem", || Act::Cut)),
        (503, create("notes"), |installation| {
            installation.wire.always("BatchGetItem", || Act::error("ThrottlingException"));
        }),
        (503, create("new"), |installation| installation.wire.always("TransactWriteItems", Act::conflict)),
    ];
    for (operation, disturb) in hanging {
        let bucket = if operation == "TransactWriteItems" { "hung" } else { "new" };
        cases.push((503, create(if operation == "PutItem" { "notes" } else { bucket }), disturb));
    }
    for (status, call, disturb) in cases {
        disturb(&installation);
        let answer = installation.answer(&call).await;
        assert_eq!(answer.status, status, "{call:?}: {answer:?}");
        assert_eq!(alive(), before, "a task of {call:?} is still running");
        // No task starts later either.
        installation.wire.take_sent();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!((alive(), installation.wire.take_sent().len()), (before, 0), "{call:?}");
        installation.wire.forget_plans();
    }
}
