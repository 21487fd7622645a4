//! Values of members that are hard to compare.

use pail_testing::random::Random;

/// JSON texts of values.
pub fn values() -> Vec<String> {
    let digits = |count: usize| "1234567890".chars().cycle().take(count).collect::<String>();
    let text = |character: &str, count: usize| format!("\"{}\"", character.repeat(count));
    let mut values: Vec<String> = [
        "null",
        "true",
        "false",
        "[]",
        "[1]",
        "{}",
        r#"{"a":1}"#,
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "1e0",
        "10e-1",
        "-1",
        "2",
        "10",
        "0.1",
        "0.10",
        "1e-200",
        "1e400",
        "-1e400",
        "1E+10000",
        "1e10001",
        "1e-10001",
        "100000000000000000",
        "100000000000000001",
        "0.30000000000000004",
        "0.3",
        "\"\"",
        "\"a\"",
        "\"A\"",
        r#""\u0061""#,
        "\"ab\"",
        "\"b\"",
        "\"é\"",
        "\"é\"",
        "\"😀\"",
        "\"\u{ffff}\"",
        r#""\u0000""#,
        r#""a\u0000""#,
        "\"1\"",
        "\"true\"",
        "\"null\"",
    ]
    .map(str::to_owned)
    .into();
    values.extend([38, 39, 189, 190, 191].map(digits));
    values.extend([189, 190, 191].map(|count| text("x", count)));
    values.extend([95, 96].map(|count| text("é", count)));
    values.extend([94, 95, 96].map(|count| text(r"\u0000", count)));
    for (latitude, longitude) in
        [("0", "0"), ("90", "0"), ("-90", "180"), ("89.9", "-180"), ("10", "179.9"), ("10.0", "-179.9"), ("10", "20")]
    {
        values.push(point(latitude, longitude));
    }
    values.push(point("90.1", "0"));
    values.push(r#"{"_type":"Point","lat":0,"lon":0}"#.to_owned());
    values
}

/// A point.
pub fn point(latitude: &str, longitude: &str) -> String {
    format!(r#"{{"_type":"point","lat":{latitude},"lon":{longitude}}}"#)
}

/// Names of members.
pub const NAMES: [&str; 6] = ["a", "A", "b", "a.b", "", "é"];

/// A random object: some of the names, each with a hostile value.
pub fn object(random: &mut Random, values: &[String]) -> String {
    let mut members = Vec::new();
    for name in NAMES {
        if random.below(3) > 0 {
            members.push(format!("\"{name}\":{}", random.pick(values)));
        }
    }
    format!("{{{}}}", members.join(","))
}
