//! A hundred thousand writes of mixed kinds over connections, a third of which break before the reply is complete,
//! compared with a ledger of the answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::creates::Tally;
use super::on_sockets;
use pail_testing::fixtures::{GENERATION, object_item};
use pail_testing::{Answer, Call, Installation, Items, Random, callers, figure};

/// The number of concurrent requests.
const AT_ONCE: usize = 64;
/// The number of writes.
const WHOLE: usize = 100_000;
/// The number of writes to each object.
const WRITES_OF_AN_OBJECT: usize = 40;
/// The number of objects that are written at the same time.
const OBJECTS_AT_ONCE: usize = 10;
/// The maximum number of times that a client of [`Kind::Counted`] reads again after a conflict.
const PATIENCE: usize = 200;

/// What clients do with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Each adds a member, without a condition.
    Merged,
    /// Each reads, appends to a list and puts it, on the condition that the object is unchanged.
    Counted,
    /// Each replaces it, without a condition.
    Replaced,
    /// Each does anything.
    Anything,
    /// Each puts its own object, some of them the first of their buckets.
    Own,
}

const KINDS: [Kind; 5] = [Kind::Merged, Kind::Counted, Kind::Replaced, Kind::Anything, Kind::Own];

/// A write and its outcome.
struct Entry {
    number: usize,
    method: String,
    /// The new version, if the answer has one.
    version: Option<u64>,
    answer: Answer,
}

/// The number of the object of a write.
fn object_of(number: usize) -> usize {
    number / (OBJECTS_AT_ONCE * WRITES_OF_AN_OBJECT) * OBJECTS_AT_ONCE + number % OBJECTS_AT_ONCE
}

fn kind_of(object: usize) -> Kind {
    KINDS[object % KINDS.len()]
}

fn id(object: usize) -> String {
    format!("object-{object}")
}

fn request(method: &str, object: usize) -> Call {
    Call::object(method, "demo", "notes", &id(object)).bearer(&TOKEN)
}

static TOKEN: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| callers::user("alice"));

