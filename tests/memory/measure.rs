//! The allocator that counts, and what is counted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;

use crate::harness::{Answer, Installation};

/// It counts the bytes that are asked for. What grows is counted twice while it does, old and new, as if it never could
/// where it is: more than the function ever takes.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Held by the test whose turn it is.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes that are allocated now.
pub fn allocated() -> usize {
    MEMORY.current_usage()
}

/// Has an event handled, and says how many bytes more were allocated at the worst moment than before. The event's text is
/// the caller's and counts as before; everything else that the handler holds counts, the answer too.
pub async fn peak(installation: &Installation, event: &str) -> (Answer, usize) {
    let before = allocated();
    MEMORY.reset_peak_usage();
    let response = installation.handle(event).await;
    let peak = MEMORY.peak_usage() - before;
    (response.into(), peak)
}

/// Has an event handled, and says how many bytes more are allocated once its answer is gone than before.
pub async fn left_over(installation: &Installation, event: &str) -> isize {
    let before = allocated();
    drop(installation.handle(event).await);
    installation.wire.take_sent();
    allocated() as isize - before as isize
}
