//! The time of requests in one process. What is compared takes turns, because the speed of a machine may change.

use std::time::Instant;

use crate::median;
use crate::place::Place;
use crate::plot::Line;

/// The number of rounds. Many short ones are better than few long ones: a machine is seldom as fast in one second as in
/// the next.
const ROUNDS: usize = 101;
/// The number of requests in a round, unless each of them takes long.
pub const REQUESTS: usize = 10;

/// What is timed. Its argument is the number of the repetition, from 0 on.
pub type Timed<'a> = Box<dyn FnMut(usize) + 'a>;

/// Requests in a place: the events in turn, on one thread. Each answer must have this status.
pub fn requests(place: &Place, events: Vec<String>, status: u16) -> Timed<'_> {
    Box::new(move |number| place.answer(&events[number % events.len()], status))
}

/// The time of each case in microseconds: the median of its rounds of so many repetitions. In each round, one case follows
/// the other.
pub fn times_of(repetitions: usize, cases: &mut [Timed<'_>]) -> Vec<f64> {
    let mut times = vec![Vec::new(); cases.len()];
    for round in 0..=ROUNDS {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (0..repetitions).for_each(|number| case(round * repetitions + number));
            times.push(start.elapsed().as_secs_f64() * 1e6 / repetitions as f64);
        }
    }
    // The first round warms up.
    times.into_iter().map(|times| median(times[1..].to_vec())).collect()
}

/// A place for each size.
pub fn places(sizes: &[usize], of_size: impl Fn(usize) -> Place) -> Vec<(usize, Place)> {
    sizes.iter().map(|&size| (size, of_size(size))).collect()
}

/// Prints rows of the table: the time of the case in each place with its size, and its ratio to the time in the first place.
/// Returns the ratios as a line of a plot.
pub fn rows<'a>(
    name: &str,
    repetitions: usize,
    places: &'a [(usize, Place)],
    case: impl Fn(usize, &'a Place) -> Timed<'a>,
) -> Line {
    let mut cases: Vec<Timed> = places.iter().map(|(size, place)| case(*size, place)).collect();
    let times = times_of(repetitions, &mut cases);
    let points = places.iter().zip(&times).map(|((size, _), time)| {
        let over = time / times[0];
        println!("| {name} | {size} | {time:.0} | {over:.2} |");
        (*size as f64, over)
    });
    Line { points: points.collect(), name: name.to_owned() }
}
