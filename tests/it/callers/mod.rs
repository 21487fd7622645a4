//! Authentication (section 2): signatures and key sets by published vectors, claims and headers of tokens case by case,
//! app keys, and the credentials of one app on the paths of another.

mod again;
mod apps;
mod authentication;
mod basic;
mod claims;
mod issuers;
mod key_sets;
mod keys;
mod mixed;
mod opaque_tokens;
mod people;
mod powers;
mod reasons;
mod secrets;
mod signatures;
mod signers;
mod subjects;
mod times;
mod token_forms;
mod token_headers;
mod trap;
mod user_ids;
mod vectors;
