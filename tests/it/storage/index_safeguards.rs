//! A test for each of the protocol's safeguards for index entries, which fails without that safeguard (protocol: what goes
//! wrong otherwise), unless another file has the test.

use std::time::Duration;

use pail::model::index::{Indexes, RuleState};
use pail::model::marks::RuleNumber;
use pail::operation::index::LEFT_OVER;
use pail::operation::index::fill::{Filled, fill};
use pail::operation::index::rules::{WAIT_TO_EMPTY, WAIT_TO_FILL, WAIT_TO_REMOVE, retire};
use pail::operation::index::targets::Workplace;
use pail_testing::{Act, Answer, Call, Clock, Direct, Installation, NOW, app, callers, items};
use serde_json::{Value, json};

use crate::indexes::stage::{
    assert_exact, fill_all, give, index, is_held, live, path, rules, stored_rule, wired_workplace, workplace,
};
use crate::operators::sweep::sweep_an_hour_later;
use crate::queries::stage::{as_administrator, call, grant, ids, put};

const MINUTE: u64 = 60 * 1000;
const ENTRIES: &str = "BatchWriteItem";
const UPDATE: &str = "UpdateItem";
const PUT: &str = "PutItem";

/// A request for an object, by the administrator.
fn write(method: &str, id: &str, body: &str) -> Call {
    let call = Call::object(method, "demo", "notes", id).bearer(&callers::administrator("operator"));
    if method == "DELETE" { call.body("") } else { call.body(body) }
}

