//! Requests in process, over a DynamoDB that takes no time.

use crate::events;
use crate::floor::Floor;
use crate::place::Place;
use crate::replies::{Replies, Spent};

/// The cases, in the order of the tables. A handler that has seen neither app nor token answers those that end with `-new`,
/// one that caches app and bucket answers `hs256-kept`, and one that has seen both answers the others.
pub const CASES: [&str; 16] = [
    "two-calls",
    "basic",
    "hs256",
    "rs256",
    "es256",
    "eddsa",
    "hs256-new",
    "rs256-new",
    "es256-new",
    "eddsa-new",
    "hs256-kept",
    "first-object",
    "4-kb",
    "64-kb",
    "other-app",
    "forged",
];

/// A case that has been answered once, so that everything lazy is initialised.
pub struct Case {
    place: Place,
    floor: Floor,
    /// `None` for the two calls alone.
    event: Option<String>,
    status: u16,
    is_new: bool,
    /// The calls and units of the one answer.
    pub spent: Spent,
}

impl Case {
    /// The case of this name.
    pub fn new(name: &str) -> Self {
        let object = events::object(300);
        let hs256 = events::credentials("kii-headers-and-token");
        let create = |credentials: &str| Some(events::create(credentials, &events::path("notes"), &object));
        let of_size = |bytes: usize| Some(events::create(&hs256, &events::path("notes"), &events::object(bytes)));
        let (kind, is_new) = name.strip_suffix("-new").map_or((name, false), |kind| (kind, true));
        let (event, status) = match kind {
            "two-calls" => (None, 201),
            "basic" => (create(events::APP_KEY), 201),
            "hs256" | "hs256-kept" => (create(&hs256), 201),
            "rs256" => (create(&events::credentials("administrator")), 201),
            "es256" => (create(&events::credentials("user")), 201),
            "eddsa" => (create(&events::credentials("thing")), 201),
            "first-object" => (Some(events::create(&hs256, &events::path("news"), &object)), 201),
            "4-kb" => (of_size(4_096), 201),
            "64-kb" => (of_size(65_534), 201),
            "other-app" => (create(&events::credentials("wrong-app-key")), 401),
            "forged" => (create(&events::credentials("token-forged")), 403),
            other => panic!("there is no case {other}: {CASES:?}"),
        };
        let replies = Replies::of_engine();
        let place = Place::over(replies.http_client());
        let is_kept = name == "hs256-kept";
        let place = if is_kept { place.keeping() } else { place };
        let floor = Floor { client: place.client.clone(), apps: "apps".to_owned(), objects: "objects".to_owned() };
        let mut case = Self { place, floor, event, status, is_new, spent: Spent::default() };
        if is_kept {
            case.run();
        }
        replies.count_from_here();
        case.run();
        case.spent = replies.keep();
        case
    }

    /// Runs the case once.
    pub fn run(&self) {
        match &self.event {
            None => self.place.runtime.block_on(async {
                self.floor.read().await;
                self.floor.put("an-object", &events::object(300)).await;
            }),
            Some(event) if self.is_new => self.place.answer_anew(event, self.status),
            Some(event) => self.place.answer(event, self.status),
        }
    }
}
