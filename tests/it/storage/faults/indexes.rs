//! The ways of writes, queries and back fills where the bucket has indexes, and the law of index entries after them: what was
//! written is found by an index and by a scan alike, every live object has its entry of each index, and an entry that nothing
//! holds is left only where an outcome is unknown or a deletion failed.

use std::time::Duration;

use pail::model::bucket::BucketState;
use pail::model::id::ObjectId;
use pail::model::index::entry::EntryKey;
use pail::model::index::{Indexes, RuleState, Spot};
use pail::model::marks::Mark;
use pail::model::query::Value as Indexed;
use pail::operation::index::targets::Workplace;
use pail::store::Failure;
use pail_testing::fixtures::GENERATION;
use pail_testing::{Act, Answer, Call, Installation, Items, NOW, callers, items};
use serde_json::{Value, json};

use super::buckets::{Rivalry, Task, row as administer};
use super::objects::{DELETE, ID, NEW, OVER_TOMBSTONE, PATCH, REPLACE, stale_by_put};
use super::ways::{BATCH, BATCH_WRITE as ENTRIES, GET, MINE, NEXT, PUT, QUERY, TRANSACT, UPDATE};
use super::ways::{Event, Operation, State, Thing, Way};
use crate::indexes::stage::{give, live, path, rules, stored_rule, stored_rules, wired_workplace};
use crate::queries::stage::{as_administrator, call, ids};

/// The fields of the indexes and their states, in the order of their numbers. Queries use the first one. A back fill fills
/// the second one.
const RULES: [(&str, RuleState); 3] =
    [("whose", RuleState::Ready), ("kept,whose", RuleState::Building), ("other", RuleState::Retiring)];

/// The number of the index that a back fill fills.
const FILLED: u32 = 2;

/// Gives the app the indexes.
pub async fn declare(installation: &Installation) {
    let mut indexes: Indexes = rules(&RULES.map(|(names, _)| names), RuleState::Building);
    for (rule, (_, state)) in indexes.rules.iter_mut().zip(RULES) {
        rule.state = state;
    }
    give(installation, indexes).await;
}

/// Adds the entries of what is there, but for those that the way itself adds.
pub async fn fill_all(installation: &Installation, way: Way) {
    let BucketState::Live(_) = installation.session().bucket(&path()).await.expect("the bucket") else { return };
    let mut indexes = stored_rules(installation).await;
    indexes.rules.retain(|rule| way.state != State::Unfilled || rule.number.0 != FILLED);
    crate::indexes::stage::fill_all(installation, &indexes).await;
}

/// Leaves an entry that no object holds, older than 20 minutes.
pub async fn leave_over(installation: &Installation) {
    let spot = Spot::new(&[Indexed::Nothing], NOW, &ObjectId::parse(ID).expect("an ID"));
    let key = items::binary(spot.with(Mark::new(9)).as_bytes());
    let partition = format!("demo/notes:{GENERATION}/1");
    let at = (NOW - 21 * 60 * 1000).to_string();
    installation.put_item("index", &json!({"pk": {"S": partition}, "sk": key, "at": {"N": at}})).await;
}

