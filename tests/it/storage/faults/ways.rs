//! The ways of each operation: the calls of a request, the state of the tables, and concurrent events.

use std::fmt;

use super::buckets::{self, Rivalry, Task};
use super::indexes;
use super::objects;
use super::sweeps::{self, Garbage};
use super::tokens::{self, Errand, Stored};
use crate::operators::sweep::first_only;
use pail_testing::fixtures::{dropped, with_version};
use pail_testing::{Act, Answer, Call, Installation, Items, bucket_item, callers};
use serde_json::{Value, json};

/// The operation of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    CreateObject,
    GetObject,
    PutObject,
    PatchObject,
    DeleteObject,
    Administer(Task),
    Token(Errand),
    Sweep,
    /// A back fill of an index.
    Fill,
}

/// A row: one way of an operation. Together, the ways of an operation cover every call that it can make, at every
/// position.
#[derive(Clone, Copy)]
pub struct Way {
    pub operation: Operation,
    pub name: &'static str,
    pub state: State,
    /// Whether the bucket has the indexes of [`indexes::RULES`].
    pub is_indexed: bool,
    pub caller: Caller,
    pub has_key: bool,
    /// A header field with a condition.
    pub condition: Option<(&'static str, &'static str)>,
    /// Concurrent events, each with the number of the call before which it happens.
    pub events: &'static [(usize, Event)],
    /// The calls, if nothing fails.
    pub calls: &'static [&'static str],
    /// The status, if nothing fails.
    pub status: u16,
    /// Whether the answer is a replay, if nothing fails.
    pub is_replay: bool,
    /// The status if the request ends before the event and is repeated without it.
    pub status_without_event: u16,
    /// The status of the same request when it is repeated after it took effect.
    pub status_of_repetition: u16,
}

/// The tables before the request. All ways use the bucket `notes`.
#[derive(Clone, Copy, PartialEq)]
pub enum State {
    NoBucket,
    /// There is no bucket, and anonymous callers may create one.
    NoBucketAndOpenScope,
    Bucket,
    /// The bucket's ACL grants nothing.
    LockedBucket,
    DroppedBucket,
    /// The bucket was dropped an hour ago with an object in it, and there is its marker.
    DroppedAnHourAgo,
    /// The same request was answered before with this body.
    Answered(&'static str),
    /// Scope, bucket and object have ACLs that are stored.
    Administered,
    /// A bucket and its content. `true` if the process has read the bucket before.
    Of(Thing, bool),
    /// An app with clients, and a token.
    Token(Stored),
    /// A dropped bucket, and live items.
    Swept(Garbage),
    /// An object without an entry of the index that is filled.
    Unfilled,
    /// The same as [`Self::Administered`], with an old entry that no object holds.
    LeftOver,
}

/// The content of a bucket under the ID of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Nothing,
    /// An object of version 3.
    Object,
    /// The same, with the values that the request writes.
    MyObject,
    /// The same, with an ACL that grants nothing.
    LockedObject,
    Tombstone,
    /// An object in a bucket that was dropped and created again after the process had read it.
    ObjectOfTheNextBucket,
}

