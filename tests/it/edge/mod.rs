//! Events and answers: paths, methods, headers, the order of checks, the log, and broken input.

mod answers;
mod bad_input;
mod description;
mod events;
mod locations;
mod logs;
mod members;
mod order;
mod paths;
