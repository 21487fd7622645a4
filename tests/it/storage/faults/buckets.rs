//! The ways of the operations on buckets and ACLs, and how the tables are checked after them.

use pail_testing::fixtures::{GENERATION, object_item, with_version};
use pail_testing::{Act, Answer, Call, Installation, Items, bucket_item, callers, items};
use serde_json::{Value, json};

use super::indexes;
use super::ways::{BATCH, Caller, Event, GET, NEXT, Operation, QUERY, State, TRANSACT, Thing, UPDATE, Way};

/// A task of an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Shows an ACL.
    Show(Place),
    /// Adds the entry of [`MINE`].
    Grant(Place),
    /// Takes away the entry of [`OLD`].
    Revoke(Place),
    /// Puts the entry of [`MINE`] in the place of all entries.
    Replace(Place),
    Make,
    Drop,
    Count,
    Query,
    /// Counts the objects with a value of an index.
    CountHits,
    List,
}

/// Whose ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Scope,
    Bucket,
    Object,
}

/// What another administrator does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rivalry {
    /// Grants another entry on the same ACL, or on the bucket's.
    Grant,
    /// Revokes the same entry.
    Revoke,
    Make,
    Drop,
    DropAndMake,
}

/// Who is granted.
const MINE: &str = "UserID:mine";
/// Whom the other administrator grants.
const THEIRS: &str = "UserID:theirs";
/// Who has an entry in each ACL of [`State::Administered`].
const OLD: &str = "UserID:old";
const ID: &str = "the-object";

impl Place {
    fn path(self) -> &'static str {
        match self {
            Self::Scope => "/api/apps/demo/acl",
            Self::Bucket => "/api/apps/demo/buckets/notes/acl",
            Self::Object => "/api/apps/demo/buckets/notes/objects/the-object/acl",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Scope => "CREATE_NEW_BUCKET",
            Self::Bucket => "READ_OBJECTS_IN_BUCKET",
            Self::Object => "READ_EXISTING_OBJECT",
        }
    }

    fn entry(self, method: &str, subject: &str) -> Call {
        request(method, &format!("{}/{}/{subject}", self.path(), self.verb()))
    }

    fn item(self, items: &Items) -> Value {
        let name = match self {
            Self::Scope => " demo acl".to_owned(),
            Self::Bucket => " demo bucket/notes".to_owned(),
            Self::Object => format!(" demo/notes:{GENERATION} {ID}"),
        };
        items.get(&name).cloned().unwrap_or_default()
    }

    /// Whether the stored ACL has an entry of this subject.
    fn names(self, items: &Items, subject: &str) -> bool {
        let subjects = self.item(items)["acl"]["M"][self.verb()]["SS"].clone();
        subjects.as_array().is_some_and(|subjects| subjects.contains(&json!(subject)))
    }
}

fn request(method: &str, path: &str) -> Call {
    Call::bucket(method, "demo", "notes").path(path).bearer(&callers::administrator("other"))
}

fn bucket(method: &str) -> Call {
    request(method, "/api/apps/demo/buckets/notes")
}

