//! Tokens end to end: which are good, and that every other one gets one and the same answer (section 2).

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use pail::model::app::{App, ClaimNames, Issuer};
use serde_json::{Value, json};

use crate::harness::callers::{self, ISSUER, SECRET, claims, issuer, issuer_with, now, sign};
use crate::harness::{Answer, Call, Installation, app};

/// A key that signs, with its public half.
struct Signer {
    algorithm: Algorithm,
    name: &'static str,
    key: EncodingKey,
    /// As a key set has it, with the algorithm's name as its `kid`.
    jwk: Value,
}

impl Signer {
    fn new(algorithm: Algorithm, name: &'static str, key: EncodingKey) -> Self {
        let jwk = Jwk::from_encoding_key(&key, algorithm).expect("a key has a public half");
        let mut jwk = serde_json::to_value(jwk).expect("a key is JSON");
        jwk["kid"] = name.into();
        jwk["alg"] = name.into();
        Self { algorithm, name, key, jwk }
    }

    fn sign(&self, header: &Value, changes: Value) -> String {
        sign(header, &claims(changes), self.algorithm, &self.key)
    }

    /// A good token.
    fn token(&self) -> String {
        self.sign(&json!({"alg": self.name, "kid": self.name, "typ": "JWT"}), json!({}))
    }
}

/// What stands before the key itself, which is what signing takes, in the PKCS #8 form of an RSA key of 2048 bits: the
/// heads of the sequence and of the string that holds the key, version and algorithm (RFC 5208).
const PKCS_8_FRAME: usize = 4 + 3 + 15 + 4;

/// A key for each algorithm, made once.
static SIGNERS: LazyLock<[Signer; 5]> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let rsa = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let rsa = AsDer::as_der(&rsa).expect("DER").as_ref()[PKCS_8_FRAME..].to_vec();
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let ed25519 = Ed25519KeyPair::generate_pkcs8v1(&random).expect("a key");
    [
        Signer::new(Algorithm::RS256, "RS256", EncodingKey::from_rsa_der(&rsa)),
        Signer::new(Algorithm::PS256, "PS256", EncodingKey::from_rsa_der(&rsa)),
        Signer::new(Algorithm::ES256, "ES256", EncodingKey::from_ec_der(p256.as_ref())),
        Signer::new(Algorithm::EdDSA, "EdDSA", EncodingKey::from_ed_der(ed25519.as_ref())),
        Signer::new(Algorithm::HS256, "HS256", EncodingKey::from_secret(b"another secret of thirty-two chars")),
    ]
});

fn public() -> &'static [Signer] {
    &SIGNERS[..4]
}

async fn trusting(issuers: Vec<Issuer>) -> Installation {
    let installation = Installation::start().await;
    installation.put_app(App { issuers, ..app("demo") }).await;
    installation
}

/// An installation that trusts the keys of `signers`.
async fn trusting_keys<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Installation {
    let keys: Vec<Value> = signers.into_iter().map(|signer| signer.jwk.clone()).collect();
    trusting(vec![issuer_with(ISSUER, &keys)]).await
}

fn call(token: &str) -> Call {
    Call::create("demo", "notes").bearer(token)
}

/// Who a good token makes the caller, as the object's owner records it.
async fn owner(installation: &Installation, token: &str) -> String {
    let (_, items) = installation.created(&call(token)).await;
    let object = items.values().find(|item| item.get("content").is_some()).expect("an object");
    object["owner"]["S"].as_str().unwrap_or_default().to_owned()
}

async fn is_wrong(installation: &Installation, token: &str) -> Answer {
    installation.refused(&call(token), 403, "WRONG_TOKEN").await
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_good() {
    for signer in SIGNERS.iter() {
        let installation = trusting_keys([signer]).await;
        assert_eq!(owner(&installation, &signer.token()).await, "UserID:alice", "{}", signer.name);
    }
    let installation = trusting_keys(public()).await;
    for signer in public() {
        assert_eq!(owner(&installation, &signer.token()).await, "UserID:alice", "{}", signer.name);
    }
}

#[tokio::test]
async fn a_token_is_good_for_nothing_once_a_bit_of_it_has_changed() {
    let installation = trusting_keys(public()).await;
    for signer in public() {
        let token = signer.token();
        let parts: Vec<&str> = token.split('.').collect();
        let other = signer.sign(&json!({"alg": signer.name, "kid": signer.name, "typ": "JWT"}), json!({"sub": "bob"}));
        let others: Vec<&str> = other.split('.').collect();
        let mut flipped = URL_SAFE_NO_PAD.decode(parts[2]).expect("a signature");
        flipped[0] ^= 1;
        for forged in [
            format!("{}.{}.{}", parts[0], others[1], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], others[2]),
            format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(&flipped)),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.{}.", parts[0], parts[1], parts[2]),
            format!("{token}="),
            format!("{token}A"),
            format!(".{token}"),
            format!("{}.{}.{}", parts[0], parts[1], &parts[2][..parts[2].len() - 2]),
        ] {
            is_wrong(&installation, &forged).await;
        }
    }
}