/// The outcome of a back fill over the wire. It has no answer; a status says how it ended.
pub async fn fill(installation: &Installation) -> Answer {
    let rule = stored_rule(installation, FILLED).await.expect("a rule");
    let bucket = live(installation).await;
    // It gives up at the first failure.
    let workplace = Workplace { patience: Duration::ZERO, ..wired_workplace(installation) };
    let filled = pail::operation::index::fill::fill(&workplace, &bucket, &rule, |_| ()).await;
    let status = match filled {
        Ok(Some(_)) => 204,
        Ok(None) => panic!("the app has the rule"),
        Err(Failure::Unavailable(_)) => 503,
        Err(Failure::Fault(_)) => 500,
    };
    Answer { status, headers: [].into(), body: r#"{"message":""}"#.to_owned() }
}

/// What another client does during a back fill.
pub fn act(rivalry: Rivalry, installation: &Installation) -> Act {
    assert_eq!(rivalry, Rivalry::Grant, "an ACL is changed, and nothing else");
    let rival = installation.rival();
    let entry = format!("/api/apps/demo/buckets/notes/objects/{ID}/acl/READ_EXISTING_OBJECT/UserID:theirs");
    let grant = Call::bucket("PUT", "demo", "notes").path(&entry).bearer(&callers::administrator("other"));
    Act::after(move || rival.gets(grant, &[204, 409]))
}

/// Items without index entries.
pub fn without_entries(mut items: Items) -> Items {
    items.retain(|_, item| item.get("at").is_none());
    items
}

/// The objects in the bucket's present generation, if there is a bucket.
fn objects(items: &Items) -> Option<Vec<&Value>> {
    let bucket = items.get(" demo bucket/notes").filter(|bucket| bucket.get("dropped").is_none())?;
    let partition = format!("demo/notes:{}", bucket["generation"]["S"].as_str()?);
    Some(items.values().filter(|item| item["pk"]["S"] == partition && item.get("content").is_some()).collect())
}

fn content(object: &Value) -> Value {
    serde_json::from_str(object["content"]["S"].as_str().expect("a text")).expect("JSON")
}

/// After a back fill that ended well, every object has a mark. It changes nothing but marks.
pub fn check_fill(answer: &Answer, before: &Items, after: &Items) {
    let objects = objects(after).expect("the bucket");
    for object in objects {
        let mark = object["entries"]["M"].get(FILLED.to_string());
        assert!(answer.status != 204 || mark.is_some(), "without a mark: {object}");
        let name = items::name(object);
        if before[&name]["writer"] == object["writer"] {
            let mut expected = before[&name].clone();
            expected["entries"] = object["entries"].clone();
            assert_eq!(*object, expected, "a back fill changes marks and nothing else");
        }
    }
}

/// Checks the law, and that the index and a scan find the same: what the tables hold.
pub async fn judge(way: Way, installation: &Installation, may_be_left: bool) {
    if !way.is_indexed {
        return;
    }
    installation.wire.forget_plans();
    let items = installation.items().await;
    let Some(objects) = objects(&items) else {
        let mut markers = items.values().filter(|item| item["pk"]["S"] == "/garbage");
        assert!(markers.all(|marker| marker["rules"] == json!({"N": RULES.len().to_string()})), "{items:#?}");
        return;
    };
    let mut left: Vec<&Value> = items.values().filter(|item| item.get("at").is_some()).collect();
    for object in &objects {
        for (number, (names, _)) in (1..).zip(RULES) {
            let Some(mark) = object["entries"]["M"].get(number.to_string()) else {
                assert!(way.state == State::Unfilled && number == FILLED, "no mark of {number}: {object}");
                continue;
            };
            let at = left.iter().position(|entry| is_entry(entry, object, number, names, mark));
            left.remove(at.unwrap_or_else(|| panic!("no entry of {number} for {object}: {left:#?}")));
        }
    }
    assert!(may_be_left || left.is_empty(), "nothing holds {left:#?}");
    let is_mine = |object: &&&Value| content(object)["whose"] == "mine";
    let mut mine: Vec<&str> = objects.iter().filter(is_mine).filter_map(|object| object["sk"]["S"].as_str()).collect();
    mine.sort_unstable();
    let many: Vec<String> = (0..20).map(|other| other.to_string()).chain(["mine".to_owned()]).collect();
    for (clause, plan) in [
        (json!({"type": "eq", "field": "whose", "value": "mine"}), "index whose"),
        (json!({"type": "in", "field": "whose", "values": many}), "scan"),
    ] {
        let body = json!({"bucketQuery": {"clause": clause}, "explain": true}).to_string();
        let answer = installation.answer(&as_administrator(call(body))).await;
        assert_eq!((answer.json()["explain"]["plan"].clone(), ids(&answer)), (json!(plan), owned(&mine)), "{answer:?}");
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Whether an entry is that of an object under this mark, at the place of its values.
fn is_entry(entry: &Value, object: &Value, rule: u32, names: &str, mark: &Value) -> bool {
    let partition = format!("{}/{rule}", object["pk"]["S"].as_str().expect("a partition"));
    let decoded = EntryKey::stored(&items::bytes(&entry["sk"])).decode().expect("a key");
    let content = content(object);
    let value = |name: &str| Indexed::of_json(&content[name].to_string()).into_owned();
    entry["pk"]["S"] == partition
        && decoded.mark.0[..] == items::bytes(mark)
        && decoded.values == names.split(',').map(value).collect::<Vec<_>>()
        && decoded.id.as_str() == object["sk"]["S"]
        && object["created"] == json!({"N": decoded.created.to_string()})
}

const fn indexed(way: Way, calls: &'static [&'static str]) -> Way {
    Way { is_indexed: true, calls, ..way }
}

/// A request that another client precedes by a write, just before this call.
const fn meanwhile(
    way: Way,
    name: &'static str,
    events: &'static [(usize, Event)],
    calls: &'static [&'static str],
) -> Way {
    Way { name, events, ..indexed(way, calls) }
}

const fn filling(name: &'static str, events: &'static [(usize, Event)], calls: &'static [&'static str]) -> Way {
    let row = Way { operation: Operation::Fill, state: State::Unfilled, status: 204, ..NEXT };
    Way { status_without_event: 204, status_of_repetition: 204, ..meanwhile(row, name, events, calls) }
}

