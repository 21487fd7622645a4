//! Requests in process, over a DynamoDB that takes no time.

use pail::auth::credentials::Credentials;
use pail::auth::verifier::Verifier;
use pail::model::creator::Creator;
use pail::model::data_type::DataType;
use pail::model::document::Document;
use pail::model::id::{AppId, ObjectId, UserId};
use pail::model::object::{Object, ObjectAcl};
use pail::model::query::Query;
use pail::model::query::candidate::Candidate;
use pail::model::stamp::{Stamp, Version, Writer};
use pail_testing::events as app_events;
use pail_testing::fixtures::{GENERATION, tables};
use serde_json::json;

use crate::events;
use crate::floor::{Calls, Floor};
use crate::objects;
use crate::place::Place;
use crate::replies::{CallStats, Replies};
use crate::scores;

/// The cases, in the order of the tables. `verify-…` only verify a token. `hs256-cached` runs in a handler that caches
/// app and bucket. `get`, `put`, `patch` and `delete` are requests with Basic for an existing object, in a process that
/// has read its bucket before. `page` is a query with Basic for 50 objects of 500 bytes by an index. `bare-…` make only the
/// DynamoDB calls of these. `4-clauses` only judges four clauses on an object of 500 bytes. `5-indexes` is a create with
/// Basic of such an object in a bucket with five indexes, and `no-index` the same in one without.
pub const CASES: [&str; 28] = [
    "two-calls",
    "basic",
    "hs256",
    "rs256",
    "es256",
    "eddsa",
    "verify-hs256",
    "verify-rs256",
    "verify-es256",
    "verify-eddsa",
    "hs256-cached",
    "first-object",
    "4-kb",
    "64-kb",
    "bare-get",
    "get",
    "bare-change",
    "put",
    "patch",
    "bare-delete",
    "delete",
    "bare-page",
    "page",
    "4-clauses",
    "no-index",
    "5-indexes",
    "other-app",
    "forged",
];

/// A case that has run once, so that lazy values are initialised.
pub struct Case {
    work: Work,
    /// The calls and units of one run.
    pub stats: CallStats,
}

/// What a case does.
enum Work {
    /// The calls of an operation.
    Floor { place: Place, floor: Floor, calls: Calls },
    /// A request, whose answer has this status.
    Request { place: Place, event: String, status: u16 },
    /// The verification of a token, without a request.
    Verification { verifier: Verifier, credentials: Credentials },
    /// Judging the clauses of a query on an object, without a request.
    Judgement { query: Query, app: AppId, id: ObjectId, object: Object },
}

impl Case {
    /// The case of this name.
    pub fn new(name: &str) -> Self {
        if let Some(algorithm) = name.strip_prefix("verify-") {
            return Self::alone(verification(algorithm));
        }
        if name == "4-clauses" {
            return Self::alone(judgement());
        }
        let replies = Replies::of_serve();
        let place = Place::over(replies.http_client());
        let place = if name == "hs256-cached" { place.caching() } else { place };
        fill(&place, name);
        let work = match name.strip_prefix("bare-").or((name == "two-calls").then_some("create")) {
            Some(calls) => {
                let floor = Floor { client: place.client.clone(), tables: tables() };
                let (_, calls) = Calls::ALL.into_iter().find(|(name, _)| *name == calls).expect("calls of this name");
                Work::Floor { place, floor, calls }
            }
            None => {
                let (event, status) = request(name);
                Work::Request { place, event, status }
            }
        };
        let mut case = Self { work, stats: CallStats::default() };
        if ["hs256-cached", "get", "put", "patch", "delete"].contains(&name) {
            case.warm_up();
        }
        replies.count_from_here();
        case.run();
        case.stats = replies.fix();
        case
    }

    /// A case without calls.
    fn alone(work: Work) -> Self {
        let case = Self { work, stats: CallStats::default() };
        case.run();
        case
    }

    /// Lets the process read app and bucket.
    fn warm_up(&self) {
        if let Work::Request { place, .. } = &self.work {
            place.answer(&of_object("GET", ""), 200);
        }
    }

