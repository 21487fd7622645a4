//! The ways of each operation: which calls a request makes, in which state of the tables, and what else happens meanwhile.

use std::fmt;

use super::objects;
use pail_testing::fixtures::{dropped, with_version};
use pail_testing::{Act, Answer, Call, Installation, Items, bucket_item, callers};
use serde_json::{Value, json};

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "operations on buckets and ACLs come next")]
pub enum Operation {
    CreateObject,
    GetObject,
    PutObject,
    PatchObject,
    DeleteObject,
}

/// A row: one way of an operation. Together, the ways of an operation make every call that it can make, in every place.
#[derive(Clone, Copy)]
pub struct Way {
    pub operation: Operation,
    pub name: &'static str,
    pub state: State,
    pub caller: Caller,
    pub has_key: bool,
    /// A header field with a condition.
    pub condition: Option<(&'static str, &'static str)>,
    /// What else happens, and just before which call.
    pub events: &'static [(usize, Event)],
    /// The calls, if nothing fails.
    pub calls: &'static [&'static str],
    /// The status, if nothing fails.
    pub status: u16,
    /// Whether the answer is a replay, if nothing fails.
    pub is_replay: bool,
    /// The status if the request ends before the event, and is sent again without it.
    pub status_without_event: u16,
    /// The status of the same request after it has taken effect.
    pub status_of_repetition: u16,
}

/// The tables before the request. All ways are about the bucket `notes`.
#[derive(Clone, Copy, PartialEq)]
pub enum State {
    NoBucket,
    /// There is no bucket, and anonymous callers may make one.
    NoBucketAndOpenScope,
    Bucket,
    /// The bucket's ACL lets nobody in.
    LockedBucket,
    DroppedBucket,
    /// The same request was answered before, with this body.
    Answered(&'static str),
    /// A bucket and what is in it. `true` if the process has seen the bucket before.
    Of(Thing, bool),
}

/// What is in a bucket under the ID of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Nothing,
    /// An object of version 3.
    Object,
    /// The same, with an ACL that lets nobody in.
    LockedObject,
    Tombstone,
    /// An object, in a bucket that was dropped and made again after the process had seen it.
    ObjectOfTheNextBucket,
}

#[derive(Clone, Copy)]
pub enum Caller {
    Alice,
    Anonymous,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Event {
    /// DynamoDB leaves the app out of a batch.
    AppUnprocessed,
    /// DynamoDB leaves the object out of a batch.
    ObjectUnprocessed,
    /// A transaction conflicts with another one.
    Conflict,
    /// Somebody else creates an object, and the bucket with it.
    TheyCreate,
    /// The same request is sent a second time, and is answered first.
    TwinCreates,
    /// Somebody else puts an object under the same ID.
    TheyPut,
    /// Somebody else deletes the object.
    TheyDelete,
}

/// The body of the request. It tells its objects from those of others.
pub const MINE: &str = r#"{"whose":"mine"}"#;
const THEIRS: &str = r#"{"whose":"theirs"}"#;

pub const BATCH: &str = "BatchGetItem";
pub const GET: &str = "GetItem";
pub const PUT: &str = "PutItem";
pub const TRANSACT: &str = "TransactWriteItems";
pub const UPDATE: &str = "UpdateItem";

/// A create into a bucket that exists.
pub const NEXT: Way = Way {
    operation: Operation::CreateObject,
    name: "next object",
    state: State::Bucket,
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

/// A create that makes its bucket.
const FIRST: Way = Way { name: "first object", state: State::NoBucket, calls: &[BATCH, GET, TRANSACT], ..NEXT };

/// The ways of a create.
const CREATES: [Way; 15] = [
    NEXT,
    Way { name: "next object with a key", has_key: true, ..NEXT },
    Way { name: "replay", state: State::Answered(MINE), has_key: true, is_replay: true, ..NEXT },
    Way {
        name: "reused key",
        state: State::Answered(THEIRS),
        has_key: true,
        status: 422,
        status_without_event: 422,
        ..NEXT
    },
    Way {
        name: "denied by the bucket",
        state: State::LockedBucket,
        calls: &[BATCH],
        status: 401,
        status_without_event: 401,
        ..NEXT
    },
    Way { name: "app unprocessed", events: &[(0, Event::AppUnprocessed)], calls: &[BATCH, BATCH, PUT], ..NEXT },
    FIRST,
    Way { name: "first object with a key", has_key: true, ..FIRST },
    Way { name: "first object over a dropped bucket", state: State::DroppedBucket, ..FIRST },
    Way {
        name: "denied by the scope",
        caller: Caller::Anonymous,
        calls: &[BATCH, GET],
        status: 401,
        status_without_event: 401,
        ..FIRST
    },
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
    Way {
        name: "conflict with a transaction that comes to nothing",
        events: &[(2, Event::Conflict)],
        calls: &[BATCH, GET, TRANSACT, GET, TRANSACT],
        ..FIRST
    },
    Way {
        name: "conflict with the winner",
        events: &[(2, Event::Conflict), (3, Event::TheyCreate)],
        calls: &[BATCH, GET, TRANSACT, GET, PUT],
        ..FIRST
    },
];

/// Every way of every operation.
pub fn ways() -> impl Iterator<Item = Way> {
    CREATES.into_iter().chain(objects::WAYS)
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
        }
    }

