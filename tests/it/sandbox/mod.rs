//! What a warm sandbox holds: not more with each request, nothing of one in the next, and little for a hostile one.

mod bodies;
mod memory;
mod one_after_another;
