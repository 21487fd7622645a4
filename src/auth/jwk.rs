//! One key of a JSON Web Key Set (RFC 7517, 7518, 8037 and 9864), held to what RFC 8725 asks for: it has one algorithm, and
//! is strong enough for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::model::issuer::RsaAlgorithm;

/// A key, and the one algorithm that it may be used with. It has no `Debug`, as it may be secret.
pub struct Key {
    /// Its `kid`.
    pub id: Option<String>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key.
    pub key: DecodingKey,
}

/// What a member of a key set is.
pub(super) enum Judged {
    /// A key that verifies signatures, and the members of the set that this takes.
    Usable(Key, Map<String, Value>),
    /// Something else, and what shows it.
    Other(String),
}

/// A key as a set has it, and what it may come to.
pub(super) struct Jwk<'a> {
    members: &'a Map<String, Value>,
    /// Where it stands in its set, from 1.
    place: usize,
}

/// A key, and the members that it is made of.
type Material = (DecodingKey, Vec<(&'static str, Vec<u8>)>);

/// What is wrong with a key: the member, and what it should be.
type Fault = String;

/// The kinds of keys that are used.
#[derive(Clone, Copy)]
enum Kind {
    Rsa,
    P256,
    Ed25519,
    Secret,
}

/// The algorithm of this name in a token or a key. `Ed25519` is the name that RFC 9864 gives to what `EdDSA` means here.
pub fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "HS256" => Some(Algorithm::HS256),
        "RS256" => Some(Algorithm::RS256),
        "PS256" => Some(Algorithm::PS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" | "Ed25519" => Some(Algorithm::EdDSA),
        _ => None,
    }
}

impl Kind {
    fn of(kty: &str, crv: Option<&str>) -> Option<Self> {
        match (kty, crv) {
            ("RSA", _) => Some(Self::Rsa),
            ("EC", Some("P-256")) => Some(Self::P256),
            ("OKP", Some("Ed25519")) => Some(Self::Ed25519),
            ("oct", _) => Some(Self::Secret),
            _ => None,
        }
    }

    /// Whether keys of this kind are for the algorithm.
    fn fits(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa => matches!(algorithm, Algorithm::RS256 | Algorithm::PS256),
            Self::P256 => algorithm == Algorithm::ES256,
            Self::Ed25519 => algorithm == Algorithm::EdDSA,
            Self::Secret => algorithm == Algorithm::HS256,
        }
    }

    /// The algorithm of a key that names none: the only one for its kind, or the one that is set for RSA. A secret may be
    /// for something else than signatures.
    fn usual(self, rsa: RsaAlgorithm) -> Option<Algorithm> {
        match (self, rsa) {
            (Self::Rsa, RsaAlgorithm::Rs256) => Some(Algorithm::RS256),
            (Self::Rsa, RsaAlgorithm::Ps256) => Some(Algorithm::PS256),
            (Self::P256, _) => Some(Algorithm::ES256),
            (Self::Ed25519, _) => Some(Algorithm::EdDSA),
            (Self::Secret, _) => None,
        }
    }
}

impl<'a> Jwk<'a> {
    pub fn new(members: &'a Map<String, Value>, place: usize) -> Self {
        Self { members, place }
    }

    /// The key in words: by its `kid`, or else by its place.
    pub fn name(&self) -> String {
        match self.members.get("kid") {
            Some(Value::String(kid)) => format!("the key {kid:?}"),
            _ => format!("key {} of the set", self.place),
        }
    }

