//! Connections that the other side closed or dropped while the execution environment was frozen and polled nothing.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::on_sockets;
use super::server::{Deed, End, Server};
use pail_testing::{Call, Installation, callers, cases, figure};

/// The runtime of an execution environment. It is frozen outside `block_on`.
fn execution_environment() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

/// An installation with a bucket of one object, and an open connection.
async fn with_idle_connection() -> (Installation, Server) {
    let (installation, server) = on_sockets(|_| Deed::Answer).await;
    installation.created(&call()).await;
    assert_eq!(server.open(), 1);
    (installation, server)
}

/// Blocks the thread until `done`, so that no task of the runtime continues.
fn frozen_until(done: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(std::time::Instant::now() < patience, "the wait took too long");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn connections_that_end_during_a_freeze_lose_no_object() {
    for end in End::ALL {
        for idle in [1, 4, 20] {
            // After a freeze, the runtime may notice the end before or after the next request arrives.
            for hears_first in [false, true] {
                execution_environment().block_on(async {
                    let what = format!("{end:?} of {idle}, hears first: {hears_first}");
                    let (installation, server) = with_idle_connection().await;
                    let installation = std::sync::Arc::new(installation);
                    let mut at_once = JoinSet::new();
                    for _ in 1..=idle {
                        let installation = installation.clone();
                        at_once.spawn(async move { installation.answer(&call()).await.status });
                    }
                    assert!(at_once.join_all().await.iter().all(|status| *status == 201));
                    let opened = server.opened();
                    server.close_idle(end);
                    frozen_until(|| server.open() == 0);
                    if hears_first {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    installation.created(&call()).await;
                    assert!(server.opened() > opened, "{what}: a new connection was needed");
                    assert_eq!(installation.count().await, (1, idle + 2), "{what}");
                });
            }
        }
    }
}

#[test]
fn a_connection_that_ends_at_the_next_call_loses_no_object() {
    for end in End::ALL {
        for bucket in ["notes", "new"] {
            execution_environment().block_on(async {
                let (installation, server) = with_idle_connection().await;
                let old = server.opened();
                server.decide(move |asked| if asked.connection < old { Deed::Drop(end) } else { Deed::Answer });
                let call = Call::create("demo", bucket).bearer(&callers::user("alice"));
                let (answer, _) = installation.created(&call).await;
                assert_eq!(answer.status, 201, "{end:?}");
                assert_eq!(server.opened(), old + 1);
            });
        }
    }
}

/// The connection ends at every moment of the next request.
#[test]
fn a_connection_that_ends_while_the_next_request_is_written_loses_no_object() {
    let rounds = figure(40, 3_000);
    let mut opened = 0;
    execution_environment().block_on(async {
        let (installation, server) = with_idle_connection().await;
        let server = std::sync::Arc::new(server);
        for (case, mut random) in cases(rounds) {
            let (closing, end) = (server.clone(), *random.pick(&End::ALL));
            let (request, close) = (random.below(300), random.below(1_500));
            let closes = std::thread::spawn(move || {
                spin(close);
                closing.close_idle(end);
            });
            spin(request);
            let answer = installation.answer(&call()).await;
            assert_eq!(answer.status, 201, "{case:?}: {answer:?}");
            closes.join().expect("it closes");
        }
        opened = server.opened();
        let (buckets, objects) = installation.count().await;
        assert_eq!(buckets, 1);
        assert!(objects == rounds + 1 || std::env::var_os("PAIL_TEST_CASE").is_some(), "{objects} of {rounds}");
    });
    println!("{opened} connections in {rounds} rounds");
    assert!(opened > rounds / 4, "too few connections were closed: {opened} in {rounds} rounds");
}

/// Waits some microseconds. A sleep is too coarse for that.
fn spin(microseconds: usize) {
    let end = std::time::Instant::now() + Duration::from_micros(microseconds.try_into().expect("a short time"));
    while std::time::Instant::now() < end {
        std::hint::spin_loop();
    }
}

#[test]
fn a_connection_that_was_dropped_silently_is_replaced_in_time() {
    execution_environment().block_on(async {
        for bucket in [true, false] {
            let (installation, server) = with_idle_connection().await;
            let old = server.opened();
            server.decide(move |asked| if asked.connection < old { Deed::Hang } else { Deed::Answer });
            let call = if bucket { call() } else { Call::create("demo", "new").bearer(&callers::user("alice")) };
            server.take_calls();
            let start = Instant::now();
            installation.created(&call).await;
            assert!(start.elapsed() < installation.time_left);
            assert_eq!(server.take_calls(), if bucket { 3 } else { 4 }, "one call was sent twice");
            assert_eq!(server.opened(), old + 1);
        }
    });
}

#[test]
fn a_request_without_any_answer_is_503_in_time_and_leaves_no_connection_behind() {
    execution_environment().block_on(async {
        let (mut installation, server) = with_idle_connection().await;
        installation.time_left = Duration::from_secs(3);
        server.decide(|_| Deed::Hang);
        let start = Instant::now();
        assert_eq!(installation.answer(&call()).await.status, 503);
        assert!(start.elapsed() < installation.time_left);
        tokio::time::sleep(Duration::from_millis(5)).await;
        frozen_until(|| server.open() == 0);
        server.decide(|_| Deed::Answer);
        server.take_calls();
        installation.created(&call()).await;
        assert_eq!(server.take_calls(), 2);
    });
}
