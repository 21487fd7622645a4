//! The form of a token: exactly three parts of strict Base64 (section 2; RFC 7515, section 7.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::signers::{SIGNERS, call, is_wrong, owner, trusting_keys};
use pail_testing::callers::{self, now, token_of_texts};
use pail_testing::{Gateway, Installation};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The same text with changed unused bits in its last character, if there are such bits.
fn with_stray_bits(part: &str) -> Option<String> {
    let (rest, last) = part.split_at(part.len() - 1);
    let value = ALPHABET.iter().position(|letter| [*letter] == last.as_bytes()).expect("Base64");
    let changed = char::from(ALPHABET[value ^ 1]);
    (!part.len().is_multiple_of(4)).then(|| format!("{rest}{changed}"))
}

#[tokio::test]
async fn a_token_has_three_parts() {
    let installation = Installation::start().await;
    let token = callers::user("alice");
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };
    for text in [
        // Encrypted tokens have five parts (RFC 7516).
        format!("{token}.{header}.{signature}"),
        format!("{header}.{claims}.{claims}.{claims}.{signature}"),
        format!("{header}....{signature}"),
        "....".to_owned(),
        format!("{token}.{signature}"),
        format!("{header}.{token}"),
        format!("{token}."),
        format!(".{token}"),
        format!("..{token}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}.{claims}"),
        format!("{claims}.{signature}"),
        header.to_owned(),
        format!("{claims}.{header}.{signature}"),
        format!("{token}{token}"),
        format!("{token}.{token}"),
        token.replace('.', ":"),
        token.replace('.', " "),
        token.replace('.', "%2E"),
        token.replacen('.', "..", 1),
        format!("Bearer {token}"),
        format!("\"{token}\""),
    ] {
        is_wrong(&installation, &text).await;
    }
    assert_eq!(owner(&installation, &token).await, "UserID:alice");
}

#[tokio::test]
async fn a_token_in_json_serialization_is_refused() {
    let installation = Installation::start().await;
    let token = callers::user("alice");
    let parts: Vec<&str> = token.split('.').collect();
    let flattened = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    let general = json!({"payload": parts[1], "signatures": [{"protected": parts[0], "signature": parts[2]}]});
    for form in [&flattened, &general] {
        assert!(pail::auth::jws::Jws::parse(&form.to_string()).is_err());
        // A comma separates two values of the field, which may have only one.
        installation.refused_unread(&call(&form.to_string()), 401, "UNAUTHORIZED").await;
        is_wrong(&installation, &form.to_string().replace(',', " ")).await;
    }
    is_wrong(&installation, &json!({"jwt": token}).to_string()).await;
    is_wrong(&installation, &URL_SAFE_NO_PAD.encode(flattened.to_string())).await;
}

#[tokio::test]
async fn each_part_is_strict_base64() {
    let installation = trusting_keys(&SIGNERS[..4]).await;
    let mut stray = 0;
    for signer in &SIGNERS[..4] {
        let token = signer.token();
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        for at in 0..3 {
            let part = &parts[at];
            let (start, end) = part.split_at(part.len() / 2);
            let changed = [
                format!("{part}="),
                format!("{part}=="),
                format!("={part}"),
                format!("{part}A"),
                format!("{part}AAAA"),
                part[1..].to_owned(),
                part[..part.len() - 1].to_owned(),
                part[..part.len() - 2].to_owned(),
                format!("{start} {end}"),
                format!("{start}\n{end}"),
                format!("{start}\r\n {end}"),
                format!("{start}\t{end}"),
                format!("{start}?{end}"),
                format!("{start}+{end}"),
                format!("{start}/{end}"),
                format!("{start}%2B{end}"),
                format!("{start}\0{end}"),
                format!("{start}ä{end}"),
                part.chars().rev().collect(),
                part.to_lowercase(),
            ];
            let stray_bits = with_stray_bits(part);
            stray += usize::from(stray_bits.is_some());
            for changed in changed.into_iter().chain(stray_bits) {
                let mut parts = parts.clone();
                parts[at] = changed;
                is_wrong(&installation, &parts.join(".")).await;
            }
        }
        assert_eq!(owner(&installation, &token).await, "UserID:alice");
    }
    assert!(stray >= 4, "{stray}");
    let padded = parts_padded(&SIGNERS[2].token());
    is_wrong(&installation, &padded).await;
}

