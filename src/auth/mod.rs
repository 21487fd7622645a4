//! Who is calling: credentials, verified against the app (contract, section 2). Nothing here knows HTTP.

pub mod app_key;
pub mod claims;
pub mod credentials;
pub mod jws;
pub mod key_set;
mod roca;
pub mod token;
pub mod trusted_issuer;
pub mod verifier;
