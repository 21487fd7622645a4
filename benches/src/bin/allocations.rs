//! What each case allocates, as a table.

use pail_benches::cases::{CASES, Case};

fn main() {
    println!("| case | allocations | bytes | at the most at once |");
    println!("|---|---|---|---|");
    for name in CASES {
        let case = Case::new(name);
        let counted = allocation_counter::measure(|| case.run());
        println!("| {name} | {} | {} | {} |", counted.count_total, counted.bytes_total, counted.bytes_max);
    }
}