#[derive(Clone, Copy)]
pub enum Caller {
    Alice,
    Anonymous,
    Administrator,
    /// The request itself has the credentials.
    OfTheRequest,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Event {
    /// DynamoDB leaves the app out of a batch.
    AppUnprocessed,
    /// DynamoDB leaves the object out of a batch.
    ObjectUnprocessed,
    /// A transaction conflicts with another one.
    Conflict,
    /// Another client creates an object together with the bucket.
    TheyCreate,
    /// The same request is sent a second time and answered first.
    TwinCreates,
    /// Another client puts an object under the same ID.
    TheyPut,
    /// Another client deletes the object.
    TheyDelete,
    /// Another administrator does something.
    They(Rivalry),
    /// Another process sweeps, with a clock that is an hour ahead.
    TheySweep,
    /// Others use and drop the next bucket of the same name.
    TheyGoOn,
    /// A write into a dropped bucket arrives late.
    ItIsLate,
    /// DynamoDB leaves deletions of a batch unprocessed.
    DeletionsUnprocessed,
    /// Somebody else revokes the token.
    TheyRevoke,
    /// DynamoDB removes the token, as it has expired.
    ItExpires,
}

/// The body of the request. It distinguishes its objects from those of other clients.
pub const MINE: &str = r#"{"whose":"mine"}"#;
const THEIRS: &str = r#"{"whose":"theirs"}"#;

pub const BATCH: &str = "BatchGetItem";
pub const BATCH_WRITE: &str = "BatchWriteItem";
pub const GET: &str = "GetItem";
pub const PUT: &str = "PutItem";
pub const QUERY: &str = "Query";
pub const TRANSACT: &str = "TransactWriteItems";
pub const UPDATE: &str = "UpdateItem";

/// A create in an existing bucket.
pub const NEXT: Way = Way {
    operation: Operation::CreateObject,
    name: "next object",
    state: State::Bucket,
    is_indexed: false,
    caller: Caller::Alice,
    has_key: false,
    condition: None,
    events: &[],
    calls: &[BATCH, PUT],
    status: 201,
    is_replay: false,
    status_without_event: 201,
    status_of_repetition: 201,
};

/// A create that also creates the bucket.
const FIRST: Way = NEXT.first();

/// The ways of a create.
const CREATES: [Way; 16] = [
    NEXT,
    Way { name: "next object with a key", has_key: true, ..NEXT },
    Way { name: "replay", state: State::Answered(MINE), has_key: true, is_replay: true, ..NEXT },
    Way { has_key: true, ..NEXT.refused("reused key", State::Answered(THEIRS), &[BATCH, PUT], 422) },
    NEXT.refused("denied by the bucket", State::LockedBucket, &[BATCH], 401),
    Way { name: "app unprocessed", events: &[(0, Event::AppUnprocessed)], calls: &[BATCH, BATCH, PUT], ..NEXT },
    FIRST,
    Way { name: "first object with a key", has_key: true, ..FIRST },
    FIRST.over_dropped_bucket(),
    FIRST.over_swept_bucket(),
    Way { caller: Caller::Anonymous, ..FIRST.refused("denied by the scope", State::NoBucket, &[BATCH, GET], 401) },
    Way { name: "lost race", events: &[(1, Event::TheyCreate)], calls: &[BATCH, GET, TRANSACT, PUT], ..FIRST },
    Way {
        name: "lost race to its twin",
        has_key: true,
        events: &[(1, Event::TwinCreates)],
        calls: &[BATCH, GET, TRANSACT, PUT],
        is_replay: true,
        ..FIRST
    },
    Way {
        name: "lost race, denied by the winner's bucket",
        state: State::NoBucketAndOpenScope,
        caller: Caller::Anonymous,
        events: &[(1, Event::TheyCreate)],
        status: 401,
        ..FIRST
    },
    FIRST.after_conflict(),
    Way {
        name: "conflict with the winner",
        events: &[(2, Event::Conflict), (3, Event::TheyCreate)],
        calls: &[BATCH, GET, TRANSACT, GET, PUT],
        ..FIRST
    },
];

/// Every way of every operation.
pub fn ways() -> impl Iterator<Item = Way> {
    let of_requests = CREATES.into_iter().chain(objects::WAYS).chain(buckets::WAYS).chain(tokens::WAYS);
    of_requests.chain(sweeps::WAYS).chain(indexes::WAYS)
}

/// Every call of every way.
pub fn every_call() -> impl Iterator<Item = (Way, usize)> {
    ways().flat_map(|way| (0..way.calls.len()).map(move |call| (way, call)))
}

impl Operation {
    /// The request, without credentials.
    fn request(self) -> Call {
        match self {
            Self::CreateObject => Call::create("demo", "notes").body(MINE),
            Self::GetObject => objects::request("GET"),
            Self::PutObject => objects::request("PUT").body(MINE),
            Self::PatchObject => objects::request("PATCH").body(MINE),
            Self::DeleteObject => objects::request("DELETE"),
            Self::Administer(task) => task.request(),
            Self::Token(errand) => errand.request(),
            Self::Sweep | Self::Fill => panic!("{self:?} is no request"),
        }
    }

