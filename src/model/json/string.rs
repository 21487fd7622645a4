//! Strings of a JSON text, with their escapes.

use std::borrow::Cow;

use super::scanner::{Scan, Scanner, Unacceptable};

impl<'a> Scanner<'a> {
    /// The string that begins here, without its quotes and with its escapes resolved.
    pub fn string(&mut self) -> Scan<Cow<'a, str>> {
        self.at += 1;
        let mut decoded = Cow::Borrowed("");
        // The start of what is not yet in `decoded`.
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

    /// The character of a `\u` escape, or of two that are a surrogate pair.
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
