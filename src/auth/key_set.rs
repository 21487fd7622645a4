//! JSON Web Key Sets (RFC 7517). Keys for something else than signatures, and of algorithms that are not used, are passed
//! over before anything is counted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value, json};

use super::jwk::{Judged, Jwk, Key};
use super::roca;
use crate::model::issuer::RsaAlgorithm;
use crate::model::json;

/// The keys that may sign the tokens of one issuer. It has no `Debug`, as keys may be secret.
pub struct KeySet {
    keys: Vec<Key>,
}

/// Why a key set cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeySet {
    /// It is no key set at all.
    #[error(
        "a key set is a JSON object with a list named keys, whose members are objects, and in which no name occurs twice"
    )]
    Shape,
    /// A member of a key is missing or wrong, or the key is too weak.
    #[error("{key}: {fault}")]
    Key {
        /// The key in words.
        key: String,
        /// The member, and what it should be.
        fault: String,
    },
    /// Two different keys of one algorithm have one `kid`.
    #[error("{0}: kid stands twice in the key set, with different keys for one alg")]
    DoubledId(String),
    /// The set holds shared secrets as well as public keys.
    #[error("a key set holds either shared secrets (HS256) or public keys, not both")]
    Mixed,
    /// No key of the set can verify a signature.
    #[error(
        "no key of the set can be used: {0}; a key is for signatures with RS256, PS256, ES256 (P-256), EdDSA (Ed25519) or HS256"
    )]
    NoUsableKey(String),
}

/// A key that can be used, and its members in the reduced form of its set.
struct Usable {
    key: Key,
    name: String,
    reduced: Map<String, Value>,
}

/// The most keys that a message says something about.
const MENTIONED: usize = 5;

impl KeySet {
    /// Parses a key set. RSA keys that name no algorithm are for RS256.
    pub fn parse(text: &str) -> Result<Self, InvalidKeySet> {
        let keys = usable(text, RsaAlgorithm::default())?;
        Ok(Self { keys: keys.into_iter().map(|usable| usable.key).collect() })
    }

    /// Checks a key set that is about to be trusted, and reduces it to what [`Self::parse`] needs. This looks also for RSA
    /// keys that can be factored, which takes milliseconds for each.
    pub fn vet(text: &str, rsa: RsaAlgorithm) -> Result<String, InvalidKeySet> {
        let keys = usable(text, rsa)?;
        for Usable { name, reduced, .. } in &keys {
            let modulus = reduced.get("n").and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            if modulus.is_some_and(|modulus| roca::has_pattern(&modulus)) {
                let fault =
                    "n can be factored (ROCA, CVE-2017-15361): the issuer has to make a new key, by other means";
                return Err(InvalidKeySet::Key { key: name.clone(), fault: fault.to_owned() });
            }
        }
        let keys: Vec<Map<String, Value>> = keys.into_iter().map(|usable| usable.reduced).collect();
        Ok(json!({ "keys": keys }).to_string())
    }

    /// The keys that may have signed a token of this algorithm: the one with its `kid`, or all if it names none.
    pub fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> impl Iterator<Item = &Key> {
        let fits = move |key: &&Key| key.algorithm == algorithm && kid.is_none_or(|kid| key.id.as_deref() == Some(kid));
        self.keys.iter().filter(fits)
    }

    /// Whether its keys are shared secrets.
    pub fn has_secrets(&self) -> bool {
        self.keys.iter().any(|key| key.algorithm == Algorithm::HS256)
    }

    /// Whether a key has this `kid`, for whatever algorithm.
    pub fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.id.as_deref() == Some(kid))
    }
}

/// The keys of a set that can be used, each once.
fn usable(text: &str, rsa: RsaAlgorithm) -> Result<Vec<Usable>, InvalidKeySet> {
    let (mut keys, mut others) = (Vec::<Usable>::new(), Vec::new());
    for (at, members) in members(text)?.iter().enumerate() {
        let jwk = Jwk::new(members, at + 1);
        match jwk.judge(rsa) {
            Ok(Judged::Usable(_, reduced)) if keys.iter().any(|known| known.reduced == reduced) => {}
            Ok(Judged::Usable(key, reduced)) => keys.push(Usable { key, name: jwk.name(), reduced }),
            Ok(Judged::Other(what)) => others.push(format!("{}: {what}", jwk.name())),
            Err(fault) => return Err(InvalidKeySet::Key { key: jwk.name(), fault }),
        }
    }
    if keys.is_empty() {
        others.truncate(MENTIONED);
        let others = if others.is_empty() { "it has none".to_owned() } else { others.join(", ") };
        return Err(InvalidKeySet::NoUsableKey(others));
    }
    if let Some(name) = doubled(&keys) {
        return Err(InvalidKeySet::DoubledId(name));
    }
    let secrets = keys.iter().filter(|usable| usable.key.algorithm == Algorithm::HS256).count();
    if secrets != 0 && secrets != keys.len() { Err(InvalidKeySet::Mixed) } else { Ok(keys) }
}