const CREATE: &[&str] = &[BATCH, ENTRIES, PUT];
const CREATE_AND_REMOVE: &[&str] = &[BATCH, ENTRIES, PUT, ENTRIES];
const CHANGE: &[&str] = &[BATCH, ENTRIES, UPDATE];
const CHANGE_AND_REMOVE: &[&str] = &[BATCH, ENTRIES, UPDATE, ENTRIES];
/// The second round removes the entries of the first one, and then those of what it has replaced.
const CHANGE_AGAIN: &[&str] = &[BATCH, ENTRIES, UPDATE, ENTRIES, ENTRIES, UPDATE, ENTRIES];
const BY_PUT: &[(usize, Event)] = &[(2, Event::TheyPut)];
const BY_DELETE: &[(usize, Event)] = &[(2, Event::TheyDelete)];
/// The same for a back fill, which reads app and bucket first.
const FILLED_BY_PUT: &[(usize, Event)] = &[(3, Event::TheyPut)];
const FILLED_BY_DELETE: &[(usize, Event)] = &[(3, Event::TheyDelete)];
const KEYED: Way = Way { has_key: true, ..NEXT };
const MINE_IS_THERE: State = State::Of(Thing::MyObject, true);

pub const WAYS: [Way; 35] = [
    Way { name: "next object with indexes", ..indexed(NEXT, CREATE) },
    Way { name: "next object with a key and indexes", ..indexed(KEYED, CREATE) },
    Way {
        name: "replay with indexes",
        state: State::Answered(MINE),
        is_replay: true,
        ..indexed(KEYED, CREATE_AND_REMOVE)
    },
    Way {
        is_indexed: true,
        ..KEYED.refused("reused key with indexes", State::Answered(r#"{"whose":"theirs"}"#), CREATE_AND_REMOVE, 422)
    },
    Way { name: "first object with indexes", ..indexed(NEXT.first(), NEXT.first().calls) },
    Way { name: "first object with indexes after a conflict", is_indexed: true, ..NEXT.first().after_conflict() },
    meanwhile(NEXT.first(), "lost race with indexes", &[(1, Event::TheyCreate)], &[BATCH, GET, TRANSACT, ENTRIES, PUT]),
    Way {
        has_key: true,
        is_replay: true,
        ..meanwhile(
            NEXT.first(),
            "lost race to its twin with indexes",
            &[(1, Event::TwinCreates)],
            &[BATCH, GET, TRANSACT, ENTRIES, PUT, ENTRIES],
        )
    },
    Way { name: "new ID with indexes", ..indexed(NEW, CREATE) },
    Way { name: "first object by PUT with indexes", ..indexed(NEW.first(), NEW.first().calls) },
    Way {
        status: 200,
        ..meanwhile(
            NEW.first(),
            "lost race for the bucket and the ID with indexes",
            &[(1, Event::TheyPut)],
            &[BATCH, GET, TRANSACT, GET, ENTRIES, UPDATE, ENTRIES],
        )
    },
    Way {
        status: 200,
        ..meanwhile(
            NEW,
            "lost race for the ID with indexes",
            BY_PUT,
            &[BATCH, ENTRIES, PUT, ENTRIES, ENTRIES, UPDATE, ENTRIES],
        )
    },
    Way { name: "over a tombstone with indexes", ..indexed(OVER_TOMBSTONE, CHANGE) },
    Way { name: "replaced with indexes", ..indexed(REPLACE, CHANGE_AND_REMOVE) },
    meanwhile(REPLACE, "PUT by another client, with indexes", BY_PUT, CHANGE_AGAIN),
    Way {
        status: 201,
        ..meanwhile(
            REPLACE,
            "DELETE by another client, with indexes",
            BY_DELETE,
            &[BATCH, ENTRIES, UPDATE, ENTRIES, ENTRIES, UPDATE],
        )
    },
    Way {
        events: BY_PUT,
        ..indexed(stale_by_put(REPLACE, "stale with indexes", ("If-Match", "\"3\"")), CHANGE_AND_REMOVE)
    },
    Way {
        is_indexed: true,
        ..REPLACE.refused("denied by the object, with indexes", State::Of(Thing::LockedObject, true), &[BATCH], 401)
    },
    Way { name: "changed with indexes", ..indexed(PATCH, CHANGE_AND_REMOVE) },
    Way { name: "changed but for what is indexed", state: MINE_IS_THERE, ..indexed(PATCH, &[BATCH, UPDATE]) },
    meanwhile(PATCH, "PUT by another client, with indexes", BY_PUT, CHANGE_AGAIN),
    Way { status: 404, ..meanwhile(PATCH, "DELETE by another client, with indexes", BY_DELETE, CHANGE_AND_REMOVE) },
    Way { name: "deleted with indexes", ..indexed(DELETE, &[BATCH, UPDATE, ENTRIES]) },
    meanwhile(DELETE, "PUT by another client, with indexes", &[(1, Event::TheyPut)], &[BATCH, UPDATE, UPDATE, ENTRIES]),
    Way {
        status: 404,
        ..meanwhile(DELETE, "DELETE by another client, with indexes", &[(1, Event::TheyDelete)], &[BATCH, UPDATE])
    },
    indexed(administer(Task::Drop, "with indexes", State::Administered, &[BATCH, TRANSACT], 204), &[BATCH, TRANSACT]),
    indexed(administer(Task::Query, "by an index", State::Administered, &[], 200), &[BATCH, QUERY, BATCH]),
    indexed(administer(Task::CountHits, "by an index", State::Of(Thing::Object, true), &[], 200), &[BATCH, QUERY]),
    administer(Task::CountHits, "by a scan", State::Of(Thing::Object, true), &[BATCH, QUERY], 200),
    indexed(
        administer(Task::Query, "by an index, with an old entry", State::LeftOver, &[], 200),
        &[BATCH, QUERY, BATCH, ENTRIES],
    ),
    filling("an object", &[], &[BATCH, QUERY, ENTRIES, UPDATE]),
    Way { state: MINE_IS_THERE, ..filling("nothing missing", &[], &[BATCH, QUERY]) },
    filling("PUT by another client", FILLED_BY_PUT, &[BATCH, QUERY, ENTRIES, UPDATE, ENTRIES, GET]),
    filling("DELETE by another client", FILLED_BY_DELETE, &[BATCH, QUERY, ENTRIES, UPDATE, ENTRIES, GET]),
    filling(
        "ACL changed by another client",
        &[(3, Event::They(Rivalry::Grant))],
        &[BATCH, QUERY, ENTRIES, UPDATE, ENTRIES, GET, ENTRIES, UPDATE],
    ),
];
