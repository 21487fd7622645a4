//! What is stored of an opaque token, and whether it counts (contract, section 2).

use std::time::Duration;

use super::refused_token::Reason;
use super::secret_text;
use crate::model::app::StoredAppKey;
use crate::model::client::{ClientId, StoredClient};
use crate::model::issuer::Issuer;
use crate::model::principal::Principal;
use crate::system::Timestamp;

/// An opaque token as it is stored. It has no `Debug`, as it holds digests.
#[derive(Clone)]
pub struct StoredToken {
    /// Its bearer, with the groups that it was issued with.
    pub bearer: Principal,
    /// What it rests on.
    pub basis: Basis,
    /// When it was issued, in milliseconds since 1970 UTC.
    pub created: u64,
    /// When it expires, in seconds since 1970 UTC.
    pub expires: u64,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

/// What a token rests on. It ends when that is taken from the app. It has no `Debug`, as it holds digests.
#[derive(Clone)]
pub enum Basis {
    /// A client that proved its secret, whose SHA-256 this is. A client that is added again with another secret is another.
    Client(ClientId, [u8; 32]),
    /// The app key with this SHA-256.
    AppKey([u8; 32]),
    /// An issuer, by its `iss`.
    Issuer(String),
}

impl StoredToken {
    /// The longest lifetime of any opaque token: ten years.
    pub const LONGEST_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

    /// Judges whether the token counts now, in an app that has these keys, clients and issuers. There is no leeway, as it
    /// was issued by the clock that it is judged by.
    pub fn judge<'a>(
        &self,
        keys: &[StoredAppKey],
        clients: &[StoredClient],
        mut issuers: impl Iterator<Item = &'a Issuer>,
        now: Timestamp,
    ) -> Result<(), Reason> {
        if self.is_revoked {
            return Err(Reason::Revoked);
        }
        if now.seconds() >= self.expires {
            return Err(Reason::Expired);
        }
        let has_basis = match &self.basis {
            Basis::Client(id, secret) => {
                let named = |client: &&StoredClient| client.id == *id;
                clients.iter().filter(named).any(|client| secret_text::is_same(&client.digest, secret))
            }
            Basis::AppKey(digest) => keys.iter().any(|key| secret_text::is_same(&key.digest, digest)),
            Basis::Issuer(name) => issuers.any(|issuer| issuer.issuer == *name),
        };
        if has_basis { Ok(()) } else { Err(Reason::BasisGone) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::model::issuer::ClaimNames;

    const NOW: u64 = 1_800_000_000;

    fn judge(basis: Basis, expires: u64, is_revoked: bool) -> Result<(), Reason> {
        let client = ClientId::parse("web").unwrap();
        let issuer = Issuer {
            issuer: "i".to_owned(),
            audiences: Vec::new(),
            user_prefix: None,
            source: None,
            claims: ClaimNames::default(),
            key_set: RawValue::from_string("{}".to_owned()).unwrap(),
        };
        let token = StoredToken { bearer: Principal::Anonymous, basis, created: 0, expires, is_revoked };
        let keys = [StoredAppKey { digest: [1; 32], created: 0 }];
        let clients = [StoredClient { id: client, digest: [2; 32], created: 0 }];
        token.judge(&keys, &clients, [&issuer].into_iter(), Timestamp(Duration::from_millis(NOW * 1000 + 999)))
    }

    fn bases() -> [Basis; 3] {
        let client = ClientId::parse("web").unwrap();
        [Basis::Client(client, [2; 32]), Basis::AppKey([1; 32]), Basis::Issuer("i".to_owned())]
    }

    #[test]
    fn a_token_counts_until_the_second_in_which_it_expires() {
        for basis in bases() {
            assert_eq!(judge(basis.clone(), NOW + 1, false), Ok(()));
            for expires in [NOW, 0] {
                assert_eq!(judge(basis.clone(), expires, false), Err(Reason::Expired));
            }
            assert_eq!(judge(basis, NOW + 1, true), Err(Reason::Revoked));
        }
    }

    #[test]
    fn a_token_counts_only_while_the_app_has_what_it_rests_on() {
        let other = ClientId::parse("Web").unwrap();
        let client = ClientId::parse("web").unwrap();
        for basis in [
            Basis::Client(other, [2; 32]),
            Basis::Client(client, [1; 32]),
            Basis::AppKey([2; 32]),
            Basis::Issuer("j".to_owned()),
        ] {
            assert_eq!(judge(basis, NOW + 1, false), Err(Reason::BasisGone));
        }
    }
}
