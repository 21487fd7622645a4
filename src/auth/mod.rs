//! Who is calling: credentials, verified against the app (contract, section 2). Nothing here knows HTTP.

pub mod app_key;
pub mod claims;
pub mod client;
pub mod credentials;
pub mod jwk;
pub mod jws;
pub mod key_set;
pub mod opaque_token;
pub mod refused_token;
mod roca;
mod secret_text;
pub mod stored_token;
pub mod token;
pub mod trusted_issuer;
pub mod verifier;