/// An installation with the bucket and these indexes, and its clock. The bucket holds `o1` with `n` = 1.
async fn start(indexes: &Indexes) -> (Installation, Clock) {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    give(&installation, indexes.clone()).await;
    grant(&installation, "notes").await;
    put(&installation, 1, r#"{"n":1}"#).await;
    fill_all(&installation, indexes).await;
    (installation, clock)
}

/// The same with one index that is ready.
async fn ready() -> (Installation, Clock) {
    start(&rules(&["n"], RuleState::Ready)).await
}

/// The same with one that is to be filled.
async fn unfilled() -> (Installation, Clock) {
    let (installation, clock) = start(&Indexes::default()).await;
    give(&installation, rules(&["n"], RuleState::Building)).await;
    (installation, clock)
}

/// The objects that a query by the index finds with this `n`.
async fn found(installation: &Installation, n: u32) -> Vec<String> {
    let body = json!({"bucketQuery": {"clause": {"type": "eq", "field": "n", "value": n}}, "explain": true});
    let answer = installation.answer(&as_administrator(call(body.to_string()))).await;
    assert_eq!(answer.json()["explain"]["plan"], "index n", "{answer:?}");
    ids(&answer)
}

/// The item of `o1`.
async fn object(installation: &Installation) -> Value {
    installation.items().await.into_values().find(|item| item["sk"]["S"] == "o1").expect("o1")
}

/// Another client's request just before a call takes effect.
fn after(installation: &Installation, request: Call) -> Act {
    let rival = installation.rival();
    Act::after(move || rival.succeeds(request))
}

/// A change of the object's ACL.
fn acl_change() -> Call {
    let path = "/api/apps/demo/buckets/notes/objects/o1/acl/READ_EXISTING_OBJECT/UserID:bob";
    Call::object("PUT", "demo", "notes", "o1").path(path).bearer(&callers::administrator("operator"))
}

/// Fills the index over the wire.
async fn fill_over_the_wire(installation: &Installation) -> Filled {
    filled(wired_workplace(installation), &installation.direct()).await
}

async fn filled(workplace: Workplace, direct: &Direct) -> Filled {
    let app = direct.session().app(&path().scope.app).await.expect("the app can be read").expect("an app");
    let rule = app.indexes.get(RuleNumber(1)).expect("a rule").clone();
    fill(&workplace, &live(direct).await, &rule, |_| ()).await.expect("it is filled").expect("the app has the rule")
}

/// Another fill, just before a call takes effect.
fn after_another_fill(installation: &Installation) -> impl Future<Output = ()> + Send + use<> {
    let (direct, workplace) = (installation.direct(), workplace(installation));
    async move {
        filled(workplace, &direct).await;
    }
}

/// Lets queries use the index.
async fn make_ready(installation: &Installation) {
    give(installation, rules(&["n"], RuleState::Ready)).await;
}

/// Checks that every object has the entry of each of its marks.
async fn assert_every_mark_has_its_entry(installation: &Installation) {
    let items: Vec<Value> = installation.items().await.into_values().collect();
    let marks: usize = items.iter().filter_map(|item| item["entries"]["M"].as_object()).map(|marks| marks.len()).sum();
    let entries = installation.entries().await;
    let held = entries.iter().filter(|entry| is_held(&items, entry)).count();
    assert_eq!(held, marks, "{items:#?}");
}

/// Safeguard: a fresh token in each round. A late deletion from the first round removes nothing of the second.
#[tokio::test(start_paused = true)]
async fn a_late_deletion_of_an_earlier_round_removes_no_entry_of_a_later_one() {
    for method in ["PUT", "PATCH"] {
        let (installation, _) = ready().await;
        installation.wire.plan(ENTRIES, [Act::Pass, Act::Hold]);
        installation.wire.plan(UPDATE, [after(&installation, write("PATCH", "o1", r#"{"x":1}"#))]);
        assert_eq!(installation.answer(&write(method, "o1", r#"{"n":2}"#)).await.status, 200);
        installation.wire.deliver_held().await;
        assert_eq!(found(&installation, 2).await, ["o1"], "{method}");
        assert_eq!(found(&installation, 1).await.len(), 0, "{method}");
        assert_exact(&installation).await;
    }
}

/// The same in a back fill.
#[tokio::test(start_paused = true)]
async fn a_late_deletion_of_an_earlier_round_of_a_fill_removes_no_entry_of_a_later_one() {
    let (installation, _) = unfilled().await;
    installation.wire.plan(ENTRIES, [Act::Pass, Act::Hold]);
    installation.wire.plan(UPDATE, [after(&installation, acl_change())]);
    assert_eq!(fill_over_the_wire(&installation).await, Filled { objects: 1, added: 1 });
    installation.wire.deliver_held().await;
    make_ready(&installation).await;
    assert_eq!(found(&installation, 1).await, ["o1"]);
    assert_exact(&installation).await;
}

/// Safeguard: after a replay, the item that came back is looked at before own entries are deleted.
#[tokio::test(start_paused = true)]
async fn a_create_that_is_replayed_to_itself_leaves_the_entry_that_a_later_put_has_kept() {
    let (installation, _) = ready().await;
    let (rival, wire) = (installation.rival(), installation.wire.clone());
    let meanwhile = move || async move {
        let put = wire.take_sent().pop().expect("the put");
        let id = put.body["Item"]["sk"]["S"].as_str().expect("an ID").to_owned();
        rival.succeeds(write("PUT", &id, r#"{"n":7,"kept":true}"#)).await;
    };
    installation.wire.plan(PUT, [Act::lose_reply_after(meanwhile)]);
    let create = Call::create("demo", "notes").body(r#"{"n":7}"#).key("k1").bearer(&callers::administrator("operator"));
    let answer = installation.answer(&create).await;
    assert_eq!((answer.status, answer.is_replay()), (201, true), "{answer:?}");
    assert_eq!(found(&installation, 7).await, [answer.text("objectID")]);
    assert_exact(&installation).await;
}

/// Safeguard: entries are left where the outcome of the write is unknown.
#[tokio::test(start_paused = true)]
async fn a_write_that_lands_after_its_request_was_answered_503_is_found_under_its_value() {
    for (id, operation, method) in [("o1", UPDATE, "PUT"), ("o1", UPDATE, "PATCH"), ("o2", PUT, "PUT")] {
        let (installation, _) = ready().await;
        installation.wire.plan(operation, [Act::Hold, Act::Cut, Act::Cut, Act::Cut]);
        assert_eq!(installation.answer(&write(method, id, r#"{"n":2}"#)).await.status, 503);
        installation.wire.deliver_held().await;
        assert_eq!(found(&installation, 2).await, [id], "{method} {id}");
        assert_every_mark_has_its_entry(&installation).await;
    }
}

/// Safeguard: tokens. Whoever is refused deletes its own entries and nobody else's of the same value.
#[tokio::test]
async fn a_refused_write_removes_no_entry_of_the_object_that_another_has_made_with_the_same_value() {
    let (installation, _) = ready().await;
    installation.wire.plan(PUT, [after(&installation, write("PUT", "o2", r#"{"n":2}"#))]);
    let refused = installation.answer(&write("PUT", "o2", r#"{"n":2}"#).header("If-None-Match", "*")).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(found(&installation, 2).await, ["o2"]);
    assert_exact(&installation).await;
}

/// Safeguard: the generation in an entry's key. A query that still sees a bucket that was dropped removes nothing of the next.
#[tokio::test]
async fn a_query_of_a_dropped_bucket_removes_no_entry_of_the_next_bucket() {
    let (installation, clock) = ready().await;
    let old = installation.item("demo", "bucket/notes").await.expect("the bucket");
    installation.drop_bucket().await;
    installation.rival().succeeds(write("PUT", "o2", r#"{"n":1}"#)).await;
    clock.set(NOW + 21 * MINUTE);
    // As a cached copy would show it.
    installation.wire.plan(
        "BatchGetItem",
        [Act::alter(move |_, mut reply| {
            reply["Responses"]["objects"] = json!([old]);
            (200, reply.to_string())
        })],
    );
    found(&installation, 1).await;
    assert_eq!(found(&installation, 1).await, ["o2"]);
    assert_every_mark_has_its_entry(&installation).await;
}

/// Safeguard: `entries` is set whole. A write by a request that does not know the index leaves no token of another value.
#[tokio::test]
async fn an_object_that_was_written_without_the_index_is_filled_again() {
    for method in ["PUT", "PATCH"] {
        let (installation, _) = ready().await;
        // The request has read the app before the index was declared.
        installation.wire.plan(
            "BatchGetItem",
            [Act::alter(|_, mut reply| {
                reply["Responses"]["apps"][0].as_object_mut().expect("the app").remove("indexes");
                (200, reply.to_string())
            })],
        );
        assert_eq!(installation.answer(&write(method, "o1", r#"{"n":2}"#)).await.status, 200);
        filled(workplace(&installation), &installation).await;
        assert_eq!(found(&installation, 2).await, ["o1"], "{method}");
    }
}

/// Safeguard: entries before the object, and deletion after the commit.
#[tokio::test(start_paused = true)]
async fn a_write_that_stops_at_any_moment_leaves_every_object_with_its_entry() {
    for (method, id) in [("PUT", "o1"), ("PATCH", "o1"), ("DELETE", "o1"), ("PUT", "o2")] {
        for stop in 1..5 {
            let (installation, _) = ready().await;
            installation.wire.follow(move |site| if site.call == stop { Act::HangAfter } else { Act::Pass });
            let request = write(method, id, r#"{"n":2}"#);
            tokio::select! {
                biased;
                _ = installation.answer(&request) => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            installation.wire.forget_plans();
            assert_every_mark_has_its_entry(&installation).await;
            let items = installation.items().await;
            let of = |n: u32| items.values().filter(|item| item["content"]["S"] == format!(r#"{{"n":{n}}}"#)).count();
            assert_eq!([found(&installation, 1).await.len(), found(&installation, 2).await.len()], [of(1), of(2)]);
        }
    }
}

/// Safeguard: the token is kept where the value is unchanged.
#[tokio::test]
async fn an_object_that_is_patched_while_a_query_runs_is_found_if_its_values_stay() {
    let (installation, _) = ready().await;
    installation.wire.plan("BatchGetItem", [Act::Pass, after(&installation, write("PATCH", "o1", r#"{"x":1}"#))]);
    assert_eq!(found(&installation, 1).await, ["o1"]);
}

/// Safeguard: a query takes entries for left over only after 20 minutes.
#[tokio::test(start_paused = true)]
async fn a_query_removes_no_entry_of_a_write_that_may_still_land() {
    let (installation, clock) = ready().await;
    installation.wire.always(PUT, || Act::Hold);
    assert_eq!(installation.answer(&write("PUT", "o2", r#"{"n":2}"#)).await.status, 503);
    installation.wire.forget_plans();
    // A minute after the entry, and 15 minutes late; and clocks that differ by minutes.
    for minutes in [1, 16, 19] {
        clock.set(NOW + minutes * MINUTE);
        assert_eq!(found(&installation, 2).await.len(), 0);
    }
    installation.wire.deliver_held().await;
    assert_eq!(found(&installation, 2).await, ["o2"]);
}

/// Safeguard: those 20 minutes end when the query begins. A machine may sleep while it runs.
#[tokio::test(start_paused = true)]
async fn a_query_judges_the_age_of_entries_by_when_it_began() {
    let (installation, clock) = ready().await;
    installation.wire.always(PUT, || Act::Hold);
    assert_eq!(installation.answer(&write("PUT", "o2", r#"{"n":2}"#)).await.status, 503);
    installation.wire.forget_plans();
    let sleeps = Act::alter(move |_, reply| {
        clock.set(NOW + 21 * MINUTE);
        (200, reply.to_string())
    });
    installation.wire.plan("BatchGetItem", [Act::Pass, sleeps]);
    assert_eq!(found(&installation, 2).await.len(), 0);
    installation.wire.deliver_held().await;
    assert_every_mark_has_its_entry(&installation).await;
}

/// Safeguard: the waits of operators and queries. Requests run for 15 s at most (another test pins that), apps are cached for
/// 10 s at most, and calls are up to 15 minutes late.
#[test]
fn operators_wait_longer_than_a_request_can_take_effect() {
    let (run, cached) = (Duration::from_secs(15), Duration::from_secs(10));
    let late = Duration::from_secs(15 * 60);
    assert!(WAIT_TO_FILL >= run + cached + late);
    assert!(WAIT_TO_REMOVE >= run + cached);
    assert!(WAIT_TO_EMPTY >= run + cached + late);
    // A minute from the entry to the commit, and clocks that differ by minutes.
    assert!(LEFT_OVER >= Duration::from_secs(60) + late + Duration::from_secs(4 * 60));
}

/// Safeguard: `writer = :seen` in the pass.
#[tokio::test]
async fn a_fill_marks_no_object_that_has_another_value_meanwhile() {
    let (installation, _) = unfilled().await;
    let (rival, direct) = (installation.rival(), installation.direct());
    // A request that has read the app before the index was declared.
    let meanwhile = move || async move {
        let with_index = direct.session().app(&path().scope.app).await.expect("the app").expect("an app");
        direct.put_app(app("demo")).await;
        rival.succeeds(write("PUT", "o1", r#"{"n":2}"#)).await;
        direct.put_app(with_index).await;
    };
    installation.wire.plan(UPDATE, [Act::after(meanwhile)]);
    fill_over_the_wire(&installation).await;
    make_ready(&installation).await;
    assert_eq!(found(&installation, 2).await, ["o1"]);
    assert_eq!(found(&installation, 1).await.len(), 0);
    assert_exact(&installation).await;
}

/// Safeguard: "no token there" in the pass.
#[tokio::test]
async fn of_two_fills_at_once_one_marks_the_object_and_the_other_leaves_nothing() {
    for has_map in [true, false] {
        let (installation, _) = unfilled().await;
        if !has_map {
            let mut item = object(&installation).await;
            item.as_object_mut().expect("an item").remove("entries");
            installation.put(item).await;
        }
        let other = after_another_fill(&installation);
        installation.wire.plan(UPDATE, [Act::after(move || other)]);
        assert_eq!(fill_over_the_wire(&installation).await, Filled { objects: 1, added: 0 });
        make_ready(&installation).await;
        assert_eq!(found(&installation, 1).await, ["o1"]);
        assert_exact(&installation).await;
    }
}

/// Safeguard: the pass leaves `writer` and `version` alone.
#[tokio::test(start_paused = true)]
async fn a_fill_between_two_attempts_of_a_change_does_not_hide_that_it_took_effect() {
    let (installation, _) = unfilled().await;
    let other = after_another_fill(&installation);
    installation.wire.plan(UPDATE, [Act::lose_reply_after(move || other)]);
    let answer: Answer = installation.answer(&acl_change()).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_exact(&installation).await;
    let get = as_administrator(Call::object("GET", "demo", "notes", "o1"));
    let etag = installation.answer(&get).await.header("etag").to_owned();
    assert_eq!(etag, "\"1\"");
}

/// What a fill has added after the object was read is known by the item that the write returns.
#[tokio::test]
async fn a_write_removes_the_entry_that_a_fill_has_added_meanwhile() {
    for (method, left) in [("PUT", 1), ("PATCH", 1), ("DELETE", 0)] {
        let (installation, _) = unfilled().await;
        let other = after_another_fill(&installation);
        installation.wire.plan(UPDATE, [Act::after(move || other)]);
        assert!(installation.answer(&write(method, "o1", r#"{"n":2}"#)).await.status < 300);
        assert_exact(&installation).await;
        assert_eq!(installation.entries().await.len(), left, "{method}");
    }
}

/// Safeguard: writes keep an index up that is retiring, as queries that have begun before use it.
#[tokio::test]
async fn a_query_that_began_before_its_index_was_retired_finds_what_is_written_meanwhile() {
    let (installation, _) = ready().await;
    let (direct, rival) = (installation.direct(), installation.rival());
    let meanwhile = move || async move {
        let retired = retire(&mut direct.session(), &path().scope.app, RuleNumber(1)).await;
        assert_eq!(retired, Ok(true));
        rival.succeeds(write("PUT", "o2", r#"{"n":2}"#)).await;
    };
    installation.wire.plan("Query", [Act::after(meanwhile)]);
    assert_eq!(found(&installation, 2).await, ["o2"]);
    assert_eq!(stored_rule(&installation, 1).await.map(|rule| rule.state), Some(RuleState::Retiring));
}

/// Safeguard: a sweep looks for the entries of every index that the app has had, not only of those that the drop knew.
#[tokio::test]
async fn a_sweep_removes_entries_of_an_index_that_was_declared_while_the_bucket_was_dropped() {
    let (installation, _) = ready().await;
    let (direct, rival) = (installation.direct(), installation.rival());
    // The drop has read the app.
    let meanwhile = move || async move {
        let declared = index("x").declare(&mut direct.session()).await;
        assert!(matches!(declared, Ok(Some(Ok(_)))), "{declared:?}");
        rival.succeeds(write("PUT", "o2", r#"{"n":2,"x":1}"#)).await;
    };
    installation.wire.plan("TransactWriteItems", [Act::after(meanwhile)]);
    let drop = Call::bucket("DELETE", "demo", "notes").path("/api/apps/demo/buckets/notes").body("");
    assert_eq!(installation.answer(&as_administrator(drop)).await.status, 204);
    assert_eq!(installation.entries().await.len(), 3);
    sweep_an_hour_later(&installation).await;
    assert_eq!(installation.entries().await, Vec::<Value>::new());
}

/// Entries that DynamoDB leaves unprocessed are sent again, before the object is written.
#[tokio::test(start_paused = true)]
async fn entries_that_a_batch_left_unprocessed_are_sent_again_before_the_object() {
    let (installation, _) = ready().await;
    installation.wire.plan(ENTRIES, [unprocessed()]);
    installation.wire.take_sent();
    assert_eq!(installation.answer(&write("PUT", "o1", r#"{"n":2}"#)).await.status, 200);
    let sent = installation.wire.take_sent();
    let operations: Vec<&str> =
        sent.iter().map(|sent| sent.operation.as_str()).skip_while(|one| *one != ENTRIES).collect();
    assert_eq!(operations, [ENTRIES, ENTRIES, UPDATE, ENTRIES]);
    assert_exact(&installation).await;
}

/// A batch that is left unprocessed, whole.
fn unprocessed() -> Act {
    Act::alter(|request, _| (200, json!({"UnprocessedItems": request["RequestItems"]}).to_string()))
}

#[tokio::test(start_paused = true)]
async fn entries_that_stay_unprocessed_for_long_are_sent_again_while_there_is_time() {
    let (installation, _) = ready().await;
    installation.wire.plan(ENTRIES, (0..12).map(|_| unprocessed()));
    assert_eq!(installation.answer(&write("PUT", "o1", r#"{"n":2}"#)).await.status, 200);
    assert_eq!(found(&installation, 2).await, ["o1"]);
    assert_exact(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn entries_that_stay_unprocessed_until_the_time_is_up_end_in_503_without_a_write_of_the_object() {
    let (installation, _) = ready().await;
    installation.wire.always(ENTRIES, unprocessed);
    let before = object(&installation).await;
    let began = tokio::time::Instant::now();
    assert_eq!(installation.answer(&write("PUT", "o1", r#"{"n":2}"#)).await.status, 503);
    assert!(began.elapsed() < installation.time_left);
    assert_eq!(object(&installation).await, before);
    // Deletions are not waited for: queries and checks find what is left.
    installation.wire.take_sent();
    assert_eq!(installation.answer(&write("DELETE", "o1", "")).await.status, 204);
    assert_eq!(installation.wire.take_operations().iter().filter(|operation| *operation == ENTRIES).count(), 8);
}

/// An entry of the object at this place with another mark, as a write that failed leaves it.
async fn leave_over(installation: &Installation, entry: &Value, mark: [u8; 16]) {
    let mut left = entry.clone();
    let mut key = items::bytes(&entry["sk"]);
    key.truncate(key.len() - 16);
    key.extend(mark);
    left["sk"] = items::binary(&key);
    installation.put_item("index", &left).await;
}

/// The pages of a query with one hit at most. None has time for more than one batch.
async fn hurried_walk(installation: &mut Installation, query: &Value) -> Vec<Vec<String>> {
    let mut body = json!({"bucketQuery": query, "bestEffortLimit": 1, "explain": true});
    installation.time_left = Duration::from_secs(3);
    let mut pages = Vec::new();
    loop {
        installation.wire.plan("Query", [Act::after(|| tokio::time::sleep(Duration::from_millis(1_200)))]);
        let answer = installation.answer(&as_administrator(call(body.to_string()))).await;
        installation.wire.forget_plans();
        assert_ne!(answer.json()["explain"]["plan"], "scan", "{query}: {answer:?}");
        pages.push(ids(&answer));
        match answer.json()["nextPaginationKey"].as_str() {
            Some(key) => body["paginationKey"] = key.into(),
            None => return pages,
        }
        assert!(pages.len() < 20, "the walk does not end: {query}");
    }
}

/// Safeguard: a page that stops at an entry that is no hit does not pass over its place.
#[tokio::test(start_paused = true)]
async fn an_object_is_not_skipped_where_a_page_stops_at_another_entry_at_its_place() {
    for query in [
        json!({"orderBy": "n"}),
        json!({"clause": {"type": "in", "field": "n", "values": [1, 2]}}),
        json!({"clause": {"type": "range", "field": "n", "lowerLimit": 1}}),
    ] {
        let (mut installation, _) = ready().await;
        installation.rival().succeeds(write("PUT", "o2", r#"{"n":2}"#)).await;
        let entries = installation.entries().await;
        let of_o2 = entries.iter().max_by_key(|entry| items::bytes(&entry["sk"])).expect("an entry");
        leave_over(&installation, of_o2, [0; 16]).await;
        let pages = hurried_walk(&mut installation, &query).await;
        assert_eq!(pages.concat(), ["o1", "o2"], "{query}: {pages:?}");
        assert!(pages.len() > 2, "a page has stopped at the entry that is left: {pages:?}");
    }
}

/// The other side of it: an object that was returned is not returned again.
#[tokio::test(start_paused = true)]
async fn an_object_is_not_returned_twice_where_a_page_stops_at_another_entry_of_it() {
    let values = json!({"type": "in", "field": "n", "values": [1, 2]});
    for query in [
        json!({"clause": values}),
        json!({"clause": values, "orderBy": "_created"}),
        json!({"clause": values, "orderBy": "_created", "descending": true}),
        json!({"clause": values, "orderBy": "n"}),
        json!({"clause": {"type": "range", "field": "n", "lowerLimit": 1}}),
        json!({"orderBy": "n"}),
    ] {
        // What it was before is left over: its deletion has failed.
        for (was, is, mark) in [(2, 1, None), (1, 2, None), (1, 1, Some([255; 16])), (1, 1, Some([0; 16]))] {
            let (mut installation, _) = ready().await;
            // Objects before and after it.
            put(&installation, 0, r#"{"n":1}"#).await;
            fill_all(&installation, &rules(&["n"], RuleState::Ready)).await;
            installation.rival().succeeds(write("PUT", "o2", r#"{"n":2}"#)).await;
            installation.rival().succeeds(write("PUT", "o1", &format!(r#"{{"n":{was}}}"#))).await;
            let entries = installation.entries().await;
            let is_of_it = |entry: &&Value| String::from_utf8_lossy(&items::bytes(&entry["sk"])).contains("o1");
            let before = entries.iter().find(is_of_it).expect("an entry").clone();
            installation.rival().succeeds(write("PUT", "o1", &format!(r#"{{"n":{is}}}"#))).await;
            leave_over(&installation, &before, mark.unwrap_or([9; 16])).await;
            let pages = hurried_walk(&mut installation, &query).await;
            let mut found = pages.concat();
            found.sort();
            assert_eq!(found, ["o0", "o1", "o2"], "{query}, {was} to {is}: {pages:?}");
        }
    }
}
