//! The memory that a request takes, counted by the allocator.

use allocation_counter::AllocationInfo;
use tokio::runtime::Builder;

use pail_testing::{Act, Answer, Installation};

/// An installation that runs requests on this thread only, because the counter counts per thread.
pub struct Measured {
    runtime: tokio::runtime::Runtime,
    pub installation: Installation,
}

impl Measured {
    /// An installation that stores nothing, so that the memory of the tables is not counted.
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let installation = runtime.block_on(Installation::start());
        for operation in ["PutItem", "TransactWriteItems"] {
            installation.wire.always(operation, || Act::Answer(200, "{}".to_owned()));
        }
        Self { runtime, installation }
    }

    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Handles an event, and counts the allocations. The event's text belongs to the caller and is not counted.
    pub fn answer(&self, event: &str) -> (Answer, AllocationInfo) {
        let mut answer = None;
        let counted = allocation_counter::measure(|| answer = Some(self.run(self.installation.handle(event)).into()));
        (answer.expect("an answer"), counted)
    }
}
