//! Who is calling: credentials out of headers, verified against the app (contract, section 2).

pub mod app_key;
pub mod claims;
pub mod credentials;
pub mod jws;
pub mod key_set;
mod roca;
pub mod token;
mod verified_tokens;
pub mod verifier;