    /// Whether the key is for signatures of an algorithm that is used, and if so, the key. Only then are its other members
    /// looked at.
    pub fn judge(&self, rsa: RsaAlgorithm) -> Result<Judged, Fault> {
        let kty = self.text("kty")?.ok_or("kty is missing: it is RSA, EC, OKP or oct")?;
        let (purpose, name, crv) = (self.text("use")?, self.text("alg")?, self.text("crv")?);
        if let Some(purpose) = purpose.filter(|purpose| *purpose != "sig") {
            return Ok(Judged::Other(format!("use is {purpose:?}, not sig")));
        }
        if !self.may_verify()? {
            return Ok(Judged::Other("key_ops is without verify".to_owned()));
        }
        let Some(kind) = Kind::of(kty, crv) else {
            let crv = crv.map(|crv| format!(" with crv {crv:?}")).unwrap_or_default();
            return Ok(Judged::Other(format!("kty {kty:?}{crv} is not used")));
        };
        let algorithm = match name {
            Some(name) => algorithm(name).filter(|algorithm| kind.fits(*algorithm)),
            None => kind.usual(rsa),
        };
        let Some(algorithm) = algorithm else {
            let name = name.map_or_else(|| "a missing alg".to_owned(), |name| format!("alg {name:?}"));
            return Ok(Judged::Other(format!("{name} is not used with kty {kty:?}")));
        };
        let (key, numbers) = self.material(kind)?;
        let id = self.text("kid")?.map(str::to_owned);
        let texts = [("kty", Some(kty)), ("crv", crv.filter(|_| matches!(kind, Kind::P256 | Kind::Ed25519)))];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text?.to_owned())));
        let named = [("alg", Some(format!("{algorithm:?}"))), ("kid", id.clone())];
        let named = named.into_iter().filter_map(|(name, text)| Some((name, text?)));
        let numbers = numbers.into_iter().map(|(name, bytes)| (name, URL_SAFE_NO_PAD.encode(bytes)));
        let reduced = texts.chain(named).chain(numbers).map(|(name, text)| (name.to_owned(), Value::String(text)));
        Ok(Judged::Usable(Key { id, algorithm, key }, reduced.collect()))
    }

    /// Whether `key_ops`, if there is one, has `verify` (RFC 7517, section 4.3).
    fn may_verify(&self) -> Result<bool, Fault> {
        match self.members.get("key_ops") {
            None | Some(Value::Null) => Ok(true),
            Some(Value::Array(operations)) => Ok(operations.iter().any(|operation| operation == "verify")),
            Some(_) => Err("key_ops is not valid: it is a list of texts".to_owned()),
        }
    }

    /// The key, and the members that it is made of.
    fn material(&self, kind: Kind) -> Result<Material, Fault> {
        match kind {
            Kind::Secret => {
                let secret = self.bytes("k")?;
                if secret.len() < 32 {
                    return Err(format!("k is too weak: it has {} bytes, and HS256 takes at least 32", secret.len()));
                }
                Ok((DecodingKey::from_secret(&secret), vec![("k", secret)]))
            }
            Kind::Rsa => self.rsa(),
            Kind::P256 => {
                let (x, y) = (self.coordinate("x")?, self.coordinate("y")?);
                // An uncompressed point (SEC 1, section 2.3.3).
                Ok((DecodingKey::from_ec_der(&[&[4][..], &x, &y].concat()), vec![("x", x), ("y", y)]))
            }
            Kind::Ed25519 => {
                let x = self.coordinate("x")?;
                Ok((DecodingKey::from_ed_der(&x), vec![("x", x)]))
            }
        }
    }

    fn rsa(&self) -> Result<Material, Fault> {
        let (modulus, exponent) = (self.number("n")?, self.number("e")?);
        let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
        let bits = modulus.len() * 8 - usize::try_from(unused).unwrap_or_default();
        if !(2048..=8192).contains(&bits) {
            return Err(format!("n is too weak or too long: it has {bits} bits, and RSA keys take 2048 to 8192"));
        }
        if exponent.last().is_none_or(|byte| byte % 2 == 0) || exponent == [1] {
            return Err("e is too weak: it is an odd number above 1".to_owned());
        }
        Ok((DecodingKey::from_rsa_raw_components(&modulus, &exponent), vec![("n", modulus), ("e", exponent)]))
    }

    /// A big-endian number. Some libraries write leading zeros (RFC 7518, section 6.3.1.1), which verification rejects.
    fn number(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let bytes = self.bytes(name)?;
        Ok(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
    }

    fn coordinate(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let bytes = self.bytes(name)?;
        if bytes.len() == 32 { Ok(bytes) } else { Err(format!("{name} has {} bytes instead of 32", bytes.len())) }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let text = self.text(name)?.ok_or_else(|| format!("{name} is missing"))?;
        let not_base64 = "is not Base64 for URLs, with - and _ and without = at the end (RFC 7515, section 2)";
        URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("{name} {not_base64}"))
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{name} is not a text")),
        }
    }
}
