//! Faults in a row over real connections: they do not affect later requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::on_sockets;
use super::server::{Deed, End, Part};
use pail_testing::{Call, callers, figure};

type MakeDeed = fn() -> Deed;

/// The faults of a call or of its reply.
const FAULTS: [(&str, MakeDeed); 11] = [
    ("ended before the reply", || Deed::Cut(Part::BeforeIt, End::Fin, 0)),
    ("reset before the reply", || Deed::Cut(Part::BeforeIt, End::Reset, 0)),
    ("ended in the head", || Deed::Cut(Part::Head, End::Fin, 40)),
    ("reset in the head", || Deed::Cut(Part::Head, End::Reset, 40)),
    ("ended in the body", || Deed::Cut(Part::Body, End::Fin, 1)),
    ("reset in the body", || Deed::Cut(Part::Body, End::Reset, 1)),
    ("ended without a body", || Deed::Cut(Part::BodyOfAnyLength, End::Fin, 0)),
    ("ended before it took effect", || Deed::Drop(End::Fin)),
    ("reset before it took effect", || Deed::Drop(End::Reset)),
    ("throttled", || {
        let body = json!({"__type": "com.amazon.coral.service#ThrottlingException", "message": "Rate exceeded"});
        Deed::Instead(400, body.to_string())
    }),
    ("internal error", || {
        let body = json!({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "Internal"});
        Deed::Instead(500, body.to_string())
    }),
];

#[tokio::test]
async fn five_hundred_faults_in_a_row_do_not_hurt_the_request_after_them() {
    let faults = figure(12, 500);
    let (installation, server) = on_sockets(|_| Deed::Answer).await;
    let installation = Arc::new(installation);
    let call = Call::create("demo", "notes").bearer(&callers::user("alice"));
    installation.created(&call).await;
    for (what, deed) in FAULTS {
        let met = Arc::new(AtomicUsize::new(0));
        let counter = met.clone();
        server.decide(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            deed()
        });
        while met.load(Ordering::SeqCst) < faults {
            let mut requests = JoinSet::new();
            for _ in 0..faults.div_ceil(4) {
                let (installation, call) = (installation.clone(), call.clone());
                requests.spawn(async move { installation.answer(&call).await.status });
            }
            assert!(requests.join_all().await.iter().all(|status| *status == 503), "{what}");
        }
        server.decide(|_| Deed::Answer);
        server.take_calls();
        for _ in 0..3 {
            installation.created(&call).await;
            assert_eq!(server.take_calls(), 2, "{what}: an ordinary create takes two calls");
        }
    }
    assert_eq!(installation.count().await, (1, 1 + 3 * FAULTS.len()));
}
