//! What callers do with objects (section 3), and the JSON of objects.

mod create;
mod json;
