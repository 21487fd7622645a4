//! JSON Web Key Sets (RFC 7517), held to what RFC 8725 asks for: each key has one algorithm, and is strong enough for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::roca;
use crate::model::json;

/// The keys that may sign the tokens of one issuer. It has no `Debug`, as keys may be secret.
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key, and the one algorithm that it may be used with.
pub struct Key {
    id: Option<String>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key.
    pub key: DecodingKey,
}

/// Why a key set cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeySet {
    /// It is no key set at all.
    #[error(
        "a key set is a JSON object with a list named keys, each with kty, alg and, if there are several, a kid of its own"
    )]
    Shape,
    /// Two keys have one `kid`.
    #[error("the key ID {0:?} stands twice in the key set")]
    DoubledId(String),
    /// An HMAC key is shorter than its hash, or an RSA key is under 2048 bits.
    #[error("a key of the set is too weak: HS256 takes at least 32 bytes, RS256 and PS256 take 2048 to 8192 bits")]
    Weak,
    /// An RSA key can be factored.
    #[error(
        "an RSA key of the set can be factored (ROCA, CVE-2017-15361): the issuer has to make a new one, by other means"
    )]
    Factorable,
    /// The set holds shared secrets as well as public keys.
    #[error("a key set holds either shared secrets (HS256) or public keys, not both")]
    Mixed,
    /// No key of the set can verify a signature.
    #[error(
        "no key of the set can be used: each needs an alg of HS256, RS256, PS256, ES256 (P-256) or EdDSA (Ed25519) that fits its kty"
    )]
    NoUsableKey,
}

/// A key as RFC 7517 and RFC 7518 spell it.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    kid: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

impl KeySet {
    /// Parses a key set. Keys for other uses, and of algorithms that Pail does not use, are skipped.
    pub fn parse(text: &str) -> Result<Self, InvalidKeySet> {
        json::object(text).map_err(|_| InvalidKeySet::Shape)?;
        let set: Jwks = serde_json::from_str(text).map_err(|_| InvalidKeySet::Shape)?;
        let mut ids: Vec<&str> = set.keys.iter().filter_map(|key| key.kid.as_deref()).collect();
        ids.sort_unstable();
        if let Some([id, _]) = ids.array_windows().find(|[first, second]| first == second) {
            return Err(InvalidKeySet::DoubledId((*id).to_owned()));
        }
        let mut keys = Vec::with_capacity(set.keys.len());
        for jwk in &set.keys {
            keys.extend(jwk.usable()?);
        }
        let secrets = keys.iter().filter(|key| key.algorithm == Algorithm::HS256).count();
        if keys.is_empty() {
            Err(InvalidKeySet::NoUsableKey)
        } else if secrets != 0 && secrets != keys.len() {
            Err(InvalidKeySet::Mixed)
        } else {
            Ok(Self { keys })
        }
    }

    /// Parses a key set that is about to be trusted. This adds a check that takes milliseconds for each RSA key: whether
    /// the key can be factored.
    pub fn vet(text: &str) -> Result<Self, InvalidKeySet> {
        let keys = Self::parse(text)?;
        let set: Jwks = serde_json::from_str(text).map_err(|_| InvalidKeySet::Shape)?;
        let moduli = set.keys.iter().filter_map(|key| decode(key.n.as_deref()));
        if moduli.into_iter().any(|modulus| roca::has_pattern(significant(&modulus))) {
            return Err(InvalidKeySet::Factorable);
        }
        Ok(keys)
    }

    /// The keys that may have signed a token of this algorithm: the one with its `kid`, or all if it names none.
    pub fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> impl Iterator<Item = &Key> {
        let fits = move |key: &&Key| key.algorithm == algorithm && kid.is_none_or(|kid| key.id.as_deref() == Some(kid));
        self.keys.iter().filter(fits)
    }
}

/// The algorithms that a key may have.
pub fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "HS256" => Some(Algorithm::HS256),
        "RS256" => Some(Algorithm::RS256),
        "PS256" => Some(Algorithm::PS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDSA),
        _ => None,
    }
}

