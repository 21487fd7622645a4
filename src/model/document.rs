//! The JSON text of an object: checked in one pass that builds no tree, and kept as it was sent (contract, section 3).

use super::json::{self, Member, SyntaxError};

/// A JSON object as text, by RFC 8259: every digit, escape and blank as the client sent it. No member at its top level
/// begins with `_`, no object holds a name twice, and it is at most [`json::MAXIMUM_LEVELS`] deep.
#[derive(Clone)]
pub struct Document(String);

/// Why a body is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidDocument {
    /// It has more than [`Document::MAXIMUM_CHARACTERS`].
    TooLarge,
    /// It is not the JSON that is asked for.
    Syntax(SyntaxError),
}

impl Document {
    /// The most characters that a document may have, counted as Unicode code points of the text as sent.
    pub const MAXIMUM_CHARACTERS: usize = 65_534;
    /// The longest UTF-8 character, in bytes.
    const LONGEST_CHARACTER: usize = 4;
    /// No text of more bytes can be short enough.
    pub const MAXIMUM_BYTES: usize = Self::MAXIMUM_CHARACTERS * Self::LONGEST_CHARACTER;

    /// Checks a body and takes the members that belong to the server, those with a name that begins with `_`, out of its
    /// top level. The size is looked at before the text is.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidDocument> {
        if body.len() > Self::MAXIMUM_BYTES {
            return Err(InvalidDocument::TooLarge);
        }
        let text = match str::from_utf8(body) {
            Ok(text) if text.chars().count() > Self::MAXIMUM_CHARACTERS => return Err(InvalidDocument::TooLarge),
            Ok(text) => text,
            Err(_) if body.len() > Self::MAXIMUM_CHARACTERS => return Err(InvalidDocument::TooLarge),
            Err(error) => {
                let valid = body.split_at(error.valid_up_to()).0;
                let valid = str::from_utf8(valid).unwrap_or_default();
                return Err(InvalidDocument::Syntax(SyntaxError::at_end_of(valid, "the text is not UTF-8")));
            }
        };
        let members = json::object_members(text).map_err(InvalidDocument::Syntax)?;
        Ok(Self(without_server_members(text, &members)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows the length only: what clients store does not belong into logs.
impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Document({} bytes)", self.0.len())
    }
}

/// The text less the members that are the server's, and less the commas that belonged to them. Nothing else is touched.
fn without_server_members(text: &str, members: &[Member<'_>]) -> String {
    let mut kept = String::with_capacity(text.len());
    // Up to where the text was copied or passed over.
    let mut done = 0;
    let mut members = members.iter().peekable();
    // Where the last kept member ends: what follows it goes as well if no kept member comes after it.
    let mut end_of_kept = None;
    while let Some(member) = members.next() {
        if !member.name.starts_with('_') {
            kept.push_str(text.get(done..member.span.end).unwrap_or_default());
            done = member.span.end;
            end_of_kept = Some(kept.len());
        } else if let Some(next) = members.peek() {
            kept.push_str(text.get(done..member.span.start).unwrap_or_default());
            done = next.span.start;
        } else {
            match end_of_kept {
                Some(end) => kept.truncate(end),
                None => kept.push_str(text.get(done..member.span.start).unwrap_or_default()),
            }
            done = member.span.end;
        }
    }
    kept.push_str(text.get(done..).unwrap_or_default());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> String {
        Document::parse(text.as_bytes()).map(|document| document.0).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    fn refused(body: &[u8]) -> SyntaxError {
        match Document::parse(body) {
            Err(InvalidDocument::Syntax(error)) => error,
            other => panic!("{:?}: {other:?}", String::from_utf8_lossy(body)),
        }
    }

    #[test]
    fn acceptable_text_is_kept_to_the_letter() {
        for text in [
            "{}",
            " {\r\n} \t",
            r#"{"a":1.0,"b":-0,"c":1e400,"d":123456789012345678901234567890.10}"#,
            r#"{"\u0041":"\ud83d\ude00\/","nested":{"_kept":1,"a":[[],{},"",null,true,false]}}"#,
            r#"{"":0}"#,
            "{\"é\":1,\"e\u{301}\":2}",
            "{\"\u{7f}\u{2028}\":0E+1}",
            "{\"a\":[1e-5,-1E5,10]}",
            r#"{"a":"\"\\\/\b\f\n\r\t\u00e9"}"#,
        ] {
            assert_eq!(stored(text), text);
        }
    }

    #[test]
    fn members_of_the_server_leave_the_top_level_and_nothing_else_changes() {
        for (sent, kept) in [
            (r#"{"_id":"x"}"#, "{}"),
            (r#"{ "_id" : 1 }"#, "{  }"),
            (r#"{"_a":1,"_b":2}"#, "{}"),
            (r#"{"_a":1, "b":2}"#, r#"{"b":2}"#),
            (r#"{"a":1, "_b":2}"#, r#"{"a":1}"#),
            (r#"{"a":1 , "_b":2 , "_c":3 }"#, r#"{"a":1 }"#),
            (r#"{"a": 1.0,"_b":{"c":[1]},"d":"\u0064"}"#, r#"{"a": 1.0,"d":"\u0064"}"#),
            (r#"{"_a":1,"b":2,"_c":3,"d":4,"_e":5}"#, r#"{"b":2,"d":4}"#),
            (r#"{"\u005fid":1,"a":{"_b":2}}"#, r#"{"a":{"_b":2}}"#),
            (r#"{"_":0,"a_":1}"#, r#"{"a_":1}"#),
        ] {
            assert_eq!(stored(sent), kept, "{sent}");
        }
    }

    #[test]
    fn what_is_not_one_json_object_is_refused() {
        for body in [
            "",
            " ",
            "null",
            "1",
            "\"a\"",
            "[]",
            "[{}]",
            "{",
            "}",
            "{]",
            "{}{}",
            "{} x",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1e+-5}",
            "{\"a\":1e-+5}",
            "{\"a\":-}",
            "{\"a\":1.}",
            "{\"a\":.1}",
            "{\"a\":+1}",
            "{\"a\":1e}",
            "{\"a\":1e+}",
            "{\"a\":0x1}",
            "{\"a\":NaN}",
            "{\"a\":nul}",
            "{\"a\":True}",
            "{\"a\":[1,]}",
            "{\"a\":[1 2]}",
            "{\"a\":\"",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12g4\"}",
            "{\"a\":\"\\u12",
            "{\"a\":\"\\u+123\"}",
            "{\"a\":1}//",
            "/**/{}",
            "\u{feff}{}",
            "{\u{a0}}",
            "{\"a\":1\u{c}}",
        ] {
            refused(body.as_bytes());
        }
    }

    #[test]
    fn a_name_stands_once_in_an_object_however_it_is_spelled() {
        for body in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"x":{"_b":1,"_b":1}}"#,
            r#"{"_a":1,"_a":2}"#,
            r#"{"x":[{"":1,"":1}]}"#,
        ] {
            assert_eq!(refused(body.as_bytes()).what, "a name may stand only once in an object", "{body}");
        }
        stored(r#"{"a":{"a":[{"a":1},{"a":1}]},"b":{"a":1}}"#);
        for (short, code) in
            [('"', 0x22), ('\\', 0x5c), ('/', 0x2f), ('b', 8), ('f', 0xc), ('n', 0xa), ('r', 0xd), ('t', 9)]
        {
            let body = format!(r#"{{"\{short}":1,"\u{code:04x}":1}}"#);
            assert_eq!(refused(body.as_bytes()).what, "a name may stand only once in an object", "{body}");
        }
        stored(r#"{"\ud83d\ude00":1,"\ud83d\ude01":1,"\ud83c\ude00":1}"#);
        assert_eq!(refused("{\"😀\":1,\"\\ud83d\\ude00\":1}".as_bytes()).column, 8);
    }

    #[test]
    fn a_surrogate_escape_needs_its_partner() {
        for body in [
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\udc00"}"#,
            r#"{"a":"\ud800\ud800"}"#,
            r#"{"a":"\ud800\n"}"#,
            r#"{"a":"\ud800x"}"#,
            r#"{"\ude00\ud83d":1}"#,
        ] {
            assert_eq!(refused(body.as_bytes()).what, "a surrogate escape has no partner", "{body}");
        }
    }

    #[test]
    fn thirty_two_levels_are_allowed_and_no_more() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        stored(&nested(31));
        stored(&nested(32));
        for levels in [33, 128, 30_000] {
            assert_eq!(
                refused(nested(levels).as_bytes()).what,
                "objects and arrays may be nested at most 32 levels deep"
            );
        }
        let objects = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
        assert_eq!(refused(objects.as_bytes()).column, 32 * 5 + 1);
    }

    #[test]
    fn the_size_is_counted_in_characters() {
        for character in ["a", "é", "€", "😀"] {
            let of = |characters: usize| format!("{{\"a\":\"{}\"}}", character.repeat(characters - 8));
            assert_eq!(of(100).chars().count(), 100);
            stored(&of(65_533));
            stored(&of(65_534));
            let too_large = Document::parse(of(65_535).as_bytes());
            assert!(matches!(too_large, Err(InvalidDocument::TooLarge)));
        }
    }

    #[test]
    fn a_text_of_the_most_bytes_is_looked_at() {
        assert_eq!(refused("😀".repeat(65_534).as_bytes()).column, 1);
    }

    #[test]
    fn a_document_is_not_shown_but_for_its_length() {
        let document = Document::parse(br#"{"a":1}"#).unwrap();
        assert_eq!(document.as_str(), r#"{"a":1}"#);
        assert_eq!(format!("{document:?}"), "Document(7 bytes)");
    }

    #[test]
    fn what_is_not_utf_8_is_counted_in_bytes() {
        assert!(matches!(Document::parse(&[0xff; 65_535]), Err(InvalidDocument::TooLarge)));
        assert_eq!(refused(&[0xff; 65_534]).what, "the text is not UTF-8");
    }

    #[test]
    fn the_place_is_told_in_lines_and_characters() {
        assert_eq!((refused(b"{\n\"a\":\xff").line, refused(b"{\n\"a\":\xff").column), (2, 5));
        let error = refused("{\"é\": x}".as_bytes());
        assert_eq!((error.line, error.column), (1, 7));
        let error = refused(b"");
        assert_eq!((error.line, error.column), (1, 1));
    }
}