    /// Whether the same operation makes another thing when it is repeated.
    pub fn makes_anew(self) -> bool {
        match self {
            Self::CreateObject => true,
            Self::Token(errand) => errand.makes_anew(),
            Self::GetObject
            | Self::PutObject
            | Self::PatchObject
            | Self::DeleteObject
            | Self::Administer(_)
            | Self::Sweep
            | Self::Fill => false,
        }
    }

    /// Compares the tables after a request with a fault with its answer.
    pub fn check(self, way: Way, answer: &Answer, before: &Items, after: &Items) {
        match self {
            Self::CreateObject => {
                let mine = objects_of(after, MINE);
                match answer.status {
                    201 => {
                        let [object] = mine[..] else { panic!("not stored exactly once: {mine:?}") };
                        let expected = (&json!(answer.text("objectID")), &json!("1"));
                        assert_eq!((&object["sk"]["S"], &object["version"]["N"]), expected);
                    }
                    503 => assert!(mine.len() <= 1, "written twice: {mine:?}"),
                    // The twin may have written before the request was refused.
                    _ if way.has_twin() => assert!(mine.len() <= 1, "written twice: {mine:?}"),
                    _ => {
                        let were = objects_of(before, MINE);
                        assert_eq!(mine, were, "a request that was refused has written");
                    }
                }
            }
            Self::GetObject | Self::PutObject | Self::PatchObject | Self::DeleteObject => {
                objects::check(way, answer, before, after);
            }
            Self::Administer(task) => buckets::check(task, way, answer, before, after),
            Self::Token(errand) => tokens::check(errand, way, answer, before, after),
            Self::Sweep => sweeps::check(way, answer, before, after),
            Self::Fill => indexes::check_fill(answer, before, after),
        }
    }

    /// Compares the tables after a request that crashed and was repeated with the second answer.
    pub fn check_repeated(self, way: Way, answer: &Answer, before: &Items, after: &Items) {
        match self {
            Self::CreateObject => {
                let mine = objects_of(after, MINE);
                match answer.status {
                    // Without a key, the request that crashed may have left a second object.
                    201 => {
                        assert!(mine.len() == 1 || mine.len() == 2 && !way.has_key, "{mine:?}");
                        assert!(mine.iter().any(|object| object["sk"]["S"] == answer.text("objectID")), "{mine:?}");
                    }
                    _ => assert_eq!(mine.len(), 0, "a request that was refused has written: {mine:?}"),
                }
            }
            Self::GetObject | Self::PutObject | Self::PatchObject | Self::DeleteObject => {
                objects::check_repeated(way, answer, after);
            }
            Self::Administer(task) => buckets::check_repeated(task, way, answer, after),
            Self::Token(errand) => tokens::check_repeated(errand, way, answer, before, after),
            Self::Sweep => sweeps::check(way, answer, before, after),
            Self::Fill => indexes::check_fill(answer, before, after),
        }
    }
}

/// The objects with this content.
fn objects_of<'a>(items: &'a Items, content: &str) -> Vec<&'a Value> {
    items.values().filter(|item| item["content"]["S"] == content).collect()
}

