//! The structure of a JSON text: objects, arrays, numbers and words.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{MAXIMUM_LEVELS, Member};

/// Why the text at the scanner's position is not acceptable.
pub(super) struct Unacceptable(pub &'static str);

pub(super) type Scan<T> = Result<T, Unacceptable>;

/// Scans a text from front to back.
pub(super) struct Scanner<'a> {
    pub text: &'a str,
    /// The next byte.
    pub at: usize,
    /// The names seen so far, each with the position of the object that it stands in.
    names: HashSet<(usize, Cow<'a, str>)>,
    pub top_level: Vec<Member<'a>>,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, names: HashSet::new(), top_level: Vec::new() }
    }

    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips `byte` if it comes next.
    pub fn take(&mut self, byte: u8) -> bool {
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

    /// The whole text: one object.
    pub fn document(&mut self) -> Scan<()> {
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

    /// `level` is that of an object or array here.
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
}
