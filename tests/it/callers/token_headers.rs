//! The header of a token: required and forbidden parameters (section 2; RFC 7515, section 4; RFC 8725).

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::signers::{SIGNERS, Signer, is_wrong, owner, public, trusting_keys};
use pail_testing::Installation;
use pail_testing::callers::{self, claims, sign};

/// An installation for each kind of key set, with the signers that it trusts.
async fn installations() -> [(Installation, &'static [Signer]); 2] {
    let (public, secret) = SIGNERS.split_at(4);
    [(trusting_keys(public).await, public), (trusting_keys(secret).await, secret)]
}

/// `none` in every mixture of upper and lower case.
fn nones() -> impl Iterator<Item = String> {
    (0..16_u32).map(|upper| {
        let letter = |(at, letter): (usize, char)| {
            if upper >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
        };
        "none".chars().enumerate().map(letter).collect()
    })
}

/// Tokens with this header and valid claims: one without a signature, others with the signature of another token.
fn unsigned(header: &str) -> [String; 3] {
    let token = callers::token_of_texts(header, &claims(json!({})).to_string());
    let (message, _) = token.rsplit_once('.').expect("a signature");
    let other = callers::user("alice");
    let (_, signature) = other.rsplit_once('.').expect("a signature");
    [format!("{message}."), message.to_owned(), format!("{message}.{signature}")]
}

#[tokio::test]
async fn an_algorithm_of_none_is_refused_in_any_case_signed_or_not() {
    for (installation, signers) in installations().await {
        for none in nones().chain([" none", "none ", "none\\u0000", "n\\u006fne", "\\u200bnone"].map(str::to_owned)) {
            for signer in signers {
                let with_kid = format!(r#"{{"alg":"{none}","kid":"{}"}}"#, signer.name);
                is_wrong(&installation, &signer.sign_under(&with_kid)).await;
            }
            for forged in unsigned(&format!(r#"{{"alg":"{none}"}}"#)) {
                is_wrong(&installation, &forged).await;
            }
        }
    }
}

#[tokio::test]
async fn the_algorithm_must_be_spelled_exactly_like_the_keys() {
    for (installation, signers) in installations().await {
        for signer in signers {
            let name = signer.name;
            let five = ["HS256", "RS256", "PS256", "ES256", "EdDSA"].map(str::to_owned);
            let others = five.into_iter().filter(|other| other != name).chain(
                [
                    "HS384", "HS512", "RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "ES256K", "Ed448", "RS1",
                    "RSA1_5", "RSA-OAEP", "A256KW", "A256GCM", "dir", "ECDH-ES", "HMAC", "SHA256", "",
                ]
                .map(str::to_owned),
            );
            // What RFC 9864 calls EdDSA with the curve of the keys here.
            let others = others.chain((name != "EdDSA").then(|| "Ed25519".to_owned()));
            let misspelt = [
                name.to_lowercase(),
                name.to_uppercase(),
                format!(" {name}"),
                format!("{name} "),
                format!("{name}\0"),
                name[1..].to_owned(),
                format!("{name}{name}"),
            ];
            let texts = others.chain(misspelt.into_iter().filter(|other| other != name)).map(Value::from);
            let odd = [json!(null), json!(256), json!([name]), json!({"alg": name}), json!(true)];
            for algorithm in texts.chain(odd) {
                is_wrong(&installation, &signer.sign(&json!({"alg": algorithm, "kid": name}), json!({}))).await;
                is_wrong(&installation, &signer.sign(&json!({"alg": algorithm}), json!({}))).await;
            }
            is_wrong(&installation, &signer.sign(&json!({"kid": name}), json!({}))).await;
            is_wrong(&installation, &signer.sign(&json!({"Alg": name, "kid": name}), json!({}))).await;
        }
    }
    // The same key with a longer hash.
    let installation = Installation::start().await;
    let key = EncodingKey::from_secret(callers::SECRET);
    for (algorithm, name) in [(Algorithm::HS384, "HS384"), (Algorithm::HS512, "HS512")] {
        is_wrong(&installation, &sign(&json!({"alg": name, "kid": "hs"}), &claims(json!({})), algorithm, &key)).await;
    }
}

#[tokio::test]
async fn a_header_with_a_key_or_critical_extensions_is_refused() {
    let [attacker, ..] = public() else { panic!("there is a signer") };
    for (installation, signers) in installations().await {
        for signer in signers {
            for (name, value) in [
                ("crit", json!(["exp"])),
                ("crit", json!(["b64"])),
                ("crit", json!(["alg", "kid"])),
                ("crit", json!([])),
                ("crit", json!(null)),
                ("crit", json!("exp")),
                ("crit", json!(false)),
                ("b64", json!(false)),
                ("b64", json!(true)),
                ("b64", json!(null)),
                ("jwk", signer.jwk.clone()),
                ("jwk", attacker.jwk.clone()),
                ("jwk", json!({})),
                ("jwk", json!(null)),
            ] {
                let mut header = json!({"alg": signer.name, "kid": signer.name});
                header[name] = value;
                is_wrong(&installation, &signer.sign(&header, json!({}))).await;
            }
            // Where `kid` names a key that is trusted, it does not matter where the header says that a key is.
            for (name, value) in [
                ("jku", json!("https://issuer.test/jwks.json")),
                ("jku", json!("")),
                ("jku", json!(null)),
                ("x5u", json!("https://issuer.test/chain.pem")),
                ("x5u", json!("file:///etc/passwd")),
                ("x5u", json!(null)),
                ("x5c", json!(["MII"])),
                ("x5c", json!([])),
                ("x5c", json!(null)),
            ] {
                let mut header = json!({"alg": signer.name, "kid": signer.name});
                header[name] = value;
                assert_eq!(owner(&installation, &signer.sign(&header, json!({}))).await, "UserID:alice", "{header}");
                header["kid"] = json!("unknown");
                is_wrong(&installation, &signer.sign(&header, json!({}))).await;
                header.as_object_mut().expect("a header").remove("kid");
                is_wrong(&installation, &signer.sign(&header, json!({}))).await;
            }
            // Other parameters are allowed and ignored.
            let harmless = json!({
                "alg": signer.name, "typ": "at+jwt", "cty": "x", "x5t": "y", "zip": "z", "Crit": ["exp"], "JWK": attacker.jwk,
            });
            assert_eq!(owner(&installation, &signer.sign(&harmless, json!({}))).await, "UserID:alice");
        }
    }
}

#[tokio::test]
async fn a_key_in_a_token_verifies_nothing() {
    // Only the key for ES256 is trusted; the others sign tokens that contain their keys.
    let [_, _, trusted, ..] = &*SIGNERS;
    let installation = trusting_keys([trusted]).await;
    for attacker in SIGNERS.iter().filter(|signer| signer.name != trusted.name) {
        for kid in [attacker.name, trusted.name] {
            let mut jwk = attacker.jwk.clone();
            jwk["kid"] = kid.into();
            let header = json!({"alg": attacker.name, "kid": kid, "jwk": jwk});
            is_wrong(&installation, &attacker.sign(&header, json!({}))).await;
            let header = json!({"alg": trusted.name, "kid": kid, "jwk": jwk});
            is_wrong(&installation, &attacker.sign(&header, json!({}))).await;
        }
    }
    assert_eq!(owner(&installation, &trusted.token()).await, "UserID:alice");
}

#[tokio::test]
async fn a_hostile_kid_selects_no_key() {
    for (installation, signers) in installations().await {
        for signer in signers {
            let name = signer.name;
            let texts = [
                String::new(),
                "unknown".to_owned(),
                name.to_lowercase(),
                format!("{name} "),
                format!(" {name}"),
                format!("{name}\0"),
                format!("{name}\u{200b}"),
                format!("../{name}"),
                "../../../../dev/null".to_owned(),
                "/dev/null".to_owned(),
                "file:///dev/null".to_owned(),
                "https://issuer.test/jwks.json".to_owned(),
                "' OR '1'='1".to_owned(),
                "x'; DROP TABLE apps; --".to_owned(),
                "$(id)".to_owned(),
                "${jndi:ldap://issuer.test/x}".to_owned(),
                "%00%0a%s%n".to_owned(),
                "*".to_owned(),
                "keys[0]".to_owned(),
                "__proto__".to_owned(),
                "\r\nX-Injected: 1".to_owned(),
                "k".repeat(10_000),
            ];
            let odd = [json!(null), json!(1), json!(0), json!([name]), json!({}), json!({"kid": name}), json!(true)];
            let kids = texts.into_iter().filter(|kid| kid != name).map(Value::from).chain(odd);
            for kid in kids {
                is_wrong(&installation, &signer.sign(&json!({"alg": name, "kid": kid}), json!({}))).await;
            }
        }
    }
}

#[tokio::test]
async fn a_header_is_an_unambiguous_json_object() {
    for (installation, signers) in installations().await {
        for signer in signers {
            let name = signer.name;
            let good = format!(r#"{{"alg":"{name}"}}"#);
            let escaped = format!(r#"{{"\u0061lg":"\u00{:x}{}"}}"#, name.as_bytes()[0], &name[1..]);
            for fine in [&good, &escaped, &format!(" {{ \"alg\" :\n\t\"{name}\" }} ")] {
                assert_eq!(owner(&installation, &signer.sign_under(fine)).await, "UserID:alice", "{fine}");
            }
            for bad in [
                "",
                "[]",
                "null",
                "{}",
                "\"x\"",
                "1",
                name,
                &format!("[{good}]"),
                &format!("{good}x"),
                &format!("{good}{good}"),
                &format!("\u{feff}{good}"),
                &good.replace('"', "'"),
                &good.replace('}', ",}"),
                &good.replace('}', ""),
                &format!(r#"{{"alg":"{name}","alg":"{name}"}}"#),
                &format!(r#"{{"alg":"{name}","alg":"none"}}"#),
                &format!(r#"{{"alg":"none","alg":"{name}"}}"#),
                &format!(r#"{{"alg":"{name}","\u0061lg":"{name}"}}"#),
                &format!(r#"{{"alg":"{name}","kid":"{name}","kid":"{name}"}}"#),
                &format!(r#"{{"alg":"{name}","x":{{"a":1,"a":1}}}}"#),
                &format!(r#"{{"alg":"{name}","x":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000)),
            ] {
                is_wrong(&installation, &signer.sign_under(bad)).await;
            }
        }
    }
}
