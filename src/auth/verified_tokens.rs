//! Tokens whose signatures were verified before, so that one that comes again need not be verified again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::token::{SignedToken, WrongToken};

/// So many tokens are kept, at most, and none that is longer: of one app, they take some 2 MB if all are made to be large.
const MOST: usize = 32;
const LONGEST: usize = 4 * 1024;

/// Tokens with good signatures, by their SHA-256. Only signatures are not looked at again: what a token says is judged
/// with each request, and all of this is forgotten with the app's item that it was verified by.
#[derive(Default)]
pub struct VerifiedTokens(Mutex<HashMap<[u8; SHA256_OUTPUT_LEN], Arc<SignedToken>>>);

impl VerifiedTokens {
    /// The token of this text, which is verified unless that was done before.
    pub fn token(
        &self,
        text: &str,
        verify: impl FnOnce() -> Result<SignedToken, WrongToken>,
    ) -> Result<Arc<SignedToken>, WrongToken> {
        let mut name = [0; SHA256_OUTPUT_LEN];
        name.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        if let Some(token) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(token.clone());
        }
        let token = Arc::new(verify()?);
        if text.len() <= LONGEST {
            let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if tokens.len() == MOST {
                tokens.clear();
            }
            tokens.insert(name, token.clone());
        }
        Ok(token)
    }
}