fn own(number: usize) -> Call {
    let bucket = format!("fresh-{}", number / (OBJECTS_AT_ONCE * 4));
    let put = Call::object("PUT", "demo", &bucket, &format!("own-{number}")).bearer(&TOKEN);
    put.header("If-None-Match", "*").body(format!(r#"{{"number":{number}}}"#))
}

fn version(answer: &Answer) -> Option<u64> {
    answer.header("etag").trim_matches('"').parse().ok()
}

/// Makes the write with this number. Returns the last answer.
async fn write(installation: &Installation, number: usize, random: &Mutex<Random>) -> Entry {
    let object = object_of(number);
    let put = || request("PUT", object).body(format!(r#"{{"number":{number}}}"#));
    let patch = || request("PATCH", object).body(format!(r#"{{"{number}":{number}}}"#));
    let call = match kind_of(object) {
        Kind::Merged => patch(),
        Kind::Replaced => put(),
        Kind::Own => own(number),
        Kind::Counted => return count(installation, number).await,
        Kind::Anything => match random.lock().unwrap().below(5) {
            0 => put(),
            1 => put().header("If-None-Match", "*"),
            2 => patch(),
            3 => patch().header("If-Match", "*"),
            _ => request("DELETE", object),
        },
    };
    let answer = installation.answer(&call).await;
    Entry { number, method: call.method, version: version(&answer), answer }
}

/// Reads the list, appends the number, and puts it with the `ETag` of the read, until that succeeds or the outcome is
/// unknown.
async fn count(installation: &Installation, number: usize) -> Entry {
    for _ in 0..PATIENCE {
        let read = installation.answer(&request("GET", object_of(number))).await;
        if read.status == 503 {
            continue;
        }
        let mut list = read.json()["list"].clone();
        list.as_array_mut().expect("a list").push(json!(number));
        let put = request("PUT", object_of(number)).header("If-Match", read.header("etag"));
        let answer = installation.answer(&put.body(json!({"list": list}).to_string())).await;
        if answer.status != 409 {
            return Entry { number, method: "PUT".to_owned(), version: version(&answer), answer };
        }
    }
    panic!("{number} never won");
}

async fn prepare(installation: &Installation, count: usize) {
    let signed_in = json!(["UserID:ANY_AUTHENTICATED_USER"]);
    let acl = json!({"CREATE_OBJECTS_IN_BUCKET": signed_in, "READ_OBJECTS_IN_BUCKET": signed_in});
    installation.put_bucket("demo", "notes", acl).await;
    let last = object_of(count - 1).max(OBJECTS_AT_ONCE);
    for object in 0..=last {
        let content = if kind_of(object) == Kind::Counted { r#"{"list":[]}"# } else { "{}" };
        installation.put(object_item("demo", "notes", &id(object), content)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_mixed_kinds_agree_with_their_answers_when_a_third_of_the_replies_is_cut() {
    let count = figure(400, WHOLE);
    let tally = Tally::default();
    let (installation, server) = on_sockets(tally.cutting_a_third()).await;
    prepare(&installation, count).await;
    let (installation, numbers) = (Arc::new(installation), Arc::new(Mutex::new(0..count)));
    let random = Arc::new(Mutex::new(Random::seeded()));
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (installation, numbers, random) = (installation.clone(), numbers.clone(), random.clone());
        clients.spawn(async move {
            let mut entries = Vec::new();
            let next = || numbers.lock().unwrap().next();
            while let Some(number) = next() {
                entries.push(write(&installation, number, &random).await);
            }
            entries
        });
    }
    let entries: Vec<Entry> = clients.join_all().await.into_iter().flatten().collect();
    drop(server);
    assert_eq!(entries.len(), count);
    let mut statuses = BTreeMap::<String, usize>::new();
    let mut ledger = BTreeMap::<usize, Vec<Entry>>::new();
    for entry in entries {
        let object = object_of(entry.number);
        let name = format!("{:?} {} {}", kind_of(object), entry.method, entry.answer.status);
        *statuses.entry(name).or_default() += 1;
        ledger.entry(object).or_default().push(entry);
    }
    println!("{statuses:#?}");
    let items = installation.items().await;
    let own = own_objects(&items);
    for (object, entries) in &ledger {
        match kind_of(*object) {
            Kind::Own => entries.iter().for_each(|entry| check_own(&own, entry)),
            kind => check(&items, *object, kind, entries),
        }
    }
    tally.check(&["PutItem", "UpdateItem"]);
    let seen = |name: &str| statuses.contains_key(name);
    for name in ["Merged PATCH 200", "Counted PUT 200", "Replaced PUT 200", "Own PUT 201", "Anything DELETE 204"] {
        assert!(seen(name), "{name}: {statuses:?}");
    }
    for name in ["Merged PATCH 503", "Counted PUT 503", "Replaced PUT 503", "Anything PUT 409", "Anything PATCH 404"] {
        assert!(seen(name) || count < WHOLE, "{name}: {statuses:?}");
    }
}

/// Compares an object with the answers to all its writes.
fn check(items: &Items, object: usize, kind: Kind, entries: &[Entry]) {
    let item = &items[&format!(" demo/notes:{GENERATION} {}", id(object))];
    let last: u64 = item["version"]["N"].as_str().and_then(|version| version.parse().ok()).expect("a version");
    let answered = |entry: &&Entry| entry.answer.status < 300;
    let (made, unknown) =
        (entries.iter().filter(answered).count(), entries.iter().filter(|entry| entry.answer.status == 503).count());
    let what = format!("{kind:?}, {} of {} answered: {item}", made, entries.len());
    let written = usize::try_from(last).expect("a small number") - 1;
    assert!((made..=made + unknown).contains(&written), "{written} written, {unknown} unknown, {what}");
    let versions: Vec<u64> = entries.iter().filter(answered).filter_map(|entry| entry.version).collect();
    assert_eq!(versions.iter().collect::<BTreeSet<_>>().len(), versions.len(), "an ETag occurred twice, {what}");
    assert!(versions.iter().all(|version| (2..=last).contains(version)), "{versions:?}, {what}");
    let content: Value =
        item["content"]["S"].as_str().map(|text| serde_json::from_str(text).expect("whole")).unwrap_or_default();
    // The last write, if it was answered.
    if let Some(entry) = entries.iter().filter(answered).find(|entry| entry.version == Some(last)) {
        let is_there = match entry.method.as_str() {
            "PATCH" => content[entry.number.to_string()] == entry.number,
            _ if kind == Kind::Counted => {
                content["list"].as_array().and_then(|list| list.last()) == Some(&json!(entry.number))
            }
            _ => content == json!({"number": entry.number}),
        };
        assert!(is_there, "{} of {}, {what}", entry.method, entry.number);
    }
    let numbers: Vec<usize> = match kind {
        Kind::Merged => {
            content.as_object().expect("an object").keys().map(|name| name.parse().expect("a number")).collect()
        }
        Kind::Counted => serde_json::from_value(content["list"].clone()).expect("numbers"),
        Kind::Replaced | Kind::Anything | Kind::Own => return,
    };
    assert_eq!(numbers.len(), written, "each write must add one number, {what}");
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), written, "written twice, {what}");
    for entry in entries {
        match entry.answer.status {
            200 => assert!(numbers.contains(&entry.number), "{} is lost, {what}", entry.number),
            503 => {}
            status => panic!("{} was answered {status}, {what}", entry.number),
        }
        // Each answer to a PATCH shows the merged object, which has one member per version.
        if kind == Kind::Merged && entry.answer.status == 200 {
            let shown = entry.answer.json();
            let own = shown.as_object().expect("an object").keys().filter(|name| !name.starts_with('_')).count();
            assert_eq!(Some(own as u64 + 1), entry.version, "{:?}", entry.answer);
        }
    }
}

/// The objects of single PUTs, by ID.
fn own_objects(items: &Items) -> BTreeMap<&str, Vec<&Value>> {
    let mut own = BTreeMap::<&str, Vec<&Value>>::new();
    for item in items.values() {
        if let Some(id) = item["sk"]["S"].as_str().filter(|id| id.starts_with("own-")) {
            own.entry(id).or_default().push(item);
        }
    }
    own
}

/// Checks an object of a single PUT.
fn check_own(own: &BTreeMap<&str, Vec<&Value>>, entry: &Entry) {
    let found = own.get(format!("own-{}", entry.number).as_str()).cloned().unwrap_or_default();
    match entry.answer.status {
        201 => assert_eq!(found.len(), 1, "{:?}", entry.answer),
        503 => assert!(found.len() <= 1, "{found:?}"),
        _ => panic!("{:?}", entry.answer),
    }
    for item in found {
        let content = format!(r#"{{"number":{}}}"#, entry.number);
        assert_eq!((&item["version"]["N"], &item["content"]["S"]), (&json!("1"), &json!(content)));
    }
}
