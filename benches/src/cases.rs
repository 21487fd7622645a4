//! Requests in process, over a DynamoDB that costs nothing.

use std::time::Duration;

use pail::http::{Handler, Invocation};
use pail::store::client::{self, Credentials, Endpoint};
use pail::store::embedded::Engine;
use tokio::runtime::{Builder, Runtime};

use crate::floor::Floor;
use crate::replies::Replies;
use crate::{apps, events};

/// What is asked for, in the order of the tables.
pub const CASES: [&str; 11] =
    ["two-calls", "basic", "hs256", "rs256", "es256", "eddsa", "first-object", "4-kb", "64-kb", "other-app", "forged"];

/// A case that has been answered once, so that all that is made once is made.
pub struct Case {
    runtime: Runtime,
    floor: Floor,
    handler: Handler,
    /// `None` for the two calls alone.
    event: Option<String>,
    status: u16,
}

impl Case {
    /// The case of this name.
    pub fn new(name: &str) -> Self {
        let object = events::object(300);
        let hs256 = events::credentials("kii-headers-and-token");
        let create = |credentials: &str| Some(events::create(credentials, &events::path("notes"), &object));
        let of_size = |bytes: usize| Some(events::create(&hs256, &events::path("notes"), &events::object(bytes)));
        let (event, status) = match name {
            "two-calls" => (None, 201),
            "basic" => (create(events::APP_KEY), 201),
            "hs256" => (create(&hs256), 201),
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
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let replies = Replies::of_engine();
        // Signed, as calls to DynamoDB are.
        let credentials = Some(Credentials::new("bench", "bench", None, None, "bench"));
        let client = client::new(Endpoint { credentials, ..Engine::endpoint() }, replies.http_client());
        let handler = runtime.block_on(apps::installation(&client));
        runtime.block_on(apps::put_acl(&client, "demo", "bucket/notes", "CREATE_OBJECTS_IN_BUCKET", Some(GENERATION)));
        let floor = Floor { client, apps: "apps".to_owned(), objects: "objects".to_owned() };
        let case = Self { runtime, floor, handler, event, status };
        case.run();
        replies.keep();
        case
    }

    /// Asks once.
    pub fn run(&self) {
        match &self.event {
            None => self.runtime.block_on(async {
                self.floor.read().await;
                self.floor.put("an-object", &events::object(300)).await;
            }),
            Some(event) => {
                let invocation = Invocation { id: "1".to_owned(), time_left: Duration::from_secs(15), cold: false };
                let answer = self.runtime.block_on(self.handler.handle(event, invocation));
                assert_eq!(answer.status_code, self.status);
            }
        }
    }
}

const GENERATION: &str = "0123456789abcdef0123456789abcdef";
