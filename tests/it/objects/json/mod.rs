//! Which JSON is accepted, and how it is stored: published vectors, every depth, and random documents (section 3).

mod depth;
mod generator;
mod many;
mod merges;
mod random;
mod spelling;
mod vectors;
