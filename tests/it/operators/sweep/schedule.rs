//! The scheduled event: what starts a sweep in the function, what is logged of it, and what the template says.

use std::path::Path;
use std::time::Duration;

use pail::operation::sweep;
use pail::schedule::{EVERY, Failed, OVERDUE, Run, TIME_LIMIT, Task};
use pail::store::garbage::BATCH;
use pail_testing::fixtures::marker_item;
use pail_testing::log::Log;
use pail_testing::{Act, Call, Gateway, Installation, NOW, events};
use serde_json::{Value, json};

use super::{HOUR, installation, left};

const DAY: u64 = 24 * HOUR;

/// Runs the task as the function does, over the wire.
async fn start(installation: &Installation, time_left: Duration) -> Result<(), Failed> {
    let run = Run { id: "the-id", time_left, batch: BATCH, loopback: false };
    Task::Sweep.run(installation.wired_store(), installation.system(), run).await
}

/// Runs the task and returns its log lines.
async fn run(installation: &Installation) -> (Result<(), Failed>, Vec<Value>) {
    let log = Log::collect();
    let ran = start(installation, TIME_LIMIT).await;
    let log = log.take();
    let lines = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
    let lines = lines.filter(|line: &Value| line["message"] != "attempt failed").collect();
    (ran, lines)
}

