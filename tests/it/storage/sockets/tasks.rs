//! After the answer, only the tasks of connections are left.

use std::time::Duration;

use tokio::runtime::Handle;

use super::on_sockets;
use super::server::{Deed, End, Part};
use pail_testing::{Call, Random, callers, figure};

/// In addition to a task for each connection, the HTTP client has one task that closes idle connections.
const MOST_BESIDES: usize = 1;

fn alive() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn tasks_are_bounded_by_the_open_connections_and_do_not_grow() {
    let requests = figure(60, 1_000);
    let (mut installation, server) = on_sockets(|_| Deed::Answer).await;
    installation.time_left = Duration::from_secs(1);
    let mut random = Random::seeded();
    let (mut most, mut unavailable) = (0, 0);
    for number in 0..requests {
        let deed: fn(usize) -> Deed = match random.below(8) {
            // Rare, because it takes the maximum time of a request.
            _ if number % 50 == 25 => |_| Deed::Hang,
            0 => |at| Deed::Cut(Part::Body, End::Fin, at),
            1 => |at| Deed::Cut(Part::Head, End::Reset, at),
            2 => |_| Deed::Drop(End::Fin),
            _ => |_| Deed::Answer,
        };
        let (at, once) = (random.below(1_000), random.below(2) == 0);
        let mut met = 0;
        server.decide(move |_| {
            met += 1;
            if once && met > 1 { Deed::Answer } else { deed(at) }
        });
        let call = Call::create("demo", random.pick::<&str>(&["notes", "news"])).bearer(&callers::user("alice"));
        let answer = match random.below(4) {
            0 => installation.answer(&call.bearer("x.y.z")).await,
            1 => installation.answer(&call.body("[")).await,
            _ => installation.answer(&call).await,
        };
        assert!([201, 400, 403, 503].contains(&answer.status), "{answer:?}");
        unavailable += usize::from(answer.status == 503);
        // The tasks of connections that have just ended notice that when they are polled.
        for _ in 0..1_000 {
            if alive() <= server.open() + MOST_BESIDES {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(alive() <= server.open() + MOST_BESIDES, "{} tasks, {} connections", alive(), server.open());
        most = most.max(alive());
    }
    assert!(most <= 1 + MOST_BESIDES, "requests one after the other need one connection, and there were {most} tasks");
    assert!(unavailable > 0 && server.opened() > requests / 10, "{unavailable}, {}", server.opened());
}