    /// Checks the tables after a request that met a fault, against its answer.
    pub fn check(self, way: Way, answer: &Answer, before: &Items, after: &Items) {
        match self {
            Self::CreateObject => {
                let mine = objects_of(after, MINE);
                match answer.status {
                    201 => {
                        let [object] = mine[..] else { panic!("not there exactly once: {mine:?}") };
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
        }
    }

    /// Checks the tables after a request that crashed and was sent again, against the second answer.
    pub fn check_repeated(self, way: Way, answer: &Answer, after: &Items) {
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
        }
    }
}

/// The objects with this content.
fn objects_of<'a>(items: &'a Items, content: &str) -> Vec<&'a Value> {
    items.values().filter(|item| item["content"]["S"] == content).collect()
}

impl Way {
    /// The request.
    pub fn request(self) -> Call {
        let call = self.operation.request();
        let call = match self.caller {
            Caller::Alice => call.bearer(&callers::user("alice")),
            Caller::Anonymous => call.basic("demo", "demo-key"),
        };
        let call = if let Some((name, value)) = self.condition { call.header(name, value) } else { call };
        if self.has_key { call.key("the-key") } else { call }
    }

    /// An installation in the state in which the request takes this way.
    pub async fn installation(self) -> Installation {
        let installation = Installation::start().await;
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
            State::Answered(body) => {
                installation.created(&self.request().body(body)).await;
            }
            State::Of(thing, is_seen) => objects::prepare(&installation, thing, is_seen).await,
        }
        installation
    }

    /// The call before which the event happens.
    pub fn event_at(self) -> Option<usize> {
        self.events.iter().map(|(call, _)| *call).max()
    }

    /// Whether somebody else writes the object just before this call does. After several attempts at the call, nobody can
    /// know whether one has taken effect.
    pub fn is_overtaken_at(self, call: usize) -> bool {
        let is_write = [PUT, UPDATE].contains(&self.calls[call]);
        is_write
            && self.events.iter().any(|(at, event)| *at == call && matches!(event, Event::TheyPut | Event::TheyDelete))
    }

    /// Whether the request and somebody else, just before this call, delete the same object. If an earlier attempt at the
    /// call has taken effect, there was nothing left for the other.
    pub fn is_deleted_twice_at(self, call: usize) -> bool {
        self.operation == Operation::DeleteObject && self.events.contains(&(call, Event::TheyDelete))
    }

    /// Whether the request has taken effect with this call, if the event that is due just before it does not happen.
    pub fn has_taken_effect(self, call: usize) -> bool {
        let is_last = call + 1 == self.calls.len() || self.event_at() == Some(call);
        let is_write = [PUT, UPDATE, TRANSACT].contains(&self.calls[call]);
        is_last && is_write && (self.status < 300 || self.event_at() == Some(call))
    }

    /// Checks that nothing was written in part.
    pub async fn assert_whole(self, installation: &Installation) {
        // What is left of a dropped bucket is swept later.
        if !matches!(self.state, State::Of(Thing::ObjectOfTheNextBucket, _)) {
            installation.assert_whole().await;
        }
    }

    fn has_twin(self) -> bool {
        self.events.iter().any(|(_, event)| matches!(event, Event::TwinCreates))
    }

    /// What happens to each call that is let through, by its number. Events happen once.
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
                // Where an earlier attempt of the request itself has deleted the object, they find none.
                Act::after(move || rival.gets(request, &[204, 404]))
            }
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