impl Jwk {
    /// The key, or `None` if it is skipped.
    fn usable(&self) -> Result<Option<Key>, InvalidKeySet> {
        let for_signatures = self.r#use.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        let Some(algorithm) = self.alg.as_deref().and_then(algorithm).filter(|_| for_signatures) else {
            return Ok(None);
        };
        let key = match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (Algorithm::HS256, "oct", _) => self.secret()?,
            (Algorithm::RS256 | Algorithm::PS256, "RSA", _) => self.rsa()?,
            (Algorithm::ES256, "EC", Some("P-256")) => self.p256(),
            (Algorithm::EdDSA, "OKP", Some("Ed25519")) => self.ed25519(),
            _ => None,
        };
        Ok(key.map(|key| Key { id: self.kid.clone(), algorithm, key }))
    }

    fn secret(&self) -> Result<Option<DecodingKey>, InvalidKeySet> {
        let Some(secret) = decode(self.k.as_deref()) else {
            return Ok(None);
        };
        if secret.len() < 32 {
            return Err(InvalidKeySet::Weak);
        }
        Ok(Some(DecodingKey::from_secret(&secret)))
    }

    fn rsa(&self) -> Result<Option<DecodingKey>, InvalidKeySet> {
        let (Some(modulus), Some(exponent)) = (decode(self.n.as_deref()), decode(self.e.as_deref())) else {
            return Ok(None);
        };
        // Some libraries write a leading zero (RFC 7518, section 6.3.1.1), which verification rejects.
        let (modulus, exponent) = (significant(&modulus), significant(&exponent));
        let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
        let bits = modulus.len() * 8 - usize::try_from(unused).unwrap_or_default();
        let odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
        if !(2048..=8192).contains(&bits) || !odd || exponent == [1] {
            return Err(InvalidKeySet::Weak);
        }
        Ok(Some(DecodingKey::from_rsa_raw_components(modulus, exponent)))
    }

    fn p256(&self) -> Option<DecodingKey> {
        let (x, y) = (decode(self.x.as_deref())?, decode(self.y.as_deref())?);
        // An uncompressed point (SEC 1, section 2.3.3).
        (x.len() == 32 && y.len() == 32).then(|| DecodingKey::from_ec_der(&[&[4][..], &x, &y].concat()))
    }

    fn ed25519(&self) -> Option<DecodingKey> {
        let x = decode(self.x.as_deref())?;
        (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
    }
}

