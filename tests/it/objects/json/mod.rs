//! What is JSON and what is kept of it: vectors that others publish, every depth, and random documents (section 3).

mod depth;
mod generator;
mod many;
mod random;
mod spelling;
mod vectors;