#[test]
fn no_event_of_a_gateway_starts_a_task() {
    for (name, event, _) in events::all() {
        assert_eq!(Task::of_event(&event), None, "{name}");
    }
    for gateway in Gateway::ALL {
        let call = Call::create("demo", "notes").body(r#"{"pail":"sweep"}"#).through(gateway);
        let mut event = call.event();
        assert_eq!(Task::of_event(&event.to_string()), None);
        // Not even one that has the member.
        event["pail"] = json!("sweep");
        assert_eq!(Task::of_event(&event.to_string()), None);
        let context = json!({"pail": "sweep", "requestContext": event["requestContext"]});
        assert_eq!(Task::of_event(&context.to_string()), None);
    }
    assert_eq!(Task::of_event(r#"{"pail":"sweep"}"#), Some(Task::Sweep));
}

#[tokio::test]
async fn the_constant_input_is_no_request_to_the_api() {
    let installation = installation(3, HOUR).await;
    let answer = installation.answer_event(r#"{"pail":"sweep"}"#).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (400, "INVALID_INPUT_DATA"));
    assert_eq!(left(&installation).await, 4);
}

#[tokio::test]
async fn a_sweep_logs_one_line_with_what_it_removed() {
    let installation = installation(3, HOUR).await;
    let (ran, lines) = run(&installation).await;
    assert_eq!(ran, Ok(()));
    assert_eq!(left(&installation).await, 0);
    let [line] = &lines[..] else { panic!("{lines:#?}") };
    for (name, value) in [
        ("message", json!("sweep")),
        ("level", json!("INFO")),
        ("outcome", json!("swept")),
        ("buckets", json!(1)),
        ("objects", json!(3)),
        ("waiting_buckets", json!(0)),
        ("unreadable_markers", json!(0)),
        ("storage_calls", json!(6)),
        ("retries", json!(0)),
        ("span", json!({"name": "request", "request_id": "the-id", "operation": "sweep"})),
    ] {
        assert_eq!(line[name], value, "{name} of {line}");
    }
    // One unit for each query, each object and the marker.
    assert!(line["units"].as_f64().is_some_and(|units| (4.0..8.0).contains(&units)), "{line}");
    assert!(line["milliseconds"].is_f64() && line.get("oldest_marker_seconds").is_none(), "{line}");
}

/// The wire is so slow that there is time for the markers only.
async fn slow(age: u64) -> Vec<Value> {
    let installation = installation(3, age).await;
    installation.wire.always("BatchWriteItem", || Act::error("ThrottlingException"));
    let (ran, lines) = run(&installation).await;
    assert_eq!(ran, Err(Failed(Task::Sweep)));
    assert_eq!(left(&installation).await, 4);
    lines
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_fails_ends_in_an_error_and_logs_why_and_the_age_of_the_oldest_marker() {
    let lines = slow(2 * HOUR).await;
    let [cause, line] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!((&cause["message"], &cause["level"]), (&json!("storage is unavailable"), &json!("WARN")));
    assert_eq!((&cause["call"], &cause["code"]), (&json!("BatchWriteItem"), &json!("ThrottlingException")));
    assert_eq!((&line["outcome"], &line["oldest_marker_seconds"]), (&json!("failed"), &json!(2 * HOUR / 1000)));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_not_removed_after_a_day_is_logged_as_an_error() {
    assert_eq!(OVERDUE, Duration::from_millis(DAY));
    assert_eq!(slow(DAY - 1).await.len(), 2);
    let lines = slow(DAY).await;
    let [_, _, error] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!((&error["level"], &error["oldest_marker_seconds"]), (&json!("ERROR"), &json!(DAY / 1000)));
    assert_eq!(error["message"], "what a dropped bucket held is not removed after a day");
}

#[tokio::test]
async fn a_marker_that_cannot_be_read_is_logged_and_fails_nothing() {
    let installation = installation(3, HOUR).await;
    installation.put(marker_item("/", "notes", &"1".repeat(32), NOW - HOUR)).await;
    let (ran, lines) = run(&installation).await;
    assert_eq!(ran, Ok(()));
    let [error, line] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!((&error["level"], &error["table"]), (&json!("ERROR"), &json!("objects")));
    assert_eq!(error["key"], format!("/garbage {}", "1".repeat(32)));
    assert_eq!((&line["buckets"], &line["unreadable_markers"]), (&json!(1), &json!(1)));
}

/// However long DynamoDB takes, the run ends before Lambda ends it.
#[tokio::test(start_paused = true)]
async fn a_sweep_ends_within_the_time_of_its_invocation() {
    for milliseconds in [20, 500, 1_900, 2_500] {
        for time_left in [Duration::from_millis(200), Duration::from_secs(4), TIME_LIMIT, Duration::MAX] {
            let installation = installation(60, HOUR).await;
            for operation in ["Query", "BatchWriteItem"] {
                installation.wire.always(operation, move || {
                    Act::after(move || tokio::time::sleep(Duration::from_millis(milliseconds)))
                });
            }
            let began = tokio::time::Instant::now();
            let _ = start(&installation, time_left).await;
            assert!(
                began.elapsed() <= time_left.min(TIME_LIMIT),
                "{milliseconds} ms, {time_left:?}: {:?}",
                began.elapsed()
            );
        }
    }
}

/// The template, without comments.
fn template() -> Vec<String> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("template.yaml")).expect("the template");
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn the_template_has_the_figures_that_the_waits_of_the_protocol_and_the_alarm_rest_on() {
    let template = template();
    let lines = |start: &str| template.iter().filter(|line| line.starts_with(start)).cloned().collect::<Vec<_>>();
    assert_eq!(
        TIME_LIMIT,
        Duration::from_secs(15),
        "an hour covers late drops, late writes, requests and cached copies"
    );
    assert_eq!(sweep::WAIT, Duration::from_secs(60 * 60));
    assert_eq!(lines("Timeout:"), [format!("Timeout: {}", TIME_LIMIT.as_secs())]);
    assert_eq!(lines("Input:"), [r#"Input: '{"pail":"sweep"}'"#, r#"Input: '{"pail":"refresh"}'"#]);
    assert_eq!(
        (lines("Schedule:"), EVERY),
        (vec!["Schedule: rate(1 hour)".to_owned(); 2], Duration::from_secs(60 * 60))
    );
    let alarm = template.iter().position(|line| line == "OldestDropAlarm:").expect("the alarm");
    let threshold = template[alarm..].iter().find(|line| line.starts_with("Threshold:"));
    assert_eq!(threshold, Some(&format!("Threshold: {}", OVERDUE.as_secs())));
    for line in ["FilterPattern: \"{ $.oldest_marker_seconds > 0 }\"", "MetricValue: $.oldest_marker_seconds"] {
        assert!(template.iter().any(|known| known == line || known.ends_with(line)), "{line}");
    }
}
