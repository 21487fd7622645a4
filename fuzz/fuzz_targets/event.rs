//! Events: the whole handler over the embedded engine, with an object to read, change and delete. Every answer is one
//! of the contract's, and none is a 5xx.

#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use pail::http::{Handler, Invocation};
use pail::local::Engine;
use pail::store::client;
use pail_testing::direct::create_tables;
use pail_testing::{Answer, events};
use tokio::runtime::{Builder, Runtime};

/// The number of events after which a new installation starts, because tables grow.
const EVENTS_OF_AN_INSTALLATION: usize = 10_000;

/// The number of events after which the object `milk` is put again, because one of them may have deleted it.
const EVENTS_OF_AN_OBJECT: usize = 8;

/// An installation, and how many events it has answered.
struct Running {
    runtime: Runtime,
    handler: Handler,
    answered: usize,
}

/// The event that puts `milk`.
static BEFORE: LazyLock<String> = LazyLock::new(|| events::read("before.json"));

thread_local!(static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) });

fn start() -> Running {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let engine = Engine::in_memory().expect("an engine");
    let client = client::new(Engine::endpoint(), engine.http_client());
    runtime.block_on(async {
        create_tables(&client).await;
        events::tables_of(&client).await;
    });
    let handler = events::handler(&client, Duration::ZERO);
    Running { runtime, handler, answered: 0 }
}

impl Running {
    fn answer(&self, event: &str) -> Answer {
        let invocation = Invocation { id: "invocation".to_owned(), time_left: Duration::from_secs(28), cold: false };
        let answer = Answer::from(self.runtime.block_on(self.handler.handle(event, invocation)));
        assert!(answer.status < 500, "{answer:?}");
        answer.check("*");
        answer
    }
}

fuzz_target!(|event: &[u8]| {
    // The runtime passes only text to the handler.
    let Ok(event) = str::from_utf8(event) else { return };
    RUNNING.with_borrow_mut(|running| {
        if running.as_ref().is_none_or(|running| running.answered == EVENTS_OF_AN_INSTALLATION) {
            *running = Some(start());
        }
        let Some(running) = running else { return };
        if running.answered % EVENTS_OF_AN_OBJECT == 0 && running.answer(&BEFORE).status >= 300 {
            // An event before has changed the ACLs, so that the object can no longer be put.
            *running = start();
            let put = running.answer(&BEFORE);
            assert!(put.status < 300, "{put:?}");
        }
        running.answered += 1;
        running.answer(event);
    });
});
