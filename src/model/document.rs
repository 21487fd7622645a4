//! The JSON text of an object: checked in one pass that builds no tree, and stored compact (contract, section 3).

use super::json::{self, Object, SyntaxError};

/// A JSON object as compact text, by RFC 8259: every digit and escape as the client sent it, without white space between
/// tokens. No member at its top level begins with `_`, no object holds a name twice, and it is at most
/// [`json::MAXIMUM_LEVELS`] deep.
#[derive(Clone, PartialEq, Eq)]
pub struct Document(String);

/// Why a text is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidDocument {
    /// It has more than so many characters.
    TooLarge(usize),
    /// It is not a valid JSON object.
    Syntax(SyntaxError),
}

impl Document {
    /// The most characters of a document, counted as Unicode code points of its compact text.
    pub const MAXIMUM_CHARACTERS: usize = 65_534;
    /// The most characters of a body, which may have white space and members of the server besides. A longer one is not
    /// parsed.
    pub const MAXIMUM_SENT: usize = 2 * Self::MAXIMUM_CHARACTERS;
    /// The longest UTF-8 character, in bytes.
    const LONGEST_CHARACTER: usize = 4;
    /// The most bytes of a body.
    pub const MAXIMUM_BYTES: usize = Self::MAXIMUM_SENT * Self::LONGEST_CHARACTER;

    /// Parses a body: compacts it, and removes the members that belong to the server, whose names begin with `_`, from its
    /// top level. The size of the body is checked before its text.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidDocument> {
        Self::parse_patch(body)?.within_limit()
    }

    /// The same for the body of a PATCH, whose size is that of its result.
    pub fn parse_patch(body: &[u8]) -> Result<Self, InvalidDocument> {
        let too_large = Err(InvalidDocument::TooLarge(Self::MAXIMUM_SENT));
        if body.len() > Self::MAXIMUM_BYTES {
            return too_large;
        }
        let text = match str::from_utf8(body) {
            Ok(text) if text.chars().count() > Self::MAXIMUM_SENT => return too_large,
            Ok(text) => text,
            Err(_) if body.len() > Self::MAXIMUM_SENT => return too_large,
            Err(_) => json::text(body).map_err(InvalidDocument::Syntax)?,
        };
        let object = json::object(text).map_err(InvalidDocument::Syntax)?;
        Ok(Self(without_server_members(object)))
    }

    /// A stored text, which was parsed before it was stored.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A text that was put together from members of documents, if it is not too large.
    pub(super) fn merged(text: String) -> Result<Self, InvalidDocument> {
        Self(text).within_limit()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn within_limit(self) -> Result<Self, InvalidDocument> {
        let is_small = self.0.len() <= Self::MAXIMUM_CHARACTERS || self.0.chars().count() <= Self::MAXIMUM_CHARACTERS;
        if is_small { Ok(self) } else { Err(InvalidDocument::TooLarge(Self::MAXIMUM_CHARACTERS)) }
    }
}

/// Shows the length only: what clients store is not logged.
impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Document({} bytes)", self.0.len())
    }
}

/// The text less the members that are the server's.
fn without_server_members(object: Object<'_>) -> String {
    let is_clients = |name: &str| !name.starts_with('_');
    if object.members.iter().all(|member| is_clients(&member.name)) {
        return object.text.into_owned();
    }
    let kept = object.members.iter().filter(|member| is_clients(&member.name));
    let kept: Vec<&str> = kept.map(|member| object.part(&member.span)).collect();
    format!("{{{}}}", kept.join(","))
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
    fn acceptable_tokens_are_kept_to_the_letter() {
        for text in [
            "{}",
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
    fn white_space_between_tokens_goes_and_white_space_in_strings_stays() {
        for (sent, stored_as) in [
            (" {\r\n} \t", "{}"),
            ("{ \"a b\" : [ 1 ,\t2 ] ,\n\"c\" : { \"d\" : \" \" } }", r#"{"a b":[1,2],"c":{"d":" "}}"#),
            ("\n{\"a\":1}", r#"{"a":1}"#),
            ("{\"a\":1}\n", r#"{"a":1}"#),
        ] {
            assert_eq!(stored(sent), stored_as);
        }
    }

    #[test]
    fn members_of_the_server_leave_the_top_level_and_nothing_else_changes() {
        for (sent, kept) in [
            (r#"{"_id":"x"}"#, "{}"),
            (r#"{ "_id" : 1 }"#, "{}"),
            (r#"{"_a":1,"_b":2}"#, "{}"),
            (r#"{"_a":1, "b":2}"#, r#"{"b":2}"#),
            (r#"{"a":1, "_b":2}"#, r#"{"a":1}"#),
            (r#"{"a":1 , "_b":2 , "_c":3 }"#, r#"{"a":1}"#),
            (r#"{"a": 1.0,"_b":{"c":[1]},"d":"\u0064"}"#, r#"{"a":1.0,"d":"\u0064"}"#),
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
            let too_large = |body: String| Document::parse(body.as_bytes()).err();
            assert_eq!(too_large(of(65_535)), Some(InvalidDocument::TooLarge(65_534)));
            // White space and members of the server do not count, up to twice the size.
            let with = |more: &str, count: usize| of(65_534).replacen('{', &format!("{{{}", more.repeat(count)), 1);
            stored(&with(" ", 65_534));
            assert_eq!(too_large(with(" ", 65_535)), Some(InvalidDocument::TooLarge(131_068)));
            stored(&with(r#""_id":"x","#, 1));
        }
    }

    #[test]
    fn a_patch_may_be_larger_than_its_result() {
        let patch = format!("{{\"a\":\"{}\"}}", "x".repeat(100_000));
        assert!(Document::parse_patch(patch.as_bytes()).is_ok());
        assert_eq!(Document::parse(patch.as_bytes()).err(), Some(InvalidDocument::TooLarge(65_534)));
    }

    #[test]
    fn a_text_of_the_most_bytes_is_parsed() {
        assert_eq!(refused("😀".repeat(131_068).as_bytes()).column, 1);
    }

    #[test]
    fn a_document_is_not_shown_but_for_its_length() {
        let document = Document::parse(br#"{"a":1}"#).unwrap();
        assert_eq!(document.as_str(), r#"{"a":1}"#);
        assert_eq!(format!("{document:?}"), "Document(7 bytes)");
    }

    #[test]
    fn what_is_not_utf_8_is_counted_in_bytes() {
        assert_eq!(Document::parse(&[0xff; 131_069]).err(), Some(InvalidDocument::TooLarge(131_068)));
        assert_eq!(refused(&[0xff; 131_068]).what, "the text is not UTF-8");
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
