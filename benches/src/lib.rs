//! Shared by the programs that measure.

pub mod cases;
pub mod cost;
pub mod dynamodb;
pub mod events;
pub mod floor;
pub mod function;
pub mod message;
pub mod objects;
pub mod place;
pub mod plot;
pub mod process;
pub mod replies;
pub mod runtime_api;
pub mod scores;
pub mod tls;

/// The median.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
