//! What each clause matches.

use super::stage::{filled, found, of_clause};
use pail_testing::fixtures::object_item;

/// Checks that each clause finds the objects at these places.
async fn check(contents: &[&str], cases: &[(&str, &[usize])]) {
    let installation = filled(contents).await;
    for (clause, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|at| format!("o{at}")).collect();
        assert_eq!(found(&installation, &of_clause(clause)).await, expected, "{clause}");
    }
}

#[tokio::test]
async fn types_never_mix() {
    let contents = [r#"{"a":10}"#, r#"{"a":"10"}"#, r#"{"a":true}"#, r#"{"a":null}"#, r#"{"a":[10]}"#, r#"{"b":10}"#];
    check(
        &contents,
        &[
            (r#"{"type":"all"}"#, &[0, 1, 2, 3, 4, 5]),
            (r#"{"type":"eq","field":"a","value":10}"#, &[0]),
            (r#"{"type":"eq","field":"a","value":"10"}"#, &[1]),
            (r#"{"type":"eq","field":"a","value":true}"#, &[2]),
            (r#"{"type":"eq","field":"a","value":false}"#, &[]),
            (r#"{"type":"in","field":"a","values":[10,"10",true]}"#, &[0, 1, 2]),
            (r#"{"type":"range","field":"a","lowerLimit":5}"#, &[0]),
            (r#"{"type":"range","field":"a","lowerLimit":""}"#, &[1]),
            (r#"{"type":"prefix","field":"a","prefix":""}"#, &[1]),
            (r#"{"type":"hasField","field":"a","fieldType":"INTEGER"}"#, &[0]),
            (r#"{"type":"hasField","field":"a","fieldType":"STRING"}"#, &[1]),
            (r#"{"type":"hasField","field":"a","fieldType":"BOOLEAN"}"#, &[2]),
            (r#"{"type":"hasField","field":"a","fieldType":"DECIMAL"}"#, &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_negation_keeps_the_type_that_its_clause_asks_for() {
    let contents = [
        r#"{"a":10}"#,
        r#"{"a":11}"#,
        r#"{"a":"10"}"#,
        r#"{"a":"x"}"#,
        r#"{"a":true}"#,
        r#"{"a":null}"#,
        r#"{"b":10}"#,
    ];
    check(
        &contents,
        &[
            (r#"{"type":"not","clause":{"type":"eq","field":"a","value":10}}"#, &[1]),
            (r#"{"type":"not","clause":{"type":"eq","field":"a","value":"10"}}"#, &[3]),
            (r#"{"type":"not","clause":{"type":"in","field":"a","values":[10,"10"]}}"#, &[1, 3]),
            (r#"{"type":"not","clause":{"type":"range","field":"a","lowerLimit":11}}"#, &[0]),
            (r#"{"type":"not","clause":{"type":"prefix","field":"a","prefix":"1"}}"#, &[3]),
            // The plain complement.
            (r#"{"type":"not","clause":{"type":"hasField","field":"a","fieldType":"INTEGER"}}"#, &[2, 3, 4, 5, 6]),
            (r#"{"type":"not","clause":{"type":"all"}}"#, &[]),
            (r#"{"type":"not","clause":{"type":"not","clause":{"type":"eq","field":"a","value":10}}}"#, &[0]),
            (
                r#"{"type":"not","clause":{"type":"or","clauses":[{"type":"eq","field":"a","value":10},{"type":"all"}]}}"#,
                &[],
            ),
            (
                r#"{"type":"not","clause":{"type":"and","clauses":[{"type":"eq","field":"a","value":10},
                   {"type":"eq","field":"a","value":"10"}]}}"#,
                &[1, 3],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn numbers_are_compared_as_the_decimals_that_they_are_written_as() {
    let digits = "123456789012345678901234567890123456789";
    let (long, longer) = (format!(r#"{{"n":{digits}}}"#), format!(r#"{{"n":{digits}0}}"#));
    let contents = [
        r#"{"n":1}"#,
        r#"{"n":1.0}"#,
        r#"{"n":100000000000000000}"#,
        r#"{"n":100000000000000001}"#,
        r#"{"n":1e400}"#,
        r#"{"n":1e-200}"#,
        r#"{"n":-0}"#,
        &long,
        &longer,
        r#"{"n":1e10001}"#,
    ];
    let eq = |value: &str| format!(r#"{{"type":"eq","field":"n","value":{value}}}"#);
    check(
        &contents,
        &[
            (&eq("1e0"), &[0, 1]),
            (&eq("100000000000000000"), &[2]),
            (&eq("100000000000000001.0"), &[3]),
            (&eq("10e399"), &[4]),
            (&eq("0"), &[6]),
            (&eq(digits), &[7]),
            (&eq(&format!("{digits}.0e1")), &[8]),
            // It counts as absent, as a member and in a clause.
            (&eq("1e10001"), &[]),
            (r#"{"type":"hasField","field":"n","fieldType":"DECIMAL"}"#, &[1, 4, 5]),
            (r#"{"type":"range","field":"n","upperLimit":1e10001}"#, &[]),
            (r#"{"type":"range","field":"n","lowerLimit":0,"lowerIncluded":false,"upperLimit":1}"#, &[0, 1, 5]),
            (r#"{"type":"range","field":"n","lowerLimit":0,"upperLimit":1,"upperIncluded":"false"}"#, &[5, 6]),
            (r#"{"type":"range","field":"n","lowerLimit":2,"upperLimit":1}"#, &[]),
            (r#"{"type":"range","field":"n","lowerLimit":null,"upperLimit":0}"#, &[6]),
        ],
    )
    .await;
}

#[tokio::test]
async fn long_strings_and_names_count_as_absent() {
    let of = |length: usize| format!("\"{}\"", "x".repeat(length));
    let (fits, long) = (format!(r#"{{"s":{}}}"#, of(190)), format!(r#"{{"s":{}}}"#, of(191)));
    let name = |length: usize| "n".repeat(length);
    let (named, too_long) = (format!(r#"{{"{}":1}}"#, name(250)), format!(r#"{{"{}":1}}"#, name(251)));
    let eq = |field: &str, value: &str| format!(r#"{{"type":"eq","field":"{field}","value":{value}}}"#);
    check(
        &[&fits, &long, &named, &too_long, r#"{"s":""}"#],
        &[
            (&eq("s", &of(190)), &[0]),
            (&eq("s", &of(191)), &[]),
            (&eq("s", "\"\""), &[4]),
            (r#"{"type":"prefix","field":"s","prefix":"x"}"#, &[0]),
            (r#"{"type":"hasField","field":"s","fieldType":"STRING"}"#, &[0, 4]),
            (&format!(r#"{{"type":"not","clause":{}}}"#, eq("s", &of(191))), &[0, 4]),
            (&format!(r#"{{"type":"range","field":"s","upperLimit":{}}}"#, of(191)), &[]),
            (&eq(&name(250), "1"), &[2]),
            (&eq(&name(251), "1"), &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn names_are_exact_and_a_dot_in_them_is_a_letter() {
    check(
        &[r#"{"a":{"b":1}}"#, r#"{"a.b":1}"#, r#"{"A.b":1}"#, r#"{"\u0061.b":1}"#, r#"{"":1}"#],
        &[
            (r#"{"type":"eq","field":"a.b","value":1}"#, &[1, 3]),
            (r#"{"type":"eq","field":"","value":1}"#, &[4]),
            (r#"{"type":"eq","field":"b","value":1}"#, &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn members_of_the_server_can_be_asked_for() {
    let installation = filled(&["{}", "{}"]).await;
    let mut item = object_item("demo", "notes", "typed", "{}");
    item["data_type"]["S"] = "application/vnd.demo.person+json".into();
    item["owner"]["S"] = "ThingID:sensor-1".into();
    item["version"]["N"] = "3".into();
    item["created"]["N"] = "5".into();
    item["modified"]["N"] = "7".into();
    installation.put(item).await;
    for (field, value) in [
        ("_id", "\"typed\""),
        ("_owner", "\"sensor-1\""),
        ("_dataType", "\"person\""),
        ("_version", "3"),
        ("_version", "\"3\""),
        ("_created", "5"),
        ("_modified", "7.0"),
    ] {
        let clause = format!(r#"{{"type":"eq","field":"{field}","value":{value}}}"#);
        assert_eq!(found(&installation, &of_clause(&clause)).await, ["typed"], "{clause}");
    }
    for clause in [
        r#"{"type":"eq","field":"_version","value":"three"}"#,
        r#"{"type":"range","field":"_version","lowerLimit":"1","upperLimit":"three"}"#,
        r#"{"type":"range","field":"_version","lowerLimit":"","upperLimit":"9"}"#,
    ] {
        assert_eq!(found(&installation, &of_clause(clause)).await, Vec::<String>::new(), "{clause}");
    }
    let unknown = r#"{"type":"not","clause":{"type":"hasField","field":"_other","fieldType":"STRING"}}"#;
    assert_eq!(found(&installation, &of_clause(unknown)).await.len(), 3);
}

#[tokio::test]
async fn an_in_takes_200_values() {
    let installation = filled(&[r#"{"n":199}"#, r#"{"n":200}"#]).await;
    let values: Vec<String> = (0..200).map(|value| value.to_string()).collect();
    let clause = format!(r#"{{"type":"in","field":"n","values":[{}]}}"#, values.join(","));
    assert_eq!(found(&installation, &of_clause(&clause)).await, ["o0"]);
}
