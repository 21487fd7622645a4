//! Requests in process, over a DynamoDB that takes no time.

use pail::auth::credentials::Credentials;
use pail::auth::verifier::Verifier;
use pail_testing::events as app_events;
use pail_testing::fixtures::GENERATION;

use crate::events;
use crate::floor::{Calls, Floor};
use crate::objects;
use crate::place::Place;
use crate::replies::{CallStats, Replies};

/// The cases, in the order of the tables. `verify-…` only verify a token. `hs256-cached` runs in a handler that caches
/// app and bucket. `get`, `put`, `patch` and `delete` are requests with Basic for an existing object, in a process that
/// has read its bucket before. `bare-…` make only the DynamoDB calls of these.
pub const CASES: [&str; 23] = [
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
}

impl Case {
    /// The case of this name.
    pub fn new(name: &str) -> Self {
        if let Some(algorithm) = name.strip_prefix("verify-") {
            return Self::of_verification(algorithm);
        }
        let object = events::object(300);
        let hs256 = token("hs256");
        let create = |credentials: &str| Some(events::create(credentials, &events::path("notes"), &object));
        let of_size = |bytes: usize| Some(events::create(&hs256, &events::path("notes"), &events::object(bytes)));
        let of_object =
            |method: &str, body: &str| Some(events::request(method, events::APP_KEY, &events::object_path(0), body));
        let (event, status) = match name {
            "two-calls" | "bare-get" | "bare-change" | "bare-delete" => (None, 201),
            "get" => (of_object("GET", ""), 200),
            "put" => (of_object("PUT", &object), 200),
            "patch" => (of_object("PATCH", events::CHANGE), 200),
            "delete" => (of_object("DELETE", ""), 204),
            "basic" => (create(events::APP_KEY), 201),
            "hs256-cached" => (create(&hs256), 201),
            "hs256" | "rs256" | "es256" | "eddsa" => (create(&token(name)), 201),
            "first-object" => (Some(events::create(&hs256, &events::path("news"), &object)), 201),
            "4-kb" => (of_size(4_096), 201),
            "64-kb" => (of_size(65_534), 201),
            "other-app" => (create(&events::credentials("wrong-app-key")), 401),
            "forged" => (create(&events::credentials("token-forged")), 403),
            other => panic!("there is no case {other}: {CASES:?}"),
        };
        let replies = Replies::of_engine();
        let place = Place::over(replies.http_client());
        let is_cached = name == "hs256-cached";
        let place = if is_cached { place.caching() } else { place };
        let floor = Floor { client: place.client.clone(), apps: "apps".to_owned(), objects: "objects".to_owned() };
        let stored = objects::open_item(GENERATION, &events::object_id(0), &object);
        place.runtime.block_on(objects::fill(&place.client, "objects", std::iter::once(stored)));
        if let Some(get) = of_object("GET", "").filter(|_| ["get", "put", "patch", "delete"].contains(&name)) {
            place.answer(&get, 200);
        }
        let work = match (event, name) {
            (Some(event), _) => Work::Request { place, event, status },
            (None, "bare-get") => Work::Floor { place, floor, calls: Calls::Get },
            (None, "bare-change") => Work::Floor { place, floor, calls: Calls::Change },
            (None, "bare-delete") => Work::Floor { place, floor, calls: Calls::Delete },
            (None, _) => Work::Floor { place, floor, calls: Calls::Create },
        };
        let mut case = Self { work, stats: CallStats::default() };
        if is_cached {
            case.run();
        }
        replies.count_from_here();
        case.run();
        case.stats = replies.fix();
        case
    }

    fn of_verification(algorithm: &str) -> Self {
        let token = token(algorithm).trim_start_matches("Bearer ").to_owned();
        let verifier = Verifier::new(app_events::app("demo"));
        let work = Work::Verification { verifier, credentials: Credentials::Token(token) };
        let case = Self { work, stats: CallStats::default() };
        case.run();
        case
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
        }
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
