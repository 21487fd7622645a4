//! Runs beside the API what a schedule starts in the function.

use pail::model::id::ObjectId;
use pail::schedule::{EVERY, Run, TIME_LIMIT, Task};
use pail::store::Store;
use pail::system::System;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::listen;

/// How many items a call of a sweep deletes. Calls to the embedded engine wait for each other, and on a data file each deletion
/// waits for the disk, so requests would wait for a full batch for a tenth of a second.
const BATCH: usize = 5;

/// Runs each task at start and then every hour, until `stop` turns true. A task that was stopped goes on the next time.
pub async fn run(store: Store, system: System, stop: watch::Receiver<bool>) {
    let tasks = async {
        let mut every = interval(EVERY);
        // After a sleep of the machine, one run is enough.
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let id = system.random().map_or_else(|_| "unknown".to_owned(), |bits| ObjectId::random(bits).to_string());
            // Their log lines say why one has failed.
            for task in [Task::Sweep, Task::Refresh] {
                let run = Run { id: &id, time_left: TIME_LIMIT, batch: BATCH, loopback: true };
                let _ = task.run(&store, &system, run).await;
            }
        }
    };
    tokio::select! {
        () = listen::told(stop) => {}
        () = tasks => {}
    }
}