impl Task {
    /// The request, whose credentials are replaced by those of the way.
    pub fn request(self) -> Call {
        match self {
            Self::Show(place) => request("GET", place.path()),
            Self::Grant(place) => place.entry("PUT", MINE),
            Self::Revoke(place) => place.entry("DELETE", OLD),
            Self::Replace(place) => {
                request("PUT", place.path()).body(json!({place.verb(): [{"userID": "mine"}]}).to_string())
            }
            Self::Make => bucket("PUT"),
            Self::Drop => bucket("DELETE"),
            Self::Count => bucket("GET"),
            Self::Query => {
                request("POST", "/api/apps/demo/buckets/notes/query").body(r#"{"bucketQuery":{"orderBy":"whose"}}"#)
            }
            Self::CountHits => {
                let clause = json!({"type": "eq", "field": "whose", "value": "theirs"});
                let count = json!([{"type": "COUNT", "putAggregationInto": "n"}]);
                request("POST", "/api/apps/demo/buckets/notes/query")
                    .body(json!({"bucketQuery": {"clause": clause, "aggregations": count}}).to_string())
            }
            Self::List => request("GET", "/api/apps/demo/buckets"),
        }
    }

    fn place(self) -> Place {
        match self {
            Self::Show(place) | Self::Grant(place) | Self::Revoke(place) | Self::Replace(place) => place,
            Self::Make | Self::Drop | Self::Count | Self::Query | Self::CountHits | Self::List => Place::Bucket,
        }
    }

    fn reads(self) -> bool {
        matches!(self, Self::Show(_) | Self::Count | Self::Query | Self::CountHits | Self::List)
    }

    /// Whether the tables are as if the task had been done.
    fn is_done(self, before: &Items, after: &Items) -> bool {
        match self {
            Self::Grant(place) | Self::Replace(place) => place.names(after, MINE),
            Self::Revoke(place) => place.names(before, OLD) && !place.names(after, OLD),
            Self::Make => live(before).is_none() && live(after).is_some(),
            Self::Drop => live(before).is_some() && live(after) != live(before),
            Self::Show(_) | Self::Count | Self::Query | Self::CountHits | Self::List => true,
        }
    }
}

/// The generation of the bucket, if there is a bucket.
fn live(items: &Items) -> Option<String> {
    let bucket = Place::Bucket.item(items);
    bucket["generation"]["S"].as_str().filter(|_| bucket.get("dropped").is_none()).map(str::to_owned)
}

fn version(item: &Value) -> u64 {
    item["version"]["N"].as_str().and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// The installation of [`State::Administered`]: scope, bucket and object have ACLs that are stored, and the process has
/// read the bucket before.
pub async fn prepare(installation: &Installation) {
    let entries = |place: Place| json!({place.verb(): [OLD]});
    installation.put_scope_acl("demo", entries(Place::Scope)).await;
    installation.put(with_version(bucket_item("demo", "notes", &entries(Place::Bucket)), 4)).await;
    let mut object = with_version(object_item("demo", "notes", ID, "{}"), 3);
    object["acl"] = items::acl(&entries(Place::Object));
    installation.put(object).await;
    installation.answer(&request("GET", "/api/apps/demo/buckets/notes/objects/the-object")).await;
}

/// What the other administrator does.
pub fn act(task: Task, rivalry: Rivalry, installation: &Installation) -> Act {
    let asks = |call: Call, statuses: &'static [u16]| {
        let rival = installation.rival();
        Act::after(move || rival.gets(call, statuses))
    };
    match rivalry {
        Rivalry::Grant => asks(task.place().entry("PUT", THEIRS), &[204]),
        // If an earlier attempt of the request has taken effect, the other finds nothing to do.
        Rivalry::Revoke => asks(task.place().entry("DELETE", OLD), &[204, 404]),
        Rivalry::Make => asks(bucket("PUT"), &[201, 409]),
        Rivalry::Drop => asks(bucket("DELETE"), &[204, 404]),
        Rivalry::DropAndMake => {
            let (first, second) = (installation.rival(), installation.rival());
            Act::after(move || async move {
                first.gets(bucket("DELETE"), &[204, 404]).await;
                second.gets(bucket("PUT"), &[201]).await;
            })
        }
    }
}

/// The status of a request of which at least one attempt failed before the other administrator's request and the next
/// attempt; none if it is the same as without a fault. `has_landed` says whether an attempt that failed took effect.
pub fn status_after(task: Task, rivalry: Rivalry, has_landed: bool) -> Option<u16> {
    match (task, rivalry, has_landed) {
        // Further attempts find what this request has written itself.
        (Task::Revoke(_), Rivalry::Revoke, true)
        | (Task::Grant(_), Rivalry::Make, true)
        | (Task::Drop, Rivalry::Drop | Rivalry::DropAndMake, true) => Some(204),
        (Task::Make, Rivalry::Make, true) => Some(201),
        // What it may have written is overwritten.
        (Task::Drop, Rivalry::Drop | Rivalry::DropAndMake, false) => Some(503),
        (Task::Drop, _, _) => None,
        (_, _, true) => Some(503),
        // The next version shows that nothing was written; the version of an object does not.
        (_, _, false) => (task.place() == Place::Object).then_some(503),
    }
}

/// Compares the tables after a request with a fault with its answer.
pub fn check(task: Task, way: Way, answer: &Answer, before: &Items, after: &Items) {
    check_repeated(task, way, answer, after);
    if task.reads() || way.events.is_empty() && answer.status >= 400 && answer.status != 503 {
        // A query may remove old entries that nothing holds.
        let [before, after] = [before, after].map(|items| indexes::without_entries(items.clone()));
        assert_eq!(before, after, "{}, and it has written", answer.status);
        return;
    }
    let is_done = task.is_done(before, after);
    match answer.status {
        200..300 => assert!(is_done, "{}, and it is not done", answer.status),
        503 => {}
        status => {
            let rival_does = way.rivalry().is_some_and(|rivalry| !matches!(rivalry, Rivalry::Grant));
            assert!(!is_done || rival_does, "{status}, and it is done");
        }
    }
    // Each request has written at most once. An object's version stays.
    let place = task.place();
    let (was, is) = (version(&place.item(before)), version(&place.item(after)));
    let steps = match way.rivalry() {
        // The drop has removed the entry that the other has granted, or the other has made the bucket anew.
        Some(Rivalry::Grant) if task == Task::Drop && is_done => {
            assert!((1..=2).contains(&(is - was)), "written more than once");
            return;
        }
        None => u64::from(is_done),
        Some(Rivalry::Grant) => u64::from(is_done) + u64::from(place.names(after, THEIRS)),
        // One of the two has done it.
        Some(Rivalry::Revoke) => u64::from(is_done),
        Some(Rivalry::Make) if task == Task::Make => u64::from(is_done),
        Some(Rivalry::Make) => {
            let is_theirs = place.item(after)["creator"]["S"] == "AdminID:other";
            u64::from(live(after).is_some()) + u64::from(is_theirs && is_done)
        }
        // The changes of both, in any order.
        Some(Rivalry::Drop | Rivalry::DropAndMake) => return,
    };
    assert_eq!(is, was + if place == Place::Object { 0 } else { steps }, "written more than once");
    let writer = |items: &Items| place.item(items)["writer"].clone();
    assert_eq!(writer(before) != writer(after), steps > 0, "each change has a new writer");
    let untouched = [Place::Scope, Place::Bucket, Place::Object].into_iter().filter(|other| *other != place);
    for other in untouched {
        assert_eq!(other.item(before), other.item(after), "{task:?} has changed {other:?}");
    }
}

/// Checks the tables after a request whose earlier attempt may have taken effect.
pub fn check_repeated(task: Task, way: Way, answer: &Answer, after: &Items) {
    let markers: Vec<&Value> = after.values().filter(|item| item["pk"]["S"] == "/garbage").collect();
    // Mark and marker are there together or not at all.
    let generation = live(after);
    for marker in &markers {
        assert_ne!(marker["sk"]["S"].as_str(), generation.as_deref(), "a marker of a live bucket");
    }
    let was_live = ![State::DroppedBucket, State::DroppedAnHourAgo, State::NoBucket].contains(&way.state);
    let is_marked = markers.iter().any(|marker| marker["sk"]["S"] == GENERATION);
    if was_live {
        assert_eq!(is_marked, generation.as_deref() != Some(GENERATION), "mark and marker differ: {markers:?}");
    }
    let bucket = Place::Bucket.item(after);
    if !bucket.is_null() {
        assert_eq!(bucket.get("acl").is_some(), bucket.get("dropped").is_none(), "{bucket}");
    }
    if !(200..300).contains(&answer.status) {
        return;
    }
    match task {
        Task::Grant(place) => assert!(place.names(after, MINE), "{:?}", place.item(after)),
        Task::Revoke(place) => assert!(!place.names(after, OLD), "{:?}", place.item(after)),
        Task::Replace(place) => {
            assert!(place.names(after, MINE) && !place.names(after, OLD), "{:?}", place.item(after));
        }
        Task::Make => assert!(generation.is_some(), "{bucket}"),
        Task::Drop => assert!(is_marked && generation.as_deref() != Some(GENERATION), "{bucket}"),
        Task::Show(place) if way.state == State::Administered => {
            assert_eq!(answer.json(), json!({place.verb(): [{"userID": "old"}]}));
        }
        Task::Show(_) => assert!(answer.json().as_object().is_some_and(|verbs| !verbs.is_empty())),
        Task::Count => assert_eq!(answer.json()["size"], 1),
        Task::Query => assert_eq!(answer.json()["results"].as_array().map(Vec::len), Some(1)),
        Task::CountHits => assert_eq!(answer.json()["aggregations"]["n"], 1),
        Task::List => assert_eq!(answer.json()["bucketIDs"], json!(["notes"])),
    }
}

impl Way {
    /// What another administrator does during the request, if anything.
    fn rivalry(self) -> Option<Rivalry> {
        self.events.iter().find_map(|(_, event)| if let Event::They(rivalry) = event { Some(*rivalry) } else { None })
    }
}

pub const fn row(task: Task, name: &'static str, state: State, calls: &'static [&'static str], status: u16) -> Way {
    Way {
        operation: Operation::Administer(task),
        name,
        state,
        caller: Caller::Administrator,
        calls,
        status,
        status_without_event: status,
        status_of_repetition: match task {
            Task::Show(_) | Task::Count | Task::Query | Task::CountHits | Task::List => 200,
            Task::Replace(_) => 204,
            Task::Grant(_) | Task::Make => 409,
            Task::Revoke(_) | Task::Drop => 404,
        },
        ..NEXT
    }
}

/// A request during which another administrator does something.
const fn meanwhile(way: Way, name: &'static str, events: &'static [(usize, Event)]) -> Way {
    Way { name, events, ..way }
}

const ADMINISTERED: State = State::Administered;
const DEFAULT: State = State::Of(Thing::Object, false);
const SEEN: State = State::Of(Thing::Object, true);

const OF_SCOPE: &[&str] = &[BATCH, GET, UPDATE];
const OF_SCOPE_AGAIN: &[&str] = &[BATCH, GET, UPDATE, GET, UPDATE];
const OF_BUCKET: &[&str] = &[BATCH, UPDATE];
const OF_BUCKET_AGAIN: &[&str] = &[BATCH, UPDATE, GET, UPDATE];
const OF_OBJECT: &[&str] = &[BATCH, UPDATE];
const OF_OBJECT_AGAIN: &[&str] = &[BATCH, UPDATE, UPDATE];
const MAKING: &[&str] = &[BATCH, GET, UPDATE];
const DROPPING: &[&str] = &[BATCH, TRANSACT];

const GRANTED: &[(usize, Event)] = &[(1, Event::They(Rivalry::Grant))];
const REVOKED: &[(usize, Event)] = &[(1, Event::They(Rivalry::Revoke))];
const MADE: &[(usize, Event)] = &[(2, Event::They(Rivalry::Make))];
const SWEPT: &[(usize, Event)] = &[(2, Event::TheySweep)];
const DROPPED: &[(usize, Event)] = &[(1, Event::They(Rivalry::Drop))];

const fn refused(way: Way, status_without_event: u16) -> Way {
    Way { status_without_event, ..way }
}

pub const WAYS: [Way; 53] = [
    row(Task::Show(Place::Scope), "default", State::NoBucket, &[BATCH, GET], 200),
    row(Task::Show(Place::Scope), "stored", ADMINISTERED, &[BATCH, GET], 200),
    row(Task::Show(Place::Bucket), "stored", ADMINISTERED, &[BATCH], 200),
    row(Task::Show(Place::Bucket), "no bucket", State::NoBucket, &[BATCH], 404),
    row(Task::Show(Place::Object), "default, bucket not read before", DEFAULT, &[BATCH, GET], 200),
    row(Task::Show(Place::Object), "stored", ADMINISTERED, &[BATCH], 200),
    row(Task::Grant(Place::Scope), "first change", State::NoBucket, OF_SCOPE, 204),
    row(Task::Grant(Place::Scope), "later change", ADMINISTERED, OF_SCOPE, 204),
    meanwhile(
        row(Task::Grant(Place::Scope), "", State::NoBucket, OF_SCOPE_AGAIN, 204),
        "first change by another",
        &[(2, Event::They(Rivalry::Grant))],
    ),
    meanwhile(
        row(Task::Grant(Place::Scope), "", ADMINISTERED, OF_SCOPE_AGAIN, 204),
        "change by another",
        &[(2, Event::They(Rivalry::Grant))],
    ),
    row(Task::Grant(Place::Bucket), "stored", ADMINISTERED, OF_BUCKET, 204),
    meanwhile(row(Task::Grant(Place::Bucket), "", ADMINISTERED, OF_BUCKET_AGAIN, 204), "change by another", GRANTED),
    row(Task::Grant(Place::Bucket), "makes the bucket", State::NoBucket, MAKING, 204),
    row(Task::Grant(Place::Bucket), "makes the bucket over a dropped one", State::DroppedBucket, MAKING, 204),
    meanwhile(
        row(Task::Grant(Place::Bucket), "", State::DroppedAnHourAgo, MAKING, 204),
        "makes the bucket over a dropped one that is swept meanwhile",
        SWEPT,
    ),
    meanwhile(
        row(Task::Grant(Place::Bucket), "", State::NoBucket, &[BATCH, GET, UPDATE, GET, UPDATE], 204),
        "lost race for the bucket",
        MADE,
    ),
    meanwhile(
        row(Task::Grant(Place::Bucket), "", State::DroppedBucket, &[BATCH, GET, UPDATE, GET, UPDATE], 204),
        "lost race over a dropped bucket",
        MADE,
    ),
    meanwhile(
        row(Task::Grant(Place::Bucket), "", ADMINISTERED, &[BATCH, UPDATE, GET, GET, UPDATE], 204),
        "dropped by another",
        DROPPED,
    ),
    row(Task::Grant(Place::Object), "default", SEEN, OF_OBJECT, 204),
    row(Task::Grant(Place::Object), "default, bucket not read before", DEFAULT, &[BATCH, GET, UPDATE], 204),
    row(Task::Grant(Place::Object), "stored", ADMINISTERED, OF_OBJECT, 204),
    meanwhile(row(Task::Grant(Place::Object), "", SEEN, OF_OBJECT_AGAIN, 204), "first change by another", GRANTED),
    meanwhile(row(Task::Grant(Place::Object), "", ADMINISTERED, OF_OBJECT_AGAIN, 204), "change by another", GRANTED),
    row(Task::Revoke(Place::Scope), "stored", ADMINISTERED, OF_SCOPE, 204),
    refused(
        meanwhile(
            row(Task::Revoke(Place::Scope), "", ADMINISTERED, &[BATCH, GET, UPDATE, GET], 404),
            "revoked by another",
            &[(2, Event::They(Rivalry::Revoke))],
        ),
        204,
    ),
    row(Task::Revoke(Place::Scope), "not granted", State::NoBucket, &[BATCH, GET], 404),
    row(Task::Revoke(Place::Bucket), "stored", ADMINISTERED, OF_BUCKET, 204),
    refused(
        meanwhile(
            row(Task::Revoke(Place::Bucket), "", ADMINISTERED, &[BATCH, UPDATE, GET], 404),
            "revoked by another",
            REVOKED,
        ),
        204,
    ),
    refused(
        meanwhile(
            row(Task::Revoke(Place::Bucket), "", ADMINISTERED, &[BATCH, UPDATE, GET], 404),
            "dropped by another",
            DROPPED,
        ),
        204,
    ),
    row(Task::Revoke(Place::Bucket), "no bucket", State::DroppedBucket, &[BATCH], 404),
    row(Task::Revoke(Place::Object), "stored", ADMINISTERED, OF_OBJECT, 204),
    refused(
        meanwhile(
            row(Task::Revoke(Place::Object), "", ADMINISTERED, &[BATCH, UPDATE], 404),
            "revoked by another",
            REVOKED,
        ),
        204,
    ),
    row(Task::Replace(Place::Scope), "first change", State::NoBucket, OF_SCOPE, 204),
    row(Task::Replace(Place::Scope), "stored", ADMINISTERED, OF_SCOPE, 204),
    row(Task::Replace(Place::Bucket), "stored", ADMINISTERED, OF_BUCKET, 204),
    row(Task::Replace(Place::Bucket), "no bucket", State::NoBucket, &[BATCH], 404),
    row(Task::Replace(Place::Object), "default", SEEN, OF_OBJECT, 204),
    row(Task::Replace(Place::Object), "stored", ADMINISTERED, OF_OBJECT, 204),
    row(Task::Make, "unused", State::NoBucket, MAKING, 201),
    row(Task::Make, "over a dropped bucket", State::DroppedBucket, MAKING, 201),
    meanwhile(
        row(Task::Make, "", State::DroppedAnHourAgo, MAKING, 201),
        "over a dropped bucket that is swept meanwhile",
        SWEPT,
    ),
    refused(
        meanwhile(row(Task::Make, "", State::NoBucket, &[BATCH, GET, UPDATE, GET, GET], 409), "lost race", MADE),
        201,
    ),
    row(Task::Make, "bucket exists", ADMINISTERED, &[BATCH, GET], 409),
    row(Task::Drop, "live bucket", ADMINISTERED, DROPPING, 204),
    row(Task::Drop, "no bucket", State::DroppedBucket, &[BATCH], 404),
    meanwhile(
        row(Task::Drop, "", ADMINISTERED, &[BATCH, TRANSACT, GET, TRANSACT], 204),
        "conflict with a transaction that does not take effect",
        &[(1, Event::Conflict)],
    ),
    meanwhile(row(Task::Drop, "", ADMINISTERED, &[BATCH, TRANSACT, TRANSACT], 204), "ACL changed by another", GRANTED),
    refused(meanwhile(row(Task::Drop, "", ADMINISTERED, DROPPING, 404), "dropped by another", DROPPED), 204),
    refused(
        meanwhile(
            row(Task::Drop, "", ADMINISTERED, DROPPING, 404),
            "dropped and made by another",
            &[(1, Event::They(Rivalry::DropAndMake))],
        ),
        204,
    ),
    row(Task::Count, "one object", ADMINISTERED, &[BATCH, QUERY], 200),
    row(Task::Count, "no bucket", State::NoBucket, &[BATCH], 404),
    row(Task::Query, "one object", ADMINISTERED, &[BATCH, QUERY], 200),
    row(Task::List, "one bucket", ADMINISTERED, &[BATCH, QUERY], 200),
];