/// The keys as a set has them. Windows' tools write a byte-order mark.
fn members(text: &str) -> Result<Vec<Map<String, Value>>, InvalidKeySet> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    json::object(text).map_err(|_| InvalidKeySet::Shape)?;
    let mut set: Map<String, Value> = serde_json::from_str(text).map_err(|_| InvalidKeySet::Shape)?;
    let keys = set.remove("keys").ok_or(InvalidKeySet::Shape)?;
    serde_json::from_value(keys).map_err(|_| InvalidKeySet::Shape)
}

/// A key with the `kid` and the algorithm of another one.
fn doubled(keys: &[Usable]) -> Option<String> {
    let names = |usable: &&Usable| usable.key.id.is_some();
    keys.iter().filter(names).enumerate().find_map(|(at, one)| {
        let same = |other: &Usable| other.key.id == one.key.id && other.key.algorithm == one.key.algorithm;
        keys.iter().filter(names).take(at).any(same).then(|| one.name.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::jwk::algorithm;

    fn base64(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn oct(kid: &str, bytes: usize) -> Value {
        json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": base64(&vec![7; bytes])})
    }

    fn ed25519(kid: &str) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": base64(&[7; 32])})
    }

    fn rsa_of(modulus: &[u8], exponent: &[u8]) -> Value {
        json!({"kty": "RSA", "alg": "RS256", "kid": "r", "n": base64(modulus), "e": base64(exponent)})
    }

    fn rsa() -> Value {
        rsa_of(&[0xff; 256], &[1, 0, 1])
    }

    fn p256() -> Value {
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "p", "x": base64(&[7; 32]), "y": base64(&[8; 32])})
    }

    /// The key with this member, or without it if the value is null.
    fn with(key: &Value, member: &str, value: Value) -> Value {
        let mut key = key.clone();
        if let Some(members) = key.as_object_mut() {
            match value {
                Value::Null => members.remove(member),
                value => members.insert(member.to_owned(), value),
            };
        }
        key
    }

    fn parse(keys: &[Value]) -> Result<usize, InvalidKeySet> {
        KeySet::parse(&json!({ "keys": keys }).to_string()).map(|set| set.keys.len())
    }

    fn vet(keys: &[Value]) -> Result<Value, InvalidKeySet> {
        let reduced = KeySet::vet(&json!({ "keys": keys }).to_string(), RsaAlgorithm::default());
        reduced.map(|text| serde_json::from_str(&text).unwrap())
    }

    fn fault(key: &str, fault: &str) -> InvalidKeySet {
        InvalidKeySet::Key { key: key.to_owned(), fault: fault.to_owned() }
    }

    #[test]
    fn weak_keys_spoil_the_set() {
        assert_eq!(parse(&[oct("a", 32)]), Ok(1));
        let weak = fault(r#"the key "b""#, "k is too weak: it has 31 bytes, and HS256 takes at least 32");
        assert_eq!(parse(&[oct("a", 32), oct("b", 31)]), Err(weak));
        assert!(parse(&[oct("a", 0)]).is_err());
        for good in [rsa(), rsa_of(&[0xff; 1024], &[3]), rsa_of(&[0xff; 256], &[0, 1, 0, 1])] {
            assert_eq!(parse(&[good]), Ok(1));
        }
        for length in [255, 1025] {
            let bits = length * 8;
            let weak = format!("n is too weak or too long: it has {bits} bits, and RSA keys take 2048 to 8192");
            assert_eq!(parse(&[rsa_of(&vec![0xff; length], &[3])]), Err(fault(r#"the key "r""#, &weak)));
        }
        for exponent in [&[1][..], &[0, 1], &[1, 0, 0], &[], &[0]] {
            let weak = fault(r#"the key "r""#, "e is too weak: it is an odd number above 1");
            assert_eq!(parse(&[rsa_of(&[0xff; 256], exponent)]), Err(weak));
        }
    }

    #[test]
    fn a_modulus_is_measured_in_bits() {
        let with_first = |first: u8| rsa_of(&[&[first][..], &[0xff; 255]].concat(), &[3]);
        assert_eq!(parse(&[with_first(0x80)]), Ok(1));
        assert!(parse(&[with_first(0x7f)]).is_err());
    }

    #[test]
    fn each_algorithm_has_its_kind_of_key_and_a_key_without_one_the_usual() {
        let named = [rsa(), with(&rsa(), "alg", json!("PS256")), p256(), ed25519("e")];
        let unnamed = [&rsa(), &p256(), &ed25519("e")].map(|key| with(key, "alg", Value::Null));
        let rfc_9864 = [with(&ed25519("e"), "alg", json!("Ed25519"))];
        for (keys, expected) in
            [(&named[..], [1, 1, 1, 1, 1]), (&unnamed, [1, 0, 1, 1, 1]), (&rfc_9864, [0, 0, 0, 1, 1])]
        {
            let set = KeySet::parse(&json!({ "keys": keys }).to_string()).map(|set| {
                ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
                    .map(|name| algorithm(name).map_or(0, |algorithm| set.candidates(algorithm, None).count()))
            });
            assert_eq!(set, Ok(expected));
        }
        let for_pss = KeySet::vet(&json!({ "keys": unnamed }).to_string(), RsaAlgorithm::Ps256);
        assert!(for_pss.is_ok_and(|reduced| reduced.contains("PS256") && !reduced.contains("RS256")));
        for name in ["", "none", "hs256", "HS384", "RS512", "PS384", "ES512", "EdDSA ", "ed25519", "Ed448"] {
            assert_eq!(algorithm(name), None, "{name}");
        }
    }

    #[test]
    fn each_member_that_a_key_needs_is_there_and_in_its_form() {
        let not_base64 = "is not Base64 for URLs, with - and _ and without = at the end (RFC 7515, section 2)";
        for (key, members) in
            [(rsa(), &["n", "e"][..]), (p256(), &["x", "y"]), (ed25519("e"), &["x"]), (oct("k", 33), &["k"])]
        {
            let name = format!("the key {}", key["kid"]);
            for member in members {
                let text = key[member].as_str().unwrap();
                assert_eq!(
                    parse(&[with(&key, member, Value::Null)]),
                    Err(fault(&name, &format!("{member} is missing")))
                );
                let number = fault(&name, &format!("{member} is not a text"));
                assert_eq!(parse(&[with(&key, member, json!(7))]), Err(number));
                for bad in
                    [format!("{text}="), format!("+{text}"), format!("/{text}"), format!("{text}\n"), " ".to_owned()]
                {
                    let bad = with(&key, member, json!(bad));
                    let expected = fault(&name, &format!("{member} {not_base64}"));
                    assert_eq!(
                        parse(&[ed25519("other"), bad]).map_err(|error| error.to_string()),
                        Err(expected.to_string())
                    );
                }
            }
        }
        let unnamed = with(&rsa(), "kid", Value::Null);
        let expected = fault("key 2 of the set", "n is missing");
        assert_eq!(parse(&[rsa(), with(&unnamed, "n", Value::Null)]), Err(expected));
        for (member, value, what) in [
            ("kty", Value::Null, "kty is missing: it is RSA, EC, OKP or oct"),
            ("kty", json!(1), "kty is not a text"),
            ("alg", json!(["RS256"]), "alg is not a text"),
            ("use", json!(true), "use is not a text"),
            ("key_ops", json!("verify"), "key_ops is not valid: it is a list of texts"),
        ] {
            assert_eq!(parse(&[with(&rsa(), member, value)]), Err(fault(r#"the key "r""#, what)));
        }
        assert_eq!(parse(&[with(&rsa(), "kid", json!(1))]), Err(fault("key 1 of the set", "kid is not a text")));
    }

    #[test]
    fn a_point_has_two_coordinates_of_32_bytes() {
        for (key, member) in [(p256(), "x"), (p256(), "y"), (ed25519("p"), "x")] {
            for length in [0, 31, 33] {
                let wrong = with(&key, member, json!(base64(&vec![7; length])));
                let expected = fault(r#"the key "p""#, &format!("{member} has {length} bytes instead of 32"));
                assert_eq!(parse(&[wrong]), Err(expected));
            }
        }
    }

    #[test]
    fn an_rsa_key_that_can_be_factored_is_not_trusted() {
        let mut modulus = roca::tests::power(128);
        let bad = rsa_of(&modulus, &[1, 0, 1]);
        let error = vet(&[ed25519("a"), bad.clone()]).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.starts_with(r#"the key "r": n can be factored (ROCA"#)));
        assert_eq!(parse(&[bad]), Ok(1), "requests do not look for the pattern");
        *modulus.last_mut().unwrap() ^= 2;
        assert!(vet(&[rsa_of(&modulus, &[1, 0, 1])]).is_ok());
    }

    #[test]
    fn what_is_stored_is_what_verifying_needs() {
        let full = json!({
            "kty": "RSA", "use": "sig", "kid": "k", "x5t": "k", "n": base64(&[&[0][..], &[0xff; 256]].concat()), "e": "AQAB",
            "x5c": ["MII"], "issuer": "https://login.example/{t}/v2.0", "key_ops": ["verify"], "d": "AQAB",
        });
        let reduced = json!({"kty": "RSA", "alg": "RS256", "kid": "k", "n": base64(&[0xff; 256]), "e": "AQAB"});
        let encryption = with(&full, "use", json!("enc"));
        assert_eq!(vet(&[encryption, full]), Ok(json!({"keys": [reduced]})));
        for key in [p256(), ed25519("e"), oct("k", 32)] {
            let full = with(&with(&key, "use", json!("sig")), "x5c", json!(["MII"]));
            assert_eq!(vet(&[full]), Ok(json!({"keys": [key]})));
        }
    }

    #[test]
    fn a_kid_stands_once_for_each_algorithm_and_secrets_do_not_mix_with_public_keys() {
        assert_eq!(parse(&[oct("a", 32), oct("b", 32)]), Ok(2));
        let doubled = InvalidKeySet::DoubledId(r#"the key "a""#.to_owned());
        assert_eq!(parse(&[oct("a", 32), oct("a", 33)]), Err(doubled));
        assert_eq!(parse(&[rsa(), with(&rsa(), "alg", json!("PS256")), with(&p256(), "kid", json!("r"))]), Ok(3));
        // The very same key is one, however it is written.
        let again = with(&with(&rsa(), "alg", Value::Null), "use", json!("sig"));
        assert_eq!(parse(&[rsa(), again, rsa_of(&[&[0][..], &[0xff; 256]].concat(), &[1, 0, 1])]), Ok(1));
        let unnamed = with(&rsa(), "kid", Value::Null);
        assert_eq!(parse(&[unnamed.clone(), with(&unnamed, "e", json!("Aw"))]), Ok(2));
        assert_eq!(parse(&[oct("a", 32), ed25519("b")]), Err(InvalidKeySet::Mixed));
    }

    #[test]
    fn keys_for_something_else_are_passed_over_before_anything_is_counted() {
        let key = ed25519("a");
        for (unusable, what) in [
            (with(&key, "alg", json!("ES256")), r#"alg "ES256" is not used with kty "OKP""#),
            (with(&key, "alg", json!("none")), r#"alg "none" is not used with kty "OKP""#),
            (with(&key, "crv", json!("Ed448")), r#"kty "OKP" with crv "Ed448" is not used"#),
            (with(&key, "crv", Value::Null), r#"kty "OKP" is not used"#),
            (with(&key, "kty", json!("oct")), r#"alg "EdDSA" is not used with kty "oct""#),
            (with(&key, "use", json!("enc")), r#"use is "enc", not sig"#),
            (with(&key, "key_ops", json!(["sign"])), "key_ops is without verify"),
            (with(&oct("a", 3), "alg", json!("A256KW")), r#"alg "A256KW" is not used with kty "oct""#),
            (with(&oct("a", 32), "alg", Value::Null), r#"a missing alg is not used with kty "oct""#),
            (
                json!({"kty": "RSA", "kid": "a", "alg": "RSA-OAEP", "n": "="}),
                r#"alg "RSA-OAEP" is not used with kty "RSA""#,
            ),
        ] {
            let expected = InvalidKeySet::NoUsableKey(format!(r#"the key "a": {what}"#));
            assert_eq!(parse(std::slice::from_ref(&unusable)), Err(expected), "{unusable}");
            // One with the ID of the key for signatures.
            assert_eq!(parse(&[unusable, ed25519("a")]), Ok(1));
        }
        assert_eq!(parse(&[]), Err(InvalidKeySet::NoUsableKey("it has none".to_owned())));
        let many = vec![with(&key, "use", json!("enc")); 1000];
        assert!(parse(&many).is_err_and(|error| error.to_string().len() < 500));
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let text = format!("\u{feff}{}", json!({"keys": [rsa()]}));
        assert!(KeySet::parse(&text).is_ok());
        assert_eq!(KeySet::parse(&format!("\u{feff}{text}")).err(), Some(InvalidKeySet::Shape));
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"keys":{}}"#,
            r#"{"keys":[1]}"#,
            r#"{"keys":null}"#,
            r#"{"keys":[],"keys":[]}"#,
        ] {
            assert_eq!(KeySet::parse(text).err(), Some(InvalidKeySet::Shape), "{text}");
        }
    }
}
