//! Events and bodies that are cut, deep or huge, or have repeated members.

use super::is_answered;
use super::requests::good_requests;
use pail_testing::events::installation;
use pail_testing::{Call, Gateway, Random, callers};

#[tokio::test]
async fn an_event_that_is_cut_anywhere_or_has_a_wrong_byte_gets_an_answer_of_the_contract() {
    let installation = installation().await;
    let mut random = Random::seeded();
    for event in good_requests() {
        let text = event.to_string();
        for _ in 0..20 {
            let at = random.below(text.len());
            let (head, tail) = text.split_at_checked(at).unwrap_or((&text, "x"));
            let answer = is_answered(&installation, head, "cut").await;
            assert!(answer.status == 400 || head.len() == text.len(), "{answer:?}");
            let character = char::from(b' ' + random.below(95) as u8);
            let after = tail.chars().next().map_or(0, char::len_utf8);
            is_answered(&installation, &format!("{head}{character}{}", &tail[after..]), "wrong byte").await;
        }
    }
}

#[tokio::test]
async fn repeated_members_of_an_event_are_refused() {
    let installation = installation().await;
    for gateway in Gateway::ALL {
        let event = Call::create("demo", "notes").through(gateway).bearer(&callers::user("alice")).event().to_string();
        let doubled = event.replacen('{', r#"{"body":"{}","#, 1);
        let answer = is_answered(&installation, &doubled, "doubled").await;
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "INVALID_INPUT_DATA"));
    }
}

#[tokio::test]
async fn deep_and_huge_events_and_bodies_are_refused_without_a_5xx() {
    let installation = installation().await;
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [100, 10_000, 1_000_000] {
        let answer = is_answered(&installation, &deep(levels), "deep event").await;
        assert_eq!(answer.status, 400);
        let unused =
            format!(r#"{{"requestContext":{{"http":{{"method":"POST"}},"x":{}}},"rawPath":"/"}}"#, deep(levels));
        assert!(is_answered(&installation, &unused, "deep unused member").await.status < 500);
    }
    for gateway in Gateway::ALL {
        let call = || Call::create("demo", "notes").through(gateway).bearer(&callers::user("alice"));
        for levels in [33, 1000, 60_000] {
            let body = format!(r#"{{"a":{}}}"#, "[".repeat(levels));
            installation.refused_unread(&call().body(body.as_str()), 400, "INVALID_JSON").await;
            let body = format!(r#"{}1{}"#, r#"{"a":"#.repeat(levels / 6 + 33), "}".repeat(levels / 6 + 33));
            installation.refused_unread(&call().body(body.as_str()), 400, "INVALID_JSON").await;
        }
        for size in [100_000, 6_000_000] {
            let zeros = format!("{{\"a\":[0{}]}}", ",0".repeat(size / 2));
            installation.refused_unread(&call().body(zeros.as_str()), 413, "INVALID_INPUT_DATA").await;
            installation.refused_unread(&call().body(zeros.as_str()).in_base64(), 413, "INVALID_INPUT_DATA").await;
        }
    }
}

#[tokio::test]
async fn huge_headers_paths_and_credentials_are_answered() {
    let installation = installation().await;
    let huge = "x".repeat(1_000_000);
    let call = || Call::create("demo", "notes").bearer(&callers::user("alice"));
    for (call, status, code) in [
        (call().path(&format!("/api/apps/demo/buckets/{huge}/objects")), 400, "INVALID_BUCKET"),
        (call().path(&format!("/api/apps/{huge}/buckets/notes/objects")), 400, "INVALID_INPUT_DATA"),
        (call().path(&"/x".repeat(500_000)), 404, "NOT_FOUND"),
        (call().method(&huge), 405, "METHOD_NOT_ALLOWED"),
        (call().content_type(&huge), 400, "INVALID_DATA_TYPE"),
        (call().basic("demo", &huge), 401, "UNAUTHORIZED"),
        (call().without("authorization").header("Authorization", &huge), 401, "UNAUTHORIZED"),
    ] {
        for gateway in Gateway::ALL {
            installation.refused_unread(&call.clone().through(gateway), status, code).await;
        }
    }
    let odd_headers = call().header("X-Ünusual", "é\u{0}\u{7f}").header("x-huge", &huge).header("", "");
    for gateway in Gateway::ALL {
        installation.created(&odd_headers.clone().through(gateway)).await;
    }
}
