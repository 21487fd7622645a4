//! The structure of a JSON text: objects, arrays, numbers and words.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{MAXIMUM_LEVELS, Member, Object};

/// Why the text at the scanner's position is not acceptable.
pub(super) struct Unacceptable(pub &'static str);

pub(super) type Scan<T> = Result<T, Unacceptable>;

/// Scans a text from front to back.
pub(super) struct Scanner<'a> {
    pub text: &'a str,
    /// The next byte.
    pub at: usize,
    /// The names seen so far, each with the position of its object; `None` if names are not checked.
    names: Option<HashSet<(usize, Cow<'a, str>)>>,
    members: Vec<Member<'a>>,
    /// The text up to `copied`, without white space between tokens.
    compact: String,
    copied: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        let names = Some(HashSet::new());
        Self { text, at: 0, names, members: Vec::new(), compact: String::new(), copied: 0 }
    }

    /// A scanner of a stored text, in which no name stands twice.
    pub fn of_stored(text: &'a str) -> Self {
        Self { names: None, ..Self::new(text) }
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

    /// Skips white space, which the compact text lacks.
    fn blanks(&mut self) {
        let is_blank = |scanner: &Self| matches!(scanner.peek(), Some(b' ' | b'\t' | b'\n' | b'\r'));
        if !is_blank(self) {
            return;
        }
        self.compact.push_str(self.text.get(self.copied..self.at).unwrap_or_default());
        while is_blank(self) {
            self.at += 1;
        }
        self.copied = self.at;
    }

    /// The place of the next byte in the compact text.
    fn place(&self) -> usize {
        self.compact.len() + (self.at - self.copied)
    }

    /// The object that was scanned to its end. A text without white space is not copied.
    pub fn into_object(mut self) -> Object<'a> {
        let rest = self.text.get(self.copied..).unwrap_or_default();
        let text = if self.copied == 0 {
            Cow::Borrowed(rest)
        } else {
            self.compact.push_str(rest);
            Cow::Owned(self.compact)
        };
        Object { text, members: self.members }
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
            let (start, begins) = (self.at, self.place());
            if self.peek() != Some(b'"') {
                return Err(Unacceptable("a member's name in double quotes is expected"));
            }
            let name = self.string()?;
            if self.names.as_mut().is_some_and(|names| !names.insert((object, name.clone()))) {
                self.at = start;
                return Err(Unacceptable("a name may stand only once in an object"));
            }
            self.blanks();
            if !self.take(b':') {
                return Err(Unacceptable("a colon is expected after a member's name"));
            }
            self.blanks();
            let value = self.place();
            self.value(level + 1)?;
            if level == 1 {
                let ends = self.place();
                self.members.push(Member { name, span: begins..ends, value: value..ends });
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
