//! The time of a page by an index and of a scan as a function of the number of objects in the bucket, and of a create as
//! a function of the number of indexes. Runs in one process over the embedded engine, and prints a table.

use pail::local::Engine;
use pail_benches::cost::{REQUESTS, Timed, requests, rows};
use pail_benches::floor::Floor;
use pail_benches::place::Place;
use pail_benches::scores;
use pail_testing::fixtures::tables;

/// The requests in a round of scans.
const SCANS: usize = 1;

/// A place whose bucket `scores` has indexes on these fields.
fn place(fields: &[&str]) -> Place {
    let place = Place::of_engine(&Engine::in_memory().expect("an engine"));
    place.runtime.block_on(scores::set_up(&place.client, &tables(), fields));
    place
}

/// A place for each number of objects, whose bucket `scores` has indexes on these fields.
fn places(fields: &[&str], sizes: &[usize]) -> Vec<(usize, Place)> {
    let of_size = |&objects: &usize| {
        let place = place(fields);
        place.runtime.block_on(scores::fill(&place.client, &tables(), 0..objects, scores::SIZE));
        (objects, place)
    };
    sizes.iter().map(of_size).collect()
}

fn main() {
    println!("| | how many | µs | ratio to the first |");
    println!("|---|---|---|---|");

    let fields = ["n", "team", "done", "text", "absent"];
    let of_indexes: Vec<Place> = (0..=fields.len()).map(|indexes| place(&fields[..indexes])).collect();
    let creates = of_indexes.iter().map(|place| requests(place, vec![scores::create(scores::SIZE)], 201));
    rows("indexes of the bucket, create", REQUESTS, creates.enumerate());

    let scanned = places(&[], &[100, 1_000, 10_000]);
    let scans = scanned.iter().map(|(objects, place)| (*objects, requests(place, vec![scores::search()], 200)));
    rows("objects in the bucket, scan without a hit", SCANS, scans);

    let indexed = places(&["n"], &[1_000, 10_000, 100_000, 1_000_000]);
    // A thousand different pages.
    let starts = |objects: usize| (0..objects - scores::PAGE).step_by(objects / 1_000);
    let pages = indexed.iter().map(|(objects, place)| {
        let events = starts(*objects).map(|from| scores::page(from, scores::PAGE));
        (*objects, requests(place, events.collect(), 200))
    });
    rows("objects in the bucket, page of 50 by an index", REQUESTS, pages);
    let calls = indexed.iter().map(|(objects, place)| {
        let floor = Floor { client: place.client.clone(), tables: tables() };
        let starts: Vec<usize> = starts(*objects).collect();
        let page = move |number: usize| place.runtime.block_on(floor.page(starts[number % starts.len()]));
        (*objects, Box::new(page) as Timed)
    });
    rows("objects in the bucket, the calls of that page by themselves", REQUESTS, calls);
}
