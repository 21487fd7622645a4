//! JSON that has one meaning only: RFC 8259, in UTF-8, with no name twice in an object and no half of a surrogate pair.
//! It is read in one pass that builds no tree.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// The most levels of objects and arrays; the outermost object is level 1.
pub const MAXIMUM_LEVELS: usize = 32;

/// A member of the outermost object.
pub struct Member<'a> {
    /// Where it begins and ends in the text: from the quote before its name to the end of its value.
    pub span: Range<usize>,
    /// Its name, with escapes resolved.
    pub name: Cow<'a, str>,
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
    /// The body could not even be decoded.
    pub fn at_start(what: &'static str) -> Self {
        Self { what, line: 1, column: 1 }
    }

    /// The text is fine up to the end of `read`.
    pub fn at_end_of(read: &str, what: &'static str) -> Self {
        let last_line = read.rsplit('\n').next().unwrap_or_default();
        Self { what, line: read.matches('\n').count() + 1, column: last_line.chars().count() + 1 }
    }
}

/// Checks that `text` is one JSON object and nothing else, and says what its members are.
pub fn object_members(text: &str) -> Result<Vec<Member<'_>>, SyntaxError> {
    let mut scanner = Scanner { text, at: 0, names: HashSet::new(), top_level: Vec::new() };
    match scanner.document() {
        Ok(()) => Ok(scanner.top_level),
        Err(Unacceptable(what)) => Err(SyntaxError::at_end_of(text.get(..scanner.at).unwrap_or(text), what)),
    }
}

/// Why the text at the scanner's position is not acceptable.
struct Unacceptable(&'static str);

type Scan<T> = Result<T, Unacceptable>;

/// Reads a text from front to back.
struct Scanner<'a> {
    text: &'a str,
    /// The next byte to read.
    at: usize,
    /// The names seen so far, each with the position of the object that it stands in.
    names: HashSet<(usize, Cow<'a, str>)>,
    top_level: Vec<Member<'a>>,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn document(&mut self) -> Scan<()> {
        if self.text.starts_with('\u{feff}') {
            return Err(Unacceptable("a byte-order mark is not allowed"));
        }
        self.blanks();
        match self.peek() {
            None => return Err(Unacceptable("the body is empty and has to be a JSON object")),
            Some(b'{') => self.object(1)?,
            Some(_) => return Err(Unacceptable("the body has to be a JSON object, which begins with {")),
        }
        self.blanks();
        if self.peek().is_some() {
            return Err(Unacceptable("nothing may follow the JSON object"));
        }
        Ok(())
    }

    /// `level` is the one that an object or array here would be on.
    fn value(&mut self, level: usize) -> Scan<()> {
        match self.peek() {
            Some(b'{') => self.object(level),
            Some(b'[') => self.array(level),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(Unacceptable("a value is expected: an object, an array, a string, a number, true, false or null")),
        }
    }

    fn enter(&mut self, level: usize) -> Scan<()> {
        if level > MAXIMUM_LEVELS {
            return Err(Unacceptable("objects and arrays may be nested at most 32 levels deep"));
        }
        self.at += 1;
        self.blanks();
        Ok(())
    }

    fn object(&mut self, level: usize) -> Scan<()> {
        let object = self.at;
        self.enter(level)?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(Unacceptable("a member's name in double quotes is expected"));
            }
            let name = self.string()?;
            if !self.names.insert((object, name.clone())) {
                self.at = start;
                return Err(Unacceptable("a name may stand only once in an object"));
            }
            self.blanks();
            if !self.take(b':') {
                return Err(Unacceptable("a colon is expected after a member's name"));
            }
            self.blanks();
            self.value(level + 1)?;
            if level == 1 {
                self.top_level.push(Member { span: start..self.at, name });
            }
            self.blanks();
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(Unacceptable("a comma or } is expected after a member"));
            }
            self.blanks();
        }
    }

    fn array(&mut self, level: usize) -> Scan<()> {
        self.enter(level)?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(level + 1)?;
            self.blanks();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(Unacceptable("a comma or ] is expected after an element"));
            }
            self.blanks();
        }
    }

    fn word(&mut self, word: &str) -> Scan<()> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Unacceptable("true, false and null are the only words"));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Scan<()> {
        self.take(b'-');
        // A number has no further digits after a leading zero; what follows is refused as something after a value.
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Scan<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(Unacceptable("a digit is expected in a number"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    /// The string that begins here, without its quotes and with its escapes resolved.
    fn string(&mut self) -> Scan<Cow<'a, str>> {
        self.at += 1;
        let mut decoded = Cow::Borrowed("");
        // Where the characters begin that are not yet in `decoded`.
        let mut plain = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    append(&mut decoded, self.text.get(plain..self.at).unwrap_or_default());
                    self.at += 1;
                    return Ok(decoded);
                }
                Some(b'\\') => {
                    append(&mut decoded, self.text.get(plain..self.at).unwrap_or_default());
                    let character = self.escape()?;
                    decoded.to_mut().push(character);
                    plain = self.at;
                }
                Some(0..0x20) => return Err(Unacceptable("a control character in a string has to be escaped")),
                Some(_) => self.at += 1,
                None => return Err(Unacceptable("a string has no closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Scan<char> {
        let start = self.at;
        self.at += 1;
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape().inspect_err(|_| self.at = start);
            }
            _ => return Err(Unacceptable("after a backslash comes one of \" \\ / b f n r t u")),
        };
        self.at += 1;
        Ok(character)
    }

    /// What `\u` stands for, with the second half of a surrogate pair where there is one.
    fn unicode_escape(&mut self) -> Scan<char> {
        const LONE: Unacceptable = Unacceptable("a surrogate escape has no partner");
        let first = self.four_hex_digits()?;
        if !matches!(first, 0xd800..=0xdfff) {
            return char::from_u32(first).ok_or(LONE);
        }
        if first >= 0xdc00 || !self.take(b'\\') || !self.take(b'u') {
            return Err(LONE);
        }
        let second = self.four_hex_digits()?;
        if !matches!(second, 0xdc00..=0xdfff) {
            return Err(LONE);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(LONE)
    }

    fn four_hex_digits(&mut self) -> Scan<u32> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(Ok(value)) = digits.map(|text| u32::from_str_radix(text, 16)) else {
            return Err(Unacceptable("\\u is followed by four hexadecimal digits"));
        };
        self.at += 4;
        Ok(value)
    }
}

/// Appends without copying as long as `text` is all there is.
fn append<'a>(decoded: &mut Cow<'a, str>, text: &'a str) {
    if decoded.is_empty() {
        *decoded = Cow::Borrowed(text);
    } else {
        decoded.to_mut().push_str(text);
    }
}