fn decode(text: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

/// A big-endian number without leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.split_at(start).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oct(kid: &str, bytes: usize) -> String {
        format!(r#"{{"kty":"oct","alg":"HS256","kid":"{kid}","k":"{}"}}"#, URL_SAFE_NO_PAD.encode(vec![7; bytes]))
    }

    fn ed25519(kid: &str) -> String {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"{kid}","x":"{}"}}"#,
            URL_SAFE_NO_PAD.encode([7; 32])
        )
    }

    fn rsa(bytes: usize, exponent: &[u8]) -> String {
        let (n, e) = (URL_SAFE_NO_PAD.encode(vec![0xff; bytes]), URL_SAFE_NO_PAD.encode(exponent));
        format!(r#"{{"kty":"RSA","alg":"RS256","n":"{n}","e":"{e}"}}"#)
    }

    fn parse(keys: &[String]) -> Result<usize, InvalidKeySet> {
        KeySet::parse(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).map(|set| set.keys.len())
    }

    #[test]
    fn weak_keys_spoil_the_set() {
        assert_eq!(parse(&[oct("a", 32)]), Ok(1));
        assert_eq!(parse(&[oct("a", 32), oct("b", 31)]), Err(InvalidKeySet::Weak));
        assert_eq!(parse(&[oct("a", 0)]), Err(InvalidKeySet::Weak));
        assert_eq!(parse(&[rsa(256, &[1, 0, 1])]), Ok(1));
        assert_eq!(parse(&[rsa(1024, &[3])]), Ok(1));
        assert_eq!(parse(&[rsa(256, &[0, 1, 0, 1])]), Ok(1));
        for bad in [
            rsa(255, &[1, 0, 1]),
            rsa(1025, &[1, 0, 1]),
            rsa(256, &[1]),
            rsa(256, &[0, 1]),
            rsa(256, &[1, 0, 0]),
            rsa(256, &[]),
        ] {
            assert_eq!(parse(&[bad]), Err(InvalidKeySet::Weak));
        }
    }

    fn p256(x: usize, y: usize) -> String {
        let (x, y) = (URL_SAFE_NO_PAD.encode(vec![7; x]), URL_SAFE_NO_PAD.encode(vec![7; y]));
        format!(r#"{{"kty":"EC","crv":"P-256","alg":"ES256","x":"{x}","y":"{y}"}}"#)
    }

    #[test]
    fn a_modulus_is_measured_in_bits() {
        let with_first = |first: u8| {
            let modulus: Vec<u8> = [first].into_iter().chain([0xff; 255]).collect();
            rsa(256, &[3]).replace(&URL_SAFE_NO_PAD.encode([0xff; 256]), &URL_SAFE_NO_PAD.encode(modulus))
        };
        assert_eq!(parse(&[with_first(0x80)]), Ok(1));
        assert_eq!(parse(&[with_first(0x7f)]), Err(InvalidKeySet::Weak));
    }

    #[test]
    fn each_algorithm_has_its_kind_of_key() {
        let keys = [rsa(256, &[3]), rsa(256, &[3]).replace("RS256", "PS256"), p256(32, 32), ed25519("e")];
        let set = KeySet::parse(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).map(|set| {
            ["RS256", "PS256", "ES256", "EdDSA", "HS256"]
                .map(|name| algorithm(name).map(|algorithm| set.candidates(algorithm, None).count()))
        });
        assert_eq!(set, Ok([Some(1), Some(1), Some(1), Some(1), Some(0)]));
        for name in ["", "none", "hs256", "HS384", "RS512", "PS384", "ES512", "EdDSA "] {
            assert_eq!(algorithm(name), None, "{name}");
        }
    }

    #[test]
    fn a_point_has_two_coordinates_of_32_bytes() {
        for key in [p256(31, 32), p256(32, 31), p256(33, 33), p256(32, 32).replace("\"y\"", "\"z\"")] {
            assert_eq!(parse(std::slice::from_ref(&key)), Err(InvalidKeySet::NoUsableKey), "{key}");
        }
        let short = ed25519("a").replace(&URL_SAFE_NO_PAD.encode([7; 32]), &URL_SAFE_NO_PAD.encode([7; 31]));
        assert_eq!(parse(&[short]), Err(InvalidKeySet::NoUsableKey));
    }

    #[test]
    fn an_rsa_key_that_can_be_factored_is_not_trusted() {
        let key = |modulus: &[u8]| {
            rsa(256, &[1, 0, 1]).replace(&URL_SAFE_NO_PAD.encode([0xff; 256]), &URL_SAFE_NO_PAD.encode(modulus))
        };
        let vet =
            |keys: &[String]| KeySet::vet(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).map(|set| set.keys.len());
        let mut modulus = roca::tests::power(128);
        assert_eq!(vet(&[key(&modulus)]), Err(InvalidKeySet::Factorable));
        assert_eq!(vet(&[ed25519("a"), key(&modulus)]), Err(InvalidKeySet::Factorable));
        assert_eq!(parse(&[key(&modulus)]), Ok(1), "requests do not look for the pattern");
        *modulus.last_mut().unwrap() ^= 2;
        assert_eq!(vet(&[key(&modulus)]), Ok(1));
    }

    #[test]
    fn a_kid_stands_once_and_secrets_do_not_mix_with_public_keys() {
        assert_eq!(parse(&[oct("a", 32), oct("b", 32)]), Ok(2));
        assert_eq!(parse(&[oct("a", 32), oct("a", 32)]), Err(InvalidKeySet::DoubledId("a".to_owned())));
        assert_eq!(parse(&[oct("a", 32), ed25519("b")]), Err(InvalidKeySet::Mixed));
    }

    #[test]
    fn keys_for_something_else_are_passed_over() {
        let other = |from: &str, to: &str| ed25519("a").replace(from, to);
        for unusable in [
            other("EdDSA", "ES256"),
            other("EdDSA", "none"),
            other("Ed25519", "Ed448"),
            other("OKP", "oct"),
            other(r#""kid""#, r#""use":"enc","kid""#),
            other(r#""kid""#, r#""key_ops":["sign"],"kid""#),
            other(r#""alg":"EdDSA","#, ""),
            oct("a", 32).replace("HS256", "A256KW"),
        ] {
            assert_eq!(parse(std::slice::from_ref(&unusable)), Err(InvalidKeySet::NoUsableKey), "{unusable}");
            assert_eq!(parse(&[unusable, ed25519("b")]), Ok(1));
        }
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for text in
            ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#, r#"{"keys":[{}]}"#, r#"{"keys":[],"keys":[]}"#]
        {
            assert_eq!(KeySet::parse(text).err(), Some(InvalidKeySet::Shape), "{text}");
        }
        assert_eq!(parse(&[]), Err(InvalidKeySet::NoUsableKey));
    }
}