    /// Runs the case once.
    pub fn run(&self) {
        match &self.work {
            Work::Floor { place, floor, calls } => {
                let id = if *calls == Calls::Create { "an-object".to_owned() } else { events::object_id(0) };
                place.runtime.block_on(floor.make(*calls, &id, &events::object(300)));
            }
            Work::Request { place, event, status } => place.answer(event, *status),
            Work::Verification { verifier, credentials } => {
                let verified = verifier.authenticate(credentials, None, app_events::RULES, app_events::now());
                assert!(verified.is_ok(), "{verified:?}");
            }
            Work::Judgement { query, app, id, object } => {
                let candidate = Candidate::new(app, id, object).expect("the object is JSON");
                assert!(query.clause.matches(&candidate), "all clauses hold");
            }
        }
    }
}

/// Writes what the requests of a case find.
fn fill(place: &Place, name: &str) {
    let tables = tables();
    let stored = objects::open_item(GENERATION, &events::object_id(0), &events::object(300));
    place.runtime.block_on(objects::fill(&place.client, &tables.objects, std::iter::once(stored)));
    let fields: &[&str] = match name {
        "page" | "bare-page" => &["n"],
        "5-indexes" => &["n", "team", "done", "text", "absent"],
        _ => &[],
    };
    place.runtime.block_on(scores::set_up(&place.client, &tables, fields));
    if fields == ["n"] {
        place.runtime.block_on(scores::fill(&place.client, &tables, 0..2 * scores::PAGE, scores::SIZE));
    }
}

/// The event of a case, and the status of its answer.
fn request(name: &str) -> (String, u16) {
    let object = events::object(300);
    let hs256 = || token("hs256");
    let create = |credentials: &str| events::create(credentials, &events::path("notes"), &object);
    let of_size = |bytes: usize| events::create(&hs256(), &events::path("notes"), &events::object(bytes));
    match name {
        "get" => (of_object("GET", ""), 200),
        "put" => (of_object("PUT", &object), 200),
        "patch" => (of_object("PATCH", events::CHANGE), 200),
        "delete" => (of_object("DELETE", ""), 204),
        "page" => (scores::page(0, scores::PAGE), 200),
        "no-index" | "5-indexes" => (scores::create(scores::SIZE), 201),
        "basic" => (create(events::APP_KEY), 201),
        "hs256-cached" => (create(&hs256()), 201),
        "hs256" | "rs256" | "es256" | "eddsa" => (create(&token(name)), 201),
        "first-object" => (events::create(&hs256(), &events::path("news"), &object), 201),
        "4-kb" => (of_size(4_096), 201),
        "64-kb" => (of_size(65_534), 201),
        "other-app" => (create(&events::credentials("wrong-app-key")), 401),
        "forged" => (create(&events::credentials("token-forged")), 403),
        other => panic!("there is no case {other}: {CASES:?}"),
    }
}

/// The event of a request by Basic for the object that is there.
fn of_object(method: &str, body: &str) -> String {
    events::request(method, events::APP_KEY, &events::object_path(0), body)
}

fn verification(algorithm: &str) -> Work {
    let token = token(algorithm).trim_start_matches("Bearer ").to_owned();
    let verifier = Verifier::new(app_events::app("demo"));
    Work::Verification { verifier, credentials: Credentials::Token(token) }
}

/// Four clauses that all hold, so that each of them is judged.
fn judgement() -> Work {
    let clauses = json!([
        {"type": "eq", "field": "team", "value": "t7"},
        {"type": "range", "field": "n", "lowerLimit": 1_000, "upperLimit": 2_000},
        {"type": "prefix", "field": "title", "prefix": "A "},
        {"type": "not", "clause": {"type": "eq", "field": "done", "value": true}},
    ]);
    let query = json!({"clause": {"type": "and", "clauses": clauses}}).to_string();
    let object = Object {
        content: Document::stored(&scores::content(1_007, scores::SIZE)),
        data_type: DataType::json(),
        owner: Creator::User(UserId::parse("alice").expect("a user's ID")),
        created: 0,
        modified: 0,
        acl: ObjectAcl::Default,
        marks: None,
        stamp: Stamp { version: Version(1), writer: Writer::new(0) },
    };
    Work::Judgement {
        query: Query::parse(&query).expect("a query"),
        app: AppId::parse("demo").expect("an app's ID"),
        id: ObjectId::random(0),
        object,
    }
}

/// The value of `Authorization` with a token that is signed with this algorithm.
fn token(algorithm: &str) -> String {
    events::credentials(match algorithm {
        "hs256" => "kii-headers-and-token",
        "rs256" => "administrator",
        "es256" => "user",
        "eddsa" => "thing",
        other => panic!("no event has a token by {other}"),
    })
}
