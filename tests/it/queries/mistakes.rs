//! Mistakes in a request, and the place that the message names.

use super::stage::{bucket, call, found, of_clause};
use pail_testing::Call;

#[tokio::test]
async fn a_mistake_in_a_query_is_refused_with_its_place() {
    let installation = bucket().await;
    let eq = r#"{"type":"eq","field":"a","value":1}"#;
    let point = r#"{"_type":"point","lat":0,"lon":0}"#;
    let near = |members: &str| format!(r#"{{"type":"geodistance","field":"a","center":{point},{members}}}"#);
    let named = near(r#""radius":1,"putDistanceInto":"d""#);
    for (clause, place) in [
        ("1", "clause"),
        ("[]", "clause"),
        ("{}", "clause.type"),
        (r#"{"type":1}"#, "clause.type"),
        (r#"{"type":"like"}"#, "clause.type"),
        (r#"{"type":"EQ","field":"a","value":1}"#, "clause.type"),
        (r#"{"type":"eq","value":1}"#, "clause.field"),
        (r#"{"type":"eq","field":1,"value":1}"#, "clause.field"),
        (r#"{"type":"eq","field":"a"}"#, "clause.value"),
        (r#"{"type":"eq","field":"a","value":null}"#, "clause.value"),
        (r#"{"type":"eq","field":"a","value":[1]}"#, "clause.value"),
        (r#"{"type":"in","field":"a"}"#, "clause.values"),
        (r#"{"type":"in","field":"a","values":[]}"#, "clause.values"),
        (r#"{"type":"in","field":"a","values":{}}"#, "clause.values"),
        (r#"{"type":"in","field":"a","values":[1,{}]}"#, "clause.values[1]"),
        (r#"{"type":"prefix","field":"a"}"#, "clause.prefix"),
        (r#"{"type":"prefix","field":"a","prefix":1}"#, "clause.prefix"),
        (r#"{"type":"range","field":"a"}"#, "clause.lowerLimit"),
        (r#"{"type":"range","field":"a","lowerLimit":true}"#, "clause.lowerLimit"),
        (r#"{"type":"range","field":"a","lowerLimit":1,"upperLimit":"2"}"#, "clause.upperLimit"),
        (r#"{"type":"range","field":"a","lowerLimit":1,"lowerIncluded":1}"#, "clause.lowerIncluded"),
        (r#"{"type":"range","field":"a","lowerLimit":1,"upperIncluded":{}}"#, "clause.upperIncluded"),
        (r#"{"type":"range","field":"a","lowerLimit":null,"lowerIncluded":1,"upperLimit":1}"#, "clause.lowerIncluded"),
        (r#"{"type":"hasField","field":"a"}"#, "clause.fieldType"),
        (r#"{"type":"hasField","field":"a","fieldType":"string"}"#, "clause.fieldType"),
        (r#"{"type":"and"}"#, "clause.clauses"),
        (r#"{"type":"or","clauses":[]}"#, "clause.clauses"),
        (
            &format!(r#"{{"type":"and","clauses":[{eq},{{"type":"range","field":"a","upperLimit":[]}}]}}"#),
            "clause.clauses[1].upperLimit",
        ),
        (r#"{"type":"not"}"#, "clause.clause"),
        (r#"{"type":"not","clause":{"type":"eq"}}"#, "clause.clause.value"),
        (r#"{"type":"geobox","field":"a"}"#, "clause.box"),
        (&format!(r#"{{"type":"geobox","field":"a","box":{{"ne":{point}}}}}"#), "clause.box.sw"),
        (
            &format!(r#"{{"type":"geobox","field":"a","box":{{"ne":{point},"sw":{{"lat":0,"lon":0}}}}}}"#),
            "clause.box.sw",
        ),
        (
            &format!(
                r#"{{"type":"geobox","field":"a","box":{{"ne":{point},"sw":{{"_type":"point","lat":0.1,"lon":0}}}}}}"#
            ),
            "clause.box",
        ),
        (r#"{"type":"geodistance","field":"a","radius":1}"#, "clause.center"),
        (&near(r#""other":1"#), "clause.radius"),
        (&near(r#""radius":0"#), "clause.radius"),
        (&near(r#""radius":-1"#), "clause.radius"),
        (&near(r#""radius":20000000.1"#), "clause.radius"),
        (&near(r#""radius":"1""#), "clause.radius"),
        (&near(r#""radius":1,"putDistanceInto":"a b""#), "clause.putDistanceInto"),
        (&near(r#""radius":1,"putDistanceInto":"1a""#), "clause.putDistanceInto"),
        (&format!(r#"{{"type":"or","clauses":[{named},{named}]}}"#), "clause.clauses[1].putDistanceInto"),
    ] {
        refused_at(&installation, &of_clause(clause), place).await;
    }
    for (query, place) in [
        (r#"{"orderBy":1}"#, "orderBy"),
        (r#"{"orderBy":"_calculated.d"}"#, "orderBy"),
        (r#"{"orderBy":"a","descending":1}"#, "descending"),
        (r#"{"descending":"yes"}"#, "descending"),
        (r#"{"aggregations":{}}"#, "aggregations"),
        (r#"{"aggregations":[1]}"#, "aggregations[0]"),
        (r#"{"aggregations":[{"type":"SUM","putAggregationInto":"n"}]}"#, "aggregations[0].type"),
        (r#"{"aggregations":[{"type":"COUNT"}]}"#, "aggregations[0].putAggregationInto"),
        (r#"{"aggregations":[{"type":"COUNT","putAggregationInto":"a-b"}]}"#, "aggregations[0].putAggregationInto"),
        (
            r#"{"aggregations":[{"type":"COUNT","putAggregationInto":"n"},{"type":"COUNT","putAggregationInto":"m"}]}"#,
            "aggregations",
        ),
    ] {
        refused_at(&installation, &format!(r#"{{"bucketQuery":{query}}}"#), place).await;
    }
    let counted = r#"{"bucketQuery":{"aggregations":[{"type":"COUNT","putAggregationInto":"n"}]},"paginationKey":"x"}"#;
    refused_at(&installation, counted, "aggregations").await;
}

async fn refused_at(installation: &pail_testing::Installation, body: &str, place: &str) {
    let refused = installation.refused_unread(&call(body), 400, "QUERY_NOT_SUPPORTED").await;
    let message = refused.text("message");
    assert!(message.starts_with(&format!("The query is not valid at {place}: ")), "{body}: {message}");
}

#[tokio::test]
async fn clauses_are_at_most_8_levels_deep_and_200_in_all() {
    let installation = bucket().await;
    let nested = |levels: usize| {
        let (before, after) = (r#"{"type":"not","clause":"#.repeat(levels - 1), "}".repeat(levels - 1));
        of_clause(&format!(r#"{before}{{"type":"all"}}{after}"#))
    };
    found(&installation, &nested(8)).await;
    refused_at(&installation, &nested(9), &format!("clause{}", ".clause".repeat(8))).await;
    let wide = |clauses: usize| {
        let list = vec![r#"{"type":"all"}"#; clauses - 1].join(",");
        of_clause(&format!(r#"{{"type":"or","clauses":[{list}]}}"#))
    };
    found(&installation, &wide(200)).await;
    refused_at(&installation, &wide(201), "clause.clauses[199]").await;
}

#[tokio::test]
async fn a_mistake_outside_the_query_is_refused_with_its_field() {
    let installation = bucket().await;
    for (body, field) in [
        ("{}", "bucketQuery"),
        (r#"{"bucketQuery":null}"#, "bucketQuery"),
        (r#"{"bucketQuery":[]}"#, "bucketQuery"),
        (r#"{"bucketQuery":{},"bestEffortLimit":"ten"}"#, "bestEffortLimit"),
        (r#"{"bucketQuery":{},"bestEffortLimit":1.5}"#, "bestEffortLimit"),
        (r#"{"bucketQuery":{},"bestEffortLimit":1e1}"#, "bestEffortLimit"),
        (r#"{"bucketQuery":{},"bestEffortLimit":true}"#, "bestEffortLimit"),
        (r#"{"bucketQuery":{},"bestEffortLimit":""}"#, "bestEffortLimit"),
        (r#"{"bucketQuery":{},"bestEffortLimit":"-"}"#, "bestEffortLimit"),
        (r#"{"bucketQuery":{},"paginationKey":1}"#, "paginationKey"),
        (r#"{"bucketQuery":{},"explain":1}"#, "explain"),
    ] {
        let refused = installation.refused_unread(&call(body), 400, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.text("field"), field, "{body}");
    }
    for body in ["", "[]", "{", r#"{"bucketQuery":{},"bucketQuery":{}}"#] {
        installation.refused_unread(&call(body), 400, "INVALID_JSON").await;
    }
    for body in [
        r#"{"bucketQuery":{},"bestEffortLimit":null,"paginationKey":null,"explain":null,"other":[1]}"#,
        r#"{"bucketQuery":{"clause":null,"orderBy":null,"descending":null,"aggregations":null,"other":1}}"#,
        r#"{"bucketQuery":{"aggregations":[],"descending":"true"}}"#,
    ] {
        assert_eq!(found(&installation, body).await, Vec::<String>::new(), "{body}");
    }
}

#[tokio::test]
async fn the_content_type_is_that_of_a_query_or_json_or_none() {
    let installation = bucket().await;
    let typed = |value: &str| call(r#"{"bucketQuery":{}}"#).without("content-type").header("Content-Type", value);
    for value in [
        "application/vnd.kii.QueryRequest+json",
        "application/vnd.kii.queryrequest+json; charset=utf-8",
        "Application/JSON",
        "",
    ] {
        assert_eq!(installation.answer(&typed(value)).await.status, 200, "{value}");
    }
    for value in ["text/plain", "application/vnd.demo.person+json", "application/x-www-form-urlencoded"] {
        installation.refused_unread(&typed(value), 400, "INVALID_DATA_TYPE").await;
    }
}

#[tokio::test]
async fn a_query_has_at_most_65534_characters() {
    let installation = bucket().await;
    let of = |character: &str, characters: usize| {
        let body = r#"{"bucketQuery":{"clause":{"type":"prefix","field":"a","prefix":""}}}"#;
        let fill = character.repeat(characters - body.chars().count());
        body.replace("\"\"", &format!("\"{fill}\""))
    };
    for character in ["x", "é", "😀"] {
        found(&installation, &of(character, 65_534)).await;
        let refused = installation.refused_unread(&call(of(character, 65_535)), 413, "INVALID_INPUT_DATA").await;
        assert_eq!(refused.json()["maximumCharacters"], 65_534);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_said_before_the_token_is_verified() {
    let installation = bucket().await;
    let forged = |body: &str| -> Call { call(body).bearer("a.forged.token") };
    installation.refused_unread(&forged(r#"{"bucketQuery":{"clause":1}}"#), 400, "QUERY_NOT_SUPPORTED").await;
    installation.refused(&forged(r#"{"bucketQuery":{},"paginationKey":"x"}"#), 403, "WRONG_TOKEN").await;
}