#[tokio::test]
async fn a_key_verifies_its_own_algorithm_only() {
    let [rs, ps, es, ed, hs] = &*SIGNERS;
    let installation = trusting_keys([rs]).await;
    // The same RSA key, but for RS256 only.
    is_wrong(&installation, &ps.token()).await;
    is_wrong(&installation, &ps.sign(&json!({"alg": "PS256", "kid": "RS256"}), json!({}))).await;
    is_wrong(&installation, &ps.sign(&json!({"alg": "PS256"}), json!({}))).await;
    is_wrong(&installation, &ps.sign(&json!({"alg": "RS256", "kid": "RS256"}), json!({}))).await;
    for stranger in [es, ed, hs] {
        is_wrong(&installation, &stranger.token()).await;
        is_wrong(&installation, &stranger.sign(&json!({"alg": stranger.name, "kid": "RS256"}), json!({}))).await;
    }
    // The public key is no secret: it must not count as one.
    for material in [&rs.jwk["n"], &rs.jwk["e"]] {
        let text = material.as_str().unwrap_or_default();
        for secret in [text.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(text).expect("Base64")] {
            let key = EncodingKey::from_secret(&secret);
            let header = json!({"alg": "HS256", "kid": "RS256"});
            is_wrong(&installation, &sign(&header, &claims(json!({})), Algorithm::HS256, &key)).await;
        }
    }
}

#[tokio::test]
async fn a_kid_names_the_key_and_without_one_any_key_of_the_algorithm_will_do() {
    let installation = trusting_keys(public()).await;
    for signer in public() {
        let with = |header: Value| signer.sign(&header, json!({}));
        assert_eq!(owner(&installation, &with(json!({"alg": signer.name}))).await, "UserID:alice");
        for kid in [json!("unknown"), json!(""), json!(null), json!(1), json!([signer.name]), json!({})] {
            is_wrong(&installation, &with(json!({"alg": signer.name, "kid": kid}))).await;
        }
    }
    let mut without_kid = SIGNERS[2].jwk.clone();
    without_kid.as_object_mut().expect("a key").remove("kid");
    let installation = trusting(vec![issuer_with(ISSUER, &[without_kid])]).await;
    assert_eq!(owner(&installation, &SIGNERS[2].sign(&json!({"alg": "ES256"}), json!({}))).await, "UserID:alice");
    is_wrong(&installation, &SIGNERS[2].token()).await;
}

#[tokio::test]
async fn a_header_that_brings_a_key_or_asks_for_extensions_is_refused() {
    let installation = trusting_keys(public()).await;
    for signer in public() {
        for (name, value) in [
            ("crit", json!(["exp"])),
            ("crit", json!(["b64"])),
            ("crit", json!([])),
            ("crit", json!(null)),
            ("b64", json!(false)),
            ("jwk", signer.jwk.clone()),
            ("jku", json!("https://issuer.test/jwks.json")),
            ("x5u", json!("https://issuer.test/chain.pem")),
            ("x5c", json!(["MII"])),
        ] {
            let mut header = json!({"alg": signer.name, "kid": signer.name});
            header[name] = value;
            is_wrong(&installation, &signer.sign(&header, json!({}))).await;
        }
        // Others are allowed, and mean nothing.
        let harmless = json!({"alg": signer.name, "typ": "at+jwt", "cty": "x", "x5t": "y", "zip": "z"});
        assert_eq!(owner(&installation, &signer.sign(&harmless, json!({}))).await, "UserID:alice");
    }
}