/// The same token with each part padded.
fn parts_padded(token: &str) -> String {
    token.split('.').map(|part| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4))).collect::<Vec<_>>().join(".")
}

/// A token of exactly this length that is valid otherwise.
fn of_length(length: usize) -> String {
    // Three bytes give four characters of Base64, so header and claims together can have any length.
    let token = |blanks: usize, more: usize| {
        let header = format!("{}{}", " ".repeat(blanks), r#"{"alg":"HS256"}"#);
        let claims = callers::claims(json!({"x": "x".repeat(length / 4 * 3 - 250 + more)}));
        token_of_texts(&header, &claims.to_string())
    };
    let mut tokens = (0..3).flat_map(|blanks| (0..200).map(move |more| token(blanks, more)));
    tokens.find(|token| token.len() == length).expect("a token of this length")
}

#[tokio::test]
async fn a_token_of_any_length_is_accepted_or_refused_and_causes_no_5xx() {
    let installation = Installation::start().await;
    let long = callers::token(json!({"groups": vec!["x".repeat(60); 100]}));
    assert_eq!(owner(&installation, &long).await, "UserID:alice");
    for length in 16_380..=16_384 {
        assert_eq!(owner(&installation, &of_length(length)).await, "UserID:alice");
    }
    for length in 16_385..=16_390 {
        is_wrong(&installation, &of_length(length)).await;
    }
    for length in [1, 100, 10_000, 100_000, 1_000_000] {
        is_wrong(&installation, &"x".repeat(length)).await;
        is_wrong(&installation, &".".repeat(length)).await;
        is_wrong(&installation, &"e30.".repeat(length)).await;
    }
}

#[tokio::test]
async fn each_part_of_100_kb_is_refused() {
    let installation = Installation::start().await;
    let long = "x".repeat(100_000);
    let claims = callers::claims(json!({})).to_string();
    let token = callers::user("alice");
    let (message, _) = token.rsplit_once('.').expect("a signature");
    for token in [
        token_of_texts(&json!({"alg": "HS256", "kid": long}).to_string(), &claims),
        token_of_texts(&json!({"alg": "HS256", "x": long}).to_string(), &claims),
        token_of_texts(&json!({"alg": long}).to_string(), &claims),
        token_of_texts(&format!("{}{}", " ".repeat(100_000), r#"{"alg":"HS256"}"#), &claims),
        callers::token(json!({"x": long})),
        callers::token(json!({"sub": long})),
        callers::token(json!({"aud": long})),
        callers::token(json!({"iss": long})),
        callers::token(json!({"groups": vec!["x"; 30_000]})),
        callers::token(json!({"aud": vec!["demo"; 30_000]})),
        format!("{message}.{long}"),
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(&long)),
    ] {
        assert!(token.len() > 100_000);
        for gateway in Gateway::ALL {
            installation.refused(&call(&token).through(gateway), 403, "WRONG_TOKEN").await;
        }
        is_wrong(&installation, &token).await;
    }
}

#[tokio::test]
async fn every_wrong_token_gets_the_same_answer() {
    let installation = Installation::start().await;
    let expired = callers::token(json!({"exp": now() - 3600}));
    let forged = SIGNERS[4].token();
    let other_app = callers::token(json!({"aud": "other"}));
    let other_issuer = callers::token(json!({"iss": "https://other.test"}));
    let first = installation.refused(&call("x"), 403, "WRONG_TOKEN").await;
    for token in [expired, forged, other_app, other_issuer] {
        assert_eq!(installation.refused(&call(&token), 403, "WRONG_TOKEN").await, first);
        is_wrong(&installation, &token).await;
    }
}
