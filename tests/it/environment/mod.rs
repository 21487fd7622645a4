//! The execution environment: its memory, its clock, and that no data of a request is left for the next.

mod afterwards;
mod bodies;
mod clock;
mod memory;
mod one_after_another;
