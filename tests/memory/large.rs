//! However large a request is and whatever it holds, the function needs little more memory for it than it takes itself.

use crate::events::{self, Status};
use crate::harness::{Act, Gateway, Installation};
use crate::measure::{left_over, peak, turn};

/// The most that may be allocated besides the event's text, in which the body stands.
const MOST: usize = 20_000_000;

/// The formats of events: HTTP APIs and function URLs send the same.
const FORMATS: [Gateway; 2] = [Gateway::HttpApi, Gateway::RestApi];

/// Holds requests to what they may take.
async fn take_little(events: fn(Gateway) -> Vec<(String, String, Status)>, most: usize) {
    let mut too_much = Vec::new();
    for gateway in FORMATS {
        let installation = Installation::start().await;
        let anybody = serde_json::json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
        installation.put_bucket("demo", "notes", anybody).await;
        // Nothing is stored, so that what the tables take is not counted.
        installation.wire.always("PutItem", || Act::Answer(200, "{}".to_owned()));
        for (name, event, status) in events(gateway) {
            let (answer, peak) = peak(&installation, &event).await;
            println!("{gateway:?}, {name}: {peak} bytes for an event of {}", event.len());
            assert_eq!(answer.status, status, "{gateway:?}, {name}: {answer:?}");
            answer.check("*");
            if peak > most {
                too_much.push(format!("{gateway:?}, {name}: {peak}"));
            }
            installation.wire.take_sent();
            let left_over = left_over(&installation, &event).await;
            assert_eq!(left_over, 0, "{gateway:?}, {name}: bytes are left over");
        }
    }
    assert_eq!(too_much, Vec::<String>::new());
}

#[tokio::test]
async fn a_body_of_6_mb_takes_at_most_20_mb_besides_itself_and_leaves_nothing() {
    let _turn = turn();
    take_little(events::large_bodies, MOST).await;
}

#[tokio::test]
async fn the_largest_bodies_take_at_most_20_mb_besides_themselves_and_leave_nothing() {
    let _turn = turn();
    take_little(events::largest_bodies, MOST).await;
}

#[tokio::test]
async fn a_request_with_6_mb_elsewhere_takes_at_most_20_mb_besides_itself_and_leaves_nothing() {
    let _turn = turn();
    take_little(events::large_elsewhere, MOST).await;
}
