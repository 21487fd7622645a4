//! Every claim that Pail reads, with every kind of value (section 2).

use super::signers::{is_wrong, owner};
use pail_testing::Installation;
use pail_testing::callers::token_of_texts;

/// A claim, the JSON text of its value, and the caller that it makes; `None` if the token is refused.
type Row = (&'static str, &'static str, &'static str);

/// Used instead of a value: removes the claim.
const MISSING: &str = "";

const ALICE: &str = "UserID:alice";
const NOBODY: &str = "";

/// The tests' time is 1790000000.123 s. A value that contains the claim's name repeats the claim.
const ROWS: [Row; 141] = [
    ("exp", MISSING, NOBODY),
    ("exp", "null", NOBODY),
    ("exp", "\"1790003600\"", NOBODY),
    ("exp", "1790003600.5", ALICE),
    ("exp", "1.7900036e9", ALICE),
    ("exp", "-1", NOBODY),
    ("exp", "-1790003600", NOBODY),
    ("exp", "1e30", NOBODY),
    ("exp", "1e300", NOBODY),
    ("exp", "1e400", NOBODY),
    ("exp", "4945673600", NOBODY),
    ("exp", "18446744073709551615", NOBODY),
    ("exp", "18446744073709551616", NOBODY),
    ("exp", "1790003600000", NOBODY),
    ("exp", "[1790003600]", NOBODY),
    ("exp", "{}", NOBODY),
    ("exp", "\"\"", NOBODY),
    ("exp", "0", NOBODY),
    ("exp", "true", NOBODY),
    ("exp", r#"1790003600,"exp":1790003600"#, NOBODY),
    ("nbf", MISSING, ALICE),
    ("nbf", "null", NOBODY),
    ("nbf", "\"1790000000\"", NOBODY),
    ("nbf", "1789999999.5", ALICE),
    ("nbf", "-1", NOBODY),
    ("nbf", "-0.0", ALICE),
    ("nbf", "1e30", NOBODY),
    ("nbf", "4945673600", NOBODY),
    ("nbf", "[1790000000]", NOBODY),
    ("nbf", "\"\"", NOBODY),
    ("nbf", "[]", NOBODY),
    ("nbf", "0", ALICE),
    ("nbf", "false", NOBODY),
    ("nbf", r#"1790000000,"nbf":1790000000"#, NOBODY),
    ("iat", MISSING, ALICE),
    ("iat", "null", NOBODY),
    ("iat", "\"1790000000\"", NOBODY),
    ("iat", "1789999999.5", ALICE),
    ("iat", "-1", NOBODY),
    ("iat", "1e30", NOBODY),
    ("iat", "4945673600", NOBODY),
    ("iat", "[1790000000]", NOBODY),
    ("iat", "\"\"", NOBODY),
    ("iat", "[]", NOBODY),
    ("iat", "0", ALICE),
    ("iat", "true", NOBODY),
    ("iat", r#"1790000000,"iat":1790000000"#, NOBODY),
    ("iss", MISSING, NOBODY),
    ("iss", "null", NOBODY),
    ("iss", "\"https://other.test\"", NOBODY),
    ("iss", "\"https://issuer.test/\"", NOBODY),
    ("iss", "\"HTTPS://issuer.test\"", NOBODY),
    ("iss", "\" https://issuer.test\"", NOBODY),
    ("iss", r#""https:\/\/issuer.test""#, ALICE),
    ("iss", "1.5", NOBODY),
    ("iss", "-1", NOBODY),
    ("iss", "1e30", NOBODY),
    ("iss", "4945673600", NOBODY),
    ("iss", "[\"https://issuer.test\"]", NOBODY),
    ("iss", "\"\"", NOBODY),
    ("iss", r#""https://issuer.test","iss":"https://issuer.test""#, NOBODY),
    ("aud", MISSING, NOBODY),
    ("aud", "null", NOBODY),
    ("aud", "\"other\"", NOBODY),
    ("aud", "\"Demo\"", NOBODY),
    ("aud", "\"demo \"", NOBODY),
    ("aud", "\"demo,other\"", NOBODY),
    ("aud", r#""d\u0065mo""#, ALICE),
    ("aud", "1.5", NOBODY),
    ("aud", "-1", NOBODY),
    ("aud", "1e30", NOBODY),
    ("aud", "4945673600", NOBODY),
    ("aud", "[\"demo\"]", ALICE),
    ("aud", "[\"x\",\"demo\"]", ALICE),
    ("aud", "[\"x\"]", NOBODY),
    ("aud", "[\"demo\",1]", NOBODY),
    ("aud", "[\"demo\",null]", NOBODY),
    ("aud", "[[\"demo\"]]", NOBODY),
    ("aud", "\"\"", NOBODY),
    ("aud", "[]", NOBODY),
    ("aud", "{\"demo\":1}", NOBODY),
    ("aud", r#""demo","aud":"demo""#, NOBODY),
    ("sub", MISSING, NOBODY),
    ("sub", "null", NOBODY),
    ("sub", "\"bob\"", "UserID:bob"),
    ("sub", r#""\u0061lice""#, ALICE),
    ("sub", "1.5", NOBODY),
    ("sub", "-1", NOBODY),
    ("sub", "1e30", NOBODY),
    ("sub", "4945673600", NOBODY),
    ("sub", "[\"alice\"]", NOBODY),
    ("sub", "\"\"", NOBODY),
    ("sub", "{\"alice\":1}", NOBODY),
    ("sub", r#""alice","sub":"alice""#, NOBODY),
    ("sub", r#""alice","s\u0075b":"bob""#, NOBODY),
    ("role", MISSING, ALICE),
    ("role", "null", ALICE),
    ("role", "\"admin\"", "AdminID:alice"),
    ("role", "\"user\"", ALICE),
    ("role", "1.5", ALICE),
    ("role", "-1", ALICE),
    ("role", "1e30", ALICE),
    ("role", "4945673600", ALICE),
    ("role", "[\"admin\"]", "AdminID:alice"),
    ("role", "[\"editor\",\"viewer\"]", ALICE),
    ("role", "[\"editor\",\"admin\"]", "AdminID:alice"),
    ("role", "[\"admin\",1]", ALICE),
    ("role", "[[\"admin\"]]", ALICE),
    ("role", "{\"admin\":true}", ALICE),
    ("role", "[]", ALICE),
    ("role", "\"\"", ALICE),
    ("role", "true", ALICE),
    ("role", r#""admin","role":"admin""#, NOBODY),
    ("role", r#""user","role":"admin""#, NOBODY),
    ("principal_type", MISSING, ALICE),
    ("principal_type", "null", NOBODY),
    ("principal_type", "\"thing\"", "ThingID:alice"),
    ("principal_type", "\"admin\"", NOBODY),
    ("principal_type", "\"Thing\"", NOBODY),
    ("principal_type", "1.5", NOBODY),
    ("principal_type", "-1", NOBODY),
    ("principal_type", "1e30", NOBODY),
    ("principal_type", "4945673600", NOBODY),
    ("principal_type", "[\"thing\"]", NOBODY),
    ("principal_type", "\"\"", NOBODY),
    ("principal_type", r#""thing","principal_type":"user""#, NOBODY),
    ("groups", MISSING, ALICE),
    ("groups", "null", ALICE),
    ("groups", "\"crew\"", ALICE),
    ("groups", "1.5", ALICE),
    ("groups", "-1", ALICE),
    ("groups", "1e30", ALICE),
    ("groups", "4945673600", ALICE),
    ("groups", "[\"crew\"]", ALICE),
    ("groups", "[\"crew\",1]", ALICE),
    ("groups", "[{\"id\":1}]", ALICE),
    ("groups", "\"\"", ALICE),
    ("groups", "[]", ALICE),
    ("groups", "{\"crew\":1}", ALICE),
    ("groups", r#"["crew"],"groups":["crew"]"#, NOBODY),
    ("other", r#"1,"other":1"#, NOBODY),
];

/// Valid claims as text, in which one has this value.
fn text(claim: &str, value: &str) -> String {
    let good = [
        ("iss", "\"https://issuer.test\""),
        ("sub", "\"alice\""),
        ("aud", "\"demo\""),
        ("iat", "1790000000"),
        ("exp", "1790003600"),
    ];
    let others = good.iter().filter(|(name, _)| *name != claim).copied();
    let members = others.chain([(claim, value)]).filter(|(_, value)| *value != MISSING);
    let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

#[tokio::test]
async fn each_claim_follows_its_own_rule_for_every_value() {
    let installation = Installation::start().await;
    let mut refused = 0;
    for (claim, value, bearer) in ROWS {
        let claims = text(claim, value);
        println!("{claims}");
        let token = token_of_texts(r#"{"alg":"HS256"}"#, &claims);
        if bearer == NOBODY {
            is_wrong(&installation, &token).await;
            refused += 1;
        } else {
            assert_eq!(owner(&installation, &token).await, bearer, "{claims}");
        }
    }
    assert!(refused > 70 && ROWS.len() - refused > 40, "{refused} of {}", ROWS.len());
}

#[tokio::test]
async fn claims_are_an_unambiguous_json_object_of_any_depth() {
    let installation = Installation::start().await;
    let good = text("exp", "1790003600");
    let token = |claims: &str| token_of_texts(r#"{"alg":"HS256"}"#, claims);
    for fine in [&good, &format!(" {good}\n"), &good.replacen('{', r#"{"x":{"a":[{"a":null}]},"#, 1)] {
        assert_eq!(owner(&installation, &token(fine)).await, ALICE);
    }
    let deep = good.replacen('{', &format!(r#"{{"x":{}1{},"#, "[".repeat(2000), "]".repeat(2000)), 1);
    let doubled_inside = good.replacen('{', r#"{"x":{"a":1,"a":1},"#, 1);
    for claims in [
        "",
        "[]",
        "null",
        "\"x\"",
        "{}",
        &good.replacen('{', r#"{"sub":"bob","#, 1),
        &deep,
        &doubled_inside,
        &format!("[{good}]"),
        &format!("{good} {{}}"),
        &format!("{good},"),
        &format!("\u{feff}{good}"),
        &good.replace('"', "'"),
        &good.replace("alice", "al\nice"),
    ] {
        is_wrong(&installation, &token(claims)).await;
    }
}
