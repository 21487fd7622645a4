//! Points: boxes and distances.

use serde_json::json;

use super::hostile::point;
use super::stage::{call, filled, found, ids, of_clause};

#[tokio::test]
async fn points_are_found_in_boxes_and_within_distances() {
    let at = |latitude, longitude| format!(r#"{{"at":{}}}"#, point(latitude, longitude));
    let contents = [at("35.0", "139.0"), at("35.001", "139"), at("-10", "179.5"), at("-10", "-179.5"), at("91", "0")];
    let installation = filled(&contents.each_ref().map(String::as_str)).await;
    let within = |south_west: String, north_east: String| {
        of_clause(&format!(r#"{{"type":"geobox","field":"at","box":{{"sw":{south_west},"ne":{north_east}}}}}"#))
    };
    for (body, expected) in [
        (within(point("35", "139"), point("35.001", "139.0")), &["o0", "o1"][..]),
        (within(point("35", "139"), point("35.0009", "140")), &["o0"]),
        (within(point("-20", "170"), point("0", "-170")), &["o2", "o3"]),
        (within(point("-90", "-180"), point("90", "180")), &["o0", "o1", "o2", "o3"]),
    ] {
        assert_eq!(found(&installation, &body).await, expected, "{body}");
    }
    let near = |radius: &str| {
        let center = point("35", "139");
        of_clause(&format!(r#"{{"type":"geodistance","field":"at","center":{center},"radius":{radius}}}"#))
    };
    // A thousandth of a degree of a meridian is 111.19 metres.
    for (radius, expected) in
        [("111.1", &["o0"][..]), ("111.2", &["o0", "o1"]), ("20000000", &["o0", "o1", "o2", "o3"])]
    {
        assert_eq!(found(&installation, &near(radius)).await, expected, "{radius}");
    }
    let far = of_clause(&format!(r#"{{"type":"not","clause":{}}}"#, clause_of(&near("112"))));
    assert_eq!(found(&installation, &far).await, ["o2", "o3"]);
}

/// The clause of a body.
fn clause_of(body: &str) -> &str {
    body.strip_prefix(r#"{"bucketQuery":{"clause":"#)
        .and_then(|rest| rest.strip_suffix("}}"))
        .expect("a body of a clause")
}

#[tokio::test]
async fn distances_are_shown_and_ordered_by() {
    let at = |longitude: &str| format!(r#"{{"at":{}}}"#, point("0", longitude));
    let contents = [at("2"), at("0"), at("1"), r#"{"at":1}"#.to_owned()];
    let installation = filled(&contents.each_ref().map(String::as_str)).await;
    let near = format!(
        r#"{{"type":"geodistance","field":"at","center":{},"radius":500000,"putDistanceInto":"d"}}"#,
        point("0", "0")
    );
    let every = format!(r#"{{"type":"or","clauses":[{near},{{"type":"all"}}]}}"#);
    let body = |clause: &str, descending: bool| {
        format!(r#"{{"bucketQuery":{{"clause":{clause},"orderBy":"_calculated.d","descending":{descending}}}}}"#)
    };
    let answer = installation.answer(&call(body(&near, false))).await;
    assert_eq!(ids(&answer), ["o1", "o2", "o0"]);
    let distances: Vec<f64> = answer.json()["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|hit| hit["_calculated"]["d"].as_f64().expect("a distance"))
        .collect();
    let degree = 6_371_000.0 * std::f64::consts::PI / 180.0;
    for (distance, degrees) in distances.iter().zip([0.0, 1.0, 2.0]) {
        assert!((distance - degree * degrees).abs() < 1e-5, "{distance}");
    }
    assert_eq!(found(&installation, &body(&near, true)).await, ["o0", "o2", "o1"]);
    // Whatever has no point there comes first, and shows no distance.
    let answer = installation.answer(&call(body(&every, false))).await;
    assert_eq!(ids(&answer), ["o3", "o1", "o2", "o0"]);
    assert_eq!(answer.json()["results"][0].get("_calculated"), None);
    let unnamed = format!(
        r#"{{"type":"geodistance","field":"at","center":{},"radius":1,"putDistanceInto":""}}"#,
        point("0", "0")
    );
    let answer = installation.answer(&call(of_clause(&unnamed))).await;
    assert_eq!(
        answer.json()["results"],
        json!([{
            "at": {"_type": "point", "lat": 0, "lon": 0}, "_id": "o1", "_created": answer.json()["results"][0]["_created"],
            "_modified": answer.json()["results"][0]["_modified"], "_owner": "alice", "_version": "1",
        }])
    );
}
