//! Nesting: 32 levels are stored, and any number of further levels is refused.

use pail::model::json;

use super::many::Many;
use pail_testing::tree::compact;

/// The maximum number of levels of an object.
const MOST: usize = 32;
const TOO_DEEP: &str = "objects and arrays may be nested at most 32 levels deep";

/// One way to nest.
struct Shape {
    /// The text around the nested value in the outermost object.
    outermost: (&'static str, &'static str),
    /// The texts that open and close the levels below, in turn.
    inner: [(&'static str, &'static str); 2],
    /// The stored text; `None` if it is the whole text.
    stored: Option<&'static str>,
}

const fn shape(outermost: (&'static str, &'static str), inner: [(&'static str, &'static str); 2]) -> Shape {
    Shape { outermost, inner, stored: None }
}

const ARRAY: (&str, &str) = ("[", "]");
const OBJECT: (&str, &str) = (r#"{"a":"#, "}");

const SHAPES: [Shape; 7] = [
    shape(OBJECT, [ARRAY, ARRAY]),
    shape(OBJECT, [OBJECT, OBJECT]),
    shape(OBJECT, [ARRAY, OBJECT]),
    shape((" {\n\"a\": ", " } "), [("[\r", "\t]"), ("{ \"é\" :\n", " }")]),
    // Brackets in strings open no level.
    shape(OBJECT, [(r#"["[{","#, r#","]}"]"#), (r#"{"[{":"}]","a":"#, r#","\"]":1}"#)]),
    // Closed levels do not count.
    shape((r#"{"x":[[],[]],"a":"#, r#","y":{"z":[]}}"#), [ARRAY, OBJECT]),
    // Members of the server count like others.
    Shape { stored: Some(r#"{"x":1}"#), ..shape((r#"{"x":1,"_a":"#, "}"), [OBJECT, ARRAY]) },
];

impl Shape {
    /// The text before the innermost value, with this many levels open.
    fn opening(&self, levels: usize) -> String {
        let inner = (2..=levels).map(|level| self.inner[level % 2].0);
        [self.outermost.0].into_iter().chain(inner).collect()
    }

    fn text(&self, levels: usize) -> String {
        let closing: String = (2..=levels).rev().map(|level| self.inner[level % 2].1).collect();
        format!("{}1{closing}{}", self.opening(levels), self.outermost.1)
    }

    /// The message about more than 32 levels, with the position of the bracket that opens the 33rd.
    fn refusal(&self) -> String {
        let read = self.opening(MOST);
        let (lines, last) = (read.split('\n').count(), read.rsplit('\n').next().unwrap_or_default());
        format!("line {lines}, column {}: {TOO_DEEP}.", last.chars().count() + 1)
    }
}

#[tokio::test]
async fn an_object_has_at_most_32_levels_however_it_is_nested() {
    let mut many = Many::start().await;
    for shape in &SHAPES {
        for levels in [1, 2, MOST - 1, MOST] {
            let text = shape.text(levels);
            many.accepts(text.as_bytes(), &compact(shape.stored.unwrap_or(&text))).await;
        }
        // The text after the bracket does not matter.
        for text in [shape.text(MOST + 1), shape.text(128), shape.opening(MOST + 1), shape.opening(128)] {
            let message = many.refuses(text.as_bytes(), 400, "INVALID_JSON").await;
            assert!(message.contains(&shape.refusal()), "{text}: {message}");
        }
    }
    // The size is checked before the text is parsed.
    for shape in &SHAPES[..2] {
        many.refuses(shape.opening(140_000).as_bytes(), 413, "INVALID_INPUT_DATA").await;
    }
    many.end().await;
}

#[tokio::test]
async fn the_deepest_nesting_that_fits_into_a_body_is_refused_for_its_depth() {
    let many = Many::start().await;
    let (half, all) = ((131_068 - 6) / 2, 131_068 - 5);
    for text in [
        format!(r#"{{"a":{}{}}}"#, "[".repeat(half), "]".repeat(half)),
        format!(r#"{{"a":{}"#, "[".repeat(all)),
        r#"{"":"#.repeat(131_068 / 4),
    ] {
        let message = many.refuses(text.as_bytes(), 400, "INVALID_JSON").await;
        assert!(message.contains(TOO_DEEP), "{message}");
    }
    many.end().await;
}

/// Deeper than the size of a body allows, to test the parser itself.
#[test]
fn the_reader_goes_no_deeper_than_32_levels_however_deep_the_text_is() {
    for shape in &SHAPES {
        for levels in [MOST + 1, 128, 100_000, 1_000_000] {
            for text in [shape.text(levels), shape.opening(levels)] {
                let error = json::object(&text).err().expect("it is too deep");
                assert!(shape.refusal().starts_with(&format!("line {}, column {}:", error.line, error.column)));
                assert_eq!(error.what, TOO_DEEP);
            }
        }
    }
}
