//! JSON with one meaning only: RFC 8259, in UTF-8, with no name twice in an object and no half of a surrogate pair. It is
//! scanned in one pass that builds no tree.

mod scanner;
mod string;

use std::borrow::Cow;
use std::ops::Range;

use scanner::{Scanner, Unacceptable};

/// The most levels of objects and arrays. The outermost object is level 1.
pub const MAXIMUM_LEVELS: usize = 32;

/// A JSON object that was scanned.
pub struct Object<'a> {
    /// The text without the white space between its tokens. Everything inside a token is as it was.
    pub text: Cow<'a, str>,
    /// The members, in their order.
    pub members: Vec<Member<'a>>,
}

/// A member of the outermost object.
pub struct Member<'a> {
    /// Its name, with escapes resolved.
    pub name: Cow<'a, str>,
    /// Its place in [`Object::text`], from the quote before its name to the end of its value.
    pub span: Range<usize>,
    /// The place of its value.
    pub value: Range<usize>,
}

/// Where a text stops being acceptable JSON, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong there, in words.
    pub what: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl SyntaxError {
    /// An error at the first character.
    pub fn at_start(what: &'static str) -> Self {
        Self { what, line: 1, column: 1 }
    }

    /// An error right after `read`, which is valid.
    pub fn at_end_of(read: &str, what: &'static str) -> Self {
        let last_line = read.rsplit('\n').next().unwrap_or_default();
        Self { what, line: read.matches('\n').count() + 1, column: last_line.chars().count() + 1 }
    }
}

impl Object<'_> {
    /// The text of a member, or of its value.
    pub fn part(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }
}

/// The bytes of a body as text.
pub fn text(bytes: &[u8]) -> Result<&str, SyntaxError> {
    str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.split_at(error.valid_up_to()).0;
        SyntaxError::at_end_of(str::from_utf8(valid).unwrap_or_default(), "the text is not UTF-8")
    })
}

/// The value of a JSON string; `None` if the text is none.
pub fn string(text: &str) -> Option<Cow<'_, str>> {
    let mut scanner = Scanner::new(text);
    let string = Some(()).filter(|()| scanner.peek() == Some(b'"')).and_then(|()| scanner.string().ok())?;
    (scanner.at == text.len()).then_some(string)
}

/// Scans `text`, which has to be one JSON object and nothing else.
pub fn object(text: &str) -> Result<Object<'_>, SyntaxError> {
    scan(Scanner::new(text), text)
}

/// Scans the text of a stored object, in which no name stands twice: that was checked before it was stored.
pub fn stored_object(text: &str) -> Result<Object<'_>, SyntaxError> {
    scan(Scanner::of_stored(text), text)
}

fn scan<'a>(mut scanner: Scanner<'a>, text: &'a str) -> Result<Object<'a>, SyntaxError> {
    match scanner.document() {
        Ok(()) => Ok(scanner.into_object()),
        Err(Unacceptable(what)) => Err(SyntaxError::at_end_of(text.get(..scanner.at).unwrap_or(text), what)),
    }
}