#[tokio::test]
async fn a_header_without_a_known_algorithm_is_refused() {
    let installation = Installation::start().await;
    let key = EncodingKey::from_secret(SECRET);
    for algorithm in [
        json!("none"),
        json!("None"),
        json!(""),
        json!("hs256"),
        json!("HS384"),
        json!("HS512"),
        json!("ES256K"),
        json!("RSA1_5"),
        json!(null),
        json!(256),
        json!(["HS256"]),
    ] {
        let header = json!({"alg": algorithm, "kid": "hs"});
        is_wrong(&installation, &sign(&header, &claims(json!({})), Algorithm::HS256, &key)).await;
        let unsigned = [&header, &claims(json!({}))].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        is_wrong(&installation, &format!("{unsigned}.")).await;
    }
    is_wrong(&installation, &sign(&json!({"kid": "hs"}), &claims(json!({})), Algorithm::HS256, &key)).await;
    for (algorithm, name) in [(Algorithm::HS384, "HS384"), (Algorithm::HS512, "HS512")] {
        is_wrong(&installation, &sign(&json!({"alg": name, "kid": "hs"}), &claims(json!({})), algorithm, &key)).await;
    }
}

#[tokio::test]
async fn header_and_claims_are_unambiguous_json_objects() {
    let installation = Installation::start().await;
    let good = (r#"{"alg":"HS256"}"#.to_owned(), claims(json!({})).to_string());
    let token = |header: &str, claims: &str| {
        let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let key = EncodingKey::from_secret(SECRET);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("the key signs");
        format!("{message}.{signature}")
    };
    assert_eq!(owner(&installation, &token(&good.0, &good.1)).await, "UserID:alice");
    for header in ["", "[]", "null", "\"x\"", r#"{"alg":"HS256","alg":"none"}"#, r#"{"alg":"HS256"}x"#, "\u{feff}{}"] {
        is_wrong(&installation, &token(header, &good.1)).await;
    }
    let doubled = good.1.replacen('{', r#"{"sub":"bob","#, 1);
    let deep = good.1.replacen('{', &format!(r#"{{"x":{}1{},"#, "[".repeat(2000), "]".repeat(2000)), 1);
    for claims in ["", "[]", "null", "{}", &doubled, &deep, &format!("{} {{}}", good.1)] {
        is_wrong(&installation, &token(&good.0, claims)).await;
    }
    let padded = format!("{}=.{}", URL_SAFE_NO_PAD.encode(&good.0), URL_SAFE_NO_PAD.encode(&good.1));
    is_wrong(&installation, &format!("{padded}.x")).await;
}

#[tokio::test]
async fn every_wrong_token_gets_the_same_answer() {
    let installation = Installation::start().await;
    let expired = callers::token(json!({"exp": now() - 3600}));
    let forged = SIGNERS[4].token();
    let other_app = callers::token(json!({"aud": "other"}));
    let other_issuer = callers::token(json!({"iss": "https://other.test"}));
    let first = is_wrong(&installation, "x").await;
    assert_eq!(first.text("appID"), "demo");
    for token in [expired, forged, other_app, other_issuer] {
        assert_eq!(is_wrong(&installation, &token).await, first);
    }
}

#[tokio::test]
async fn times_are_kept_with_a_leeway_of_a_minute() {
    let installation = Installation::start().await;
    let (now, month) = (now(), 30 * 24 * 60 * 60);
    for good in [
        json!({"exp": now - 59}),
        json!({"nbf": now + 60}),
        json!({"iat": now + 60}),
        json!({"iat": "absent"}),
        json!({"exp": now + month}),
        json!({"exp": now as f64 + 0.5}),
    ] {
        assert_eq!(owner(&installation, &callers::token(good)).await, "UserID:alice");
    }
    for bad in [
        json!({"exp": now - 60}),
        json!({"exp": "absent"}),
        json!({"exp": null}),
        json!({"exp": (now + 60).to_string()}),
        json!({"exp": -1}),
        json!({"exp": 1e300}),
        json!({"exp": now + month + 1}),
        json!({"exp": now + month + 1, "iat": now + 30}),
        json!({"nbf": now + 61}),
        json!({"nbf": null}),
        json!({"nbf": "0"}),
        json!({"iat": now + 61}),
        json!({"iat": "now"}),
    ] {
        is_wrong(&installation, &callers::token(bad)).await;
    }
}

#[tokio::test]
async fn the_longest_lifetime_is_configurable() {
    let hour = std::time::Duration::from_secs(3600);
    let installation = Installation::with(|settings| settings.token_rules.maximum_lifetime = hour).await;
    assert_eq!(owner(&installation, &callers::token(json!({"exp": now() + 3600}))).await, "UserID:alice");
    is_wrong(&installation, &callers::token(json!({"exp": now() + 3601}))).await;
}

#[tokio::test]
async fn issuer_subject_and_audience_are_required_and_exact() {
    let installation = Installation::start().await;
    for good in [json!({"aud": ["x", "demo"]}), json!({"sub": "A.b_c-9"}), json!({"sub": "x".repeat(64)})] {
        owner(&installation, &callers::token(good)).await;
    }
    let too_long = "x".repeat(65);
    for iss in [
        json!("absent"),
        json!(null),
        json!(""),
        json!([ISSUER]),
        json!("https://issuer.test/"),
        json!("HTTPS://issuer.test"),
    ] {
        is_wrong(&installation, &callers::token(json!({"iss": iss}))).await;
    }
    for sub in ["", "a b", "a/b", ".", "..", "me", "ANONYMOUS_USER", "ANY_AUTHENTICATED_USER", "ä", "absent", &too_long]
    {
        for role in
            [json!({"sub": sub}), json!({"sub": sub, "role": "admin"}), json!({"sub": sub, "principal_type": "thing"})]
        {
            is_wrong(&installation, &callers::token(role)).await;
        }
    }
    for sub in [json!(null), json!(1), json!(["alice"])] {
        is_wrong(&installation, &callers::token(json!({"sub": sub}))).await;
    }
    for aud in
        [json!("absent"), json!(null), json!(""), json!("Demo"), json!([]), json!(["demo", 1]), json!({"demo": 1})]
    {
        is_wrong(&installation, &callers::token(json!({"aud": aud}))).await;
    }
}

#[tokio::test]
async fn role_and_principal_type_say_what_the_bearer_is() {
    let installation = Installation::start().await;
    for (changes, expected) in [
        (json!({}), "UserID:alice"),
        (json!({"principal_type": "user"}), "UserID:alice"),
        (json!({"principal_type": "thing"}), "ThingID:alice"),
        (json!({"role": "admin"}), "AdminID:alice"),
        (json!({"role": "admin", "principal_type": "thing"}), "AdminID:alice"),
        (json!({"role": "admin", "principal_type": 7}), "AdminID:alice"),
        (json!({"role": "Admin"}), "UserID:alice"),
        (json!({"role": "admin "}), "UserID:alice"),
        (json!({"role": "", "principal_type": "thing"}), "ThingID:alice"),
    ] {
        assert_eq!(owner(&installation, &callers::token(changes)).await, expected);
    }
    for bad in [
        json!({"role": null}),
        json!({"role": true}),
        json!({"role": ["admin"]}),
        json!({"principal_type": null}),
        json!({"principal_type": "Thing"}),
        json!({"principal_type": ""}),
        json!({"principal_type": ["thing"]}),
    ] {
        is_wrong(&installation, &callers::token(bad)).await;
    }
}

#[tokio::test]
async fn groups_make_members() {
    let installation = Installation::start().await;
    let in_group =
        |groups: Value| Call::create("demo/groups/crew", "notes").bearer(&callers::token(json!({"groups": groups})));
    for good in [json!(["crew"]), json!(["a", "crew"]), json!(["no group", "", "crew", "ä"])] {
        installation.created(&in_group(good)).await;
    }
    installation.put_bucket("demo/groups/crew", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["GroupID:crew"]})).await;
    for none in [json!([]), json!(["Crew"]), json!(["crew "]), json!(null), json!("absent")] {
        installation.refused(&in_group(none), 401, "UNAUTHORIZED").await;
    }
    for bad in [json!("crew"), json!(["crew", 1]), json!([["crew"]]), json!({"crew": 1}), json!(1)] {
        installation.refused(&in_group(bad), 403, "WRONG_TOKEN").await;
    }
}

#[tokio::test]
async fn each_issuer_has_its_own_keys_audiences_and_claim_names() {
    let [rs, _, es, ..] = &*SIGNERS;
    let cognito = Issuer {
        audiences: vec!["client-1".to_owned(), "client-2".to_owned()],
        claims: ClaimNames {
            audience: "client_id".to_owned(),
            role: "custom:role".to_owned(),
            principal_type: "custom:type".to_owned(),
            groups: "cognito:groups".to_owned(),
        },
        ..issuer_with("https://cognito.test", std::slice::from_ref(&rs.jwk))
    };
    let installation =
        trusting(vec![issuer(), cognito, issuer_with("https://third.test", std::slice::from_ref(&es.jwk))]).await;
    let of_cognito = |changes: Value| {
        let mut claims = claims(json!({"iss": "https://cognito.test", "aud": "absent", "client_id": "client-2"}));
        claims.as_object_mut().expect("claims").extend(changes.as_object().expect("changes").clone());
        sign(&json!({"alg": "RS256", "kid": "RS256"}), &claims, rs.algorithm, &rs.key)
    };
    assert_eq!(owner(&installation, &callers::user("alice")).await, "UserID:alice");
    assert_eq!(
        owner(&installation, &es.sign(&json!({"alg": "ES256"}), json!({"iss": "https://third.test"}))).await,
        "UserID:alice"
    );
    // Names that are not this issuer's mean nothing, whatever they hold.
    for (changes, expected) in [
        (json!({"role": "admin", "principal_type": 1, "groups": 1, "aud": 1}), "UserID:alice"),
        (json!({"custom:role": "admin"}), "AdminID:alice"),
        (json!({"custom:type": "thing"}), "ThingID:alice"),
    ] {
        assert_eq!(owner(&installation, &of_cognito(changes)).await, expected);
    }
    let member = of_cognito(json!({"cognito:groups": ["crew"]}));
    installation.created(&Call::create("demo/groups/crew", "notes").bearer(&member)).await;
    // One issuer's keys and audiences are none of another's.
    is_wrong(&installation, &of_cognito(json!({"client_id": "demo"}))).await;
    is_wrong(&installation, &of_cognito(json!({"client_id": null, "aud": "client-1"}))).await;
    is_wrong(&installation, &of_cognito(json!({"iss": "https://third.test"}))).await;
    is_wrong(
        &installation,
        &es.sign(&json!({"alg": "ES256"}), json!({"iss": "https://cognito.test", "client_id": "client-1"})),
    )
    .await;
    is_wrong(&installation, &es.sign(&json!({"alg": "ES256"}), json!({}))).await;
}

/// The token is good; the key set is not.
#[tokio::test]
async fn a_key_set_that_breaks_a_rule_verifies_nothing() {
    let [rs, _, es, _, hs] = &*SIGNERS;
    let (mut doubled, mut short) = (es.jwk.clone(), hs.jwk.clone());
    doubled["kid"] = "RS256".into();
    let secret = b"thirty-one bytes are too little";
    assert_eq!(secret.len(), 31);
    short["k"] = URL_SAFE_NO_PAD.encode(secret).into();
    let short_token = sign(
        &json!({"alg": "HS256", "kid": "HS256"}),
        &claims(json!({})),
        Algorithm::HS256,
        &EncodingKey::from_secret(secret),
    );
    let mut empty = hs.jwk.clone();
    empty["k"] = "".into();
    let empty_token = sign(
        &json!({"alg": "HS256", "kid": "HS256"}),
        &claims(json!({})),
        Algorithm::HS256,
        &EncodingKey::from_secret(b""),
    );
    let mut without_algorithm = rs.jwk.clone();
    without_algorithm.as_object_mut().expect("a key").remove("alg");
    let mut for_encryption = rs.jwk.clone();
    for_encryption["use"] = "enc".into();
    for (keys, token) in [
        (vec![rs.jwk.clone(), doubled], rs.token()),
        (vec![rs.jwk.clone(), hs.jwk.clone()], rs.token()),
        (vec![rs.jwk.clone(), hs.jwk.clone()], hs.token()),
        (vec![short], short_token),
        (vec![empty], empty_token),
        (vec![without_algorithm], rs.token()),
        (vec![for_encryption], rs.token()),
        (vec![], rs.token()),
    ] {
        let installation = trusting(vec![issuer_with(ISSUER, &keys)]).await;
        is_wrong(&installation, &token).await;
    }
    // A key that is for something else harms nobody.
    let other = json!({"kty": "RSA", "kid": "other", "alg": "RSA-OAEP", "use": "enc", "n": "AQAB", "e": "AQAB"});
    let installation = trusting(vec![issuer_with(ISSUER, &[other, rs.jwk.clone()])]).await;
    assert_eq!(owner(&installation, &rs.token()).await, "UserID:alice");
}

#[tokio::test]
async fn an_app_without_issuers_takes_no_token() {
    let installation = trusting(Vec::new()).await;
    is_wrong(&installation, &callers::user("alice")).await;
    is_wrong(&installation, &callers::administrator("operator")).await;
}

#[tokio::test]
async fn a_token_of_any_length_is_judged_and_never_a_fault() {
    let installation = Installation::start().await;
    let long = callers::token(json!({"groups": vec!["x".repeat(60); 100]}));
    assert_eq!(owner(&installation, &long).await, "UserID:alice");
    for length in [1, 100, 10_000, 1_000_000] {
        is_wrong(&installation, &"x".repeat(length)).await;
        is_wrong(&installation, &".".repeat(length)).await;
        is_wrong(&installation, &"e30.".repeat(length)).await;
    }
}