impl Way {
    /// The same request, which is refused in this state.
    pub const fn refused(self, name: &'static str, state: State, calls: &'static [&'static str], status: u16) -> Self {
        Self { name, state, calls, status, status_without_event: status, ..self }
    }

    /// The same request in a scope without the bucket, which it creates.
    pub const fn first(self) -> Self {
        Self { name: "first object", state: State::NoBucket, calls: &[BATCH, GET, TRANSACT], ..self }
    }

    /// A first object in a bucket that was dropped.
    pub const fn over_dropped_bucket(self) -> Self {
        Self { name: "first object over a dropped bucket", state: State::DroppedBucket, ..self }
    }

    /// The same, whose remains are swept meanwhile.
    pub const fn over_swept_bucket(self) -> Self {
        Self {
            name: "first object over a dropped bucket that is swept meanwhile",
            state: State::DroppedAnHourAgo,
            events: &[(2, Event::TheySweep)],
            ..self
        }
    }

    /// A first object whose transaction conflicts with another one, which does not take effect.
    pub const fn after_conflict(self) -> Self {
        Self {
            name: "conflict with a transaction that does not take effect",
            events: &[(2, Event::Conflict)],
            calls: &[BATCH, GET, TRANSACT, GET, TRANSACT],
            ..self
        }
    }

    /// Makes the request over the wire, or sweeps.
    pub async fn play(self, installation: &Installation) -> Answer {
        match self.operation {
            Operation::Sweep => sweeps::run(installation).await,
            Operation::Fill => indexes::fill(installation).await,
            _ => installation.answer(&self.request()).await,
        }
    }

    /// The request.
    fn request(self) -> Call {
        let call = self.operation.request();
        let call = match self.caller {
            Caller::Alice => call.bearer(&callers::user("alice")),
            Caller::Anonymous => call.basic("demo", "demo-key"),
            Caller::Administrator => call.bearer(&callers::administrator("root")),
            Caller::OfTheRequest => call,
        };
        let call = if let Some((name, value)) = self.condition { call.header(name, value) } else { call };
        if self.has_key { call.key("the-key") } else { call }
    }

    /// An installation in which the request takes this way.
    pub async fn installation(self) -> Installation {
        let installation = Installation::start().await;
        if self.is_indexed {
            indexes::declare(&installation).await;
        }
        match self.state {
            State::NoBucket => {}
            State::NoBucketAndOpenScope => {
                installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
            }
            State::Bucket => {
                let signed_in = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
                installation.put_bucket("demo", "notes", signed_in).await;
            }
            State::LockedBucket => installation.put_bucket("demo", "notes", json!({})).await,
            State::DroppedBucket => {
                let bucket = with_version(bucket_item("demo", "notes", &json!({})), 6);
                installation.put(dropped(bucket)).await;
            }
            State::DroppedAnHourAgo => sweeps::drop_an_hour_ago(&installation).await,
            State::Answered(body) => {
                installation.created(&self.request().body(body)).await;
            }
            State::Administered => buckets::prepare(&installation).await,
            State::Of(thing, is_seen) => objects::prepare(&installation, thing, is_seen).await,
            State::Token(stored) => tokens::prepare(&installation, stored).await,
            State::Swept(garbage) => sweeps::prepare(&installation, garbage).await,
            State::Unfilled => objects::prepare(&installation, Thing::Object, true).await,
            State::LeftOver => {
                buckets::prepare(&installation).await;
                indexes::leave_over(&installation).await;
            }
        }
        if self.is_indexed {
            indexes::fill_all(&installation, self).await;
        }
        installation
    }

    /// The call before which the event happens.
    pub fn event_at(self) -> Option<usize> {
        self.events.iter().map(|(call, _)| *call).max()
    }

    /// The status if earlier attempts at this call have failed. `has_landed` says whether one of them took
    /// effect.
    pub fn status_after_attempts_at(self, call: usize, has_landed: bool) -> u16 {
        let is_write = [PUT, UPDATE, TRANSACT].contains(&self.calls[call]);
        let mut events = self.events.iter().filter(|(at, _)| is_write && *at == call);
        match (self.operation, events.next().map(|(_, event)| *event)) {
            // It goes on until the object has a mark, whoever has written it.
            (Operation::Fill, _) => self.status,
            (Operation::Administer(task), Some(Event::They(rivalry))) => {
                buckets::status_after(task, rivalry, has_landed).unwrap_or(self.status)
            }
            // The other client found no object, or another writer may have overwritten this one.
            (Operation::DeleteObject, Some(Event::TheyDelete)) => {
                if has_landed {
                    204
                } else {
                    503
                }
            }
            (_, Some(Event::TheyPut | Event::TheyDelete)) if self.calls[call] != TRANSACT => 503,
            _ => self.status,
        }
    }

    /// Whether this call removes index entries that no longer count: if it fails, they stay, and the answer is the same.
    pub fn is_optional(self, call: usize) -> bool {
        let follows = |operations: &[&str]| call > 0 && operations.contains(&self.calls[call - 1]);
        let after_a_read = self.state == State::LeftOver && follows(&[BATCH]);
        self.is_indexed && self.calls[call] == BATCH_WRITE && (follows(&[PUT, UPDATE]) || after_a_read)
    }

    /// Whether the request takes effect with this call if the event just before the call does not happen.
    pub fn has_taken_effect(self, call: usize) -> bool {
        // What comes after it only removes index entries.
        let is_last = (call + 1..self.calls.len()).all(|later| self.is_optional(later));
        let is_write = [PUT, UPDATE, TRANSACT].contains(&self.calls[call]);
        (is_last || self.event_at() == Some(call)) && is_write && (self.status < 300 || self.event_at() == Some(call))
    }

    /// Whether the request has taken effect before this call.
    pub fn had_taken_effect(self, call: usize) -> bool {
        self.status < 300
            && self.is_optional(call)
            && self.has_taken_effect(call - 1)
            && self.event_at() != Some(call - 1)
    }

    /// Checks that nothing was written in part, and that another sweep would remove what a sweep has left.
    pub async fn assert_whole(self, installation: &Installation) {
        if let State::Swept(garbage) = self.state {
            sweeps::assert_next_finishes(installation, garbage).await;
        }
        // Objects of a dropped bucket are deleted later. A bucket may be made without an object.
        let may_differ = matches!(self.operation, Operation::Administer(_) | Operation::Sweep | Operation::Fill)
            || matches!(self.state, State::Of(Thing::ObjectOfTheNextBucket, _) | State::DroppedAnHourAgo);
        if !may_differ {
            installation.assert_whole().await;
        }
    }

    fn has_twin(self) -> bool {
        self.events.iter().any(|(_, event)| matches!(event, Event::TwinCreates))
    }

    /// What happens to each call without a fault, by its number. Events happen once.
    pub fn acts(self, installation: &Installation) -> impl FnMut(usize) -> Act + Send + use<> {
        let mut acts: Vec<Option<Act>> = self.calls.iter().map(|_| None).collect();
        for (call, event) in self.events {
            acts[*call] = Some(self.act(*event, installation));
        }
        move |call| acts.get_mut(call).and_then(Option::take).unwrap_or(Act::Pass)
    }

    fn act(self, event: Event, installation: &Installation) -> Act {
        let rival = |request: Call| {
            let rival = installation.rival();
            Act::after(move || rival.succeeds(request))
        };
        match event {
            Event::AppUnprocessed => Act::unprocessed(&["apps"]),
            Event::ObjectUnprocessed => objects::unprocessed(),
            Event::TheyPut => rival(objects::request("PUT").body(objects::THEIR_PUT).bearer(&callers::user("bob"))),
            Event::TheyDelete => {
                let (rival, request) = (installation.rival(), objects::request("DELETE").bearer(&callers::user("bob")));
                // If an earlier attempt of the request has deleted the object, the other client finds none.
                Act::after(move || rival.gets(request, &[204, 404]))
            }
            Event::They(rivalry) => {
                let Operation::Administer(task) = self.operation else { return indexes::act(rivalry, installation) };
                buckets::act(task, rivalry, installation)
            }
            Event::TheySweep => sweeps::they_sweep(installation),
            Event::TheyGoOn => sweeps::they_go_on(installation),
            Event::ItIsLate => sweeps::it_is_late(installation),
            Event::DeletionsUnprocessed => first_only(),
            Event::TheyRevoke => tokens::they_revoke(installation),
            Event::ItExpires => tokens::it_expires(installation),
            Event::Conflict => Act::conflict(),
            Event::TheyCreate if self.operation == Operation::CreateObject => {
                rival(self.request().without("idempotency-key").body(THEIRS))
            }
            Event::TheyCreate => rival(Call::create("demo", "notes").body(THEIRS).bearer(&callers::user("bob"))),
            Event::TwinCreates => rival(self.request()),
        }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}, {}", self.operation, self.name)
    }
}
