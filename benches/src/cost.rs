//! The time of requests in one process over the embedded engine, as something grows.

use std::time::Instant;

use crate::median;
use crate::place::Place;
use crate::plot::Line;

/// The number of rounds.
const ROUNDS: usize = 21;
/// The number of requests in a round, unless each of them takes long.
pub const REQUESTS: usize = 50;

/// The time of a request in microseconds, as [`time_of`] measures it. The events are sent in turn on one thread. Each answer
/// must have this status.
pub fn cost_of(place: &Place, events: &[String], requests: usize, status: u16) -> f64 {
    time_of(requests, |number| place.answer(&events[number % events.len()], status))
}

/// The time of `once` in microseconds: the median of all rounds of so many repetitions, which are numbered from 0 on.
pub fn time_of(repetitions: usize, mut once: impl FnMut(usize)) -> f64 {
    let rounds = (0..=ROUNDS)
        .map(|round| {
            let start = Instant::now();
            (0..repetitions).for_each(|number| once(round * repetitions + number));
            start.elapsed().as_secs_f64() * 1e6 / repetitions as f64
        })
        // The first round warms up.
        .skip(1);
    median(rounds.collect())
}

/// Prints rows of the table: the time of a request at each size, and its ratio to the time at the first size. Returns
/// the ratios as a line of the plot.
pub fn rows(name: &str, sizes: &[usize], mut cost_at: impl FnMut(usize) -> f64) -> Line {
    let mut first = None;
    let points = sizes.iter().map(|&size| {
        let cost = cost_at(size);
        let over = cost / *first.get_or_insert(cost);
        println!("| {name} | {size} | {cost:.0} | {over:.2} |");
        (size as f64, over)
    });
    Line { points: points.collect(), name: name.to_owned() }
}
