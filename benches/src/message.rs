//! HTTP/1.1 messages with `Content-Length`, which all clients and servers of the benches send.

use std::io::BufRead;

/// A request or a response.
pub struct Message {
    /// The start line and the header fields, with the empty line that ends them.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads a message; `None` at the end of the connection.
    pub fn read(reader: &mut impl BufRead) -> Option<Self> {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let start = head.len();
            reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
            let line = head[start..].trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            assert!(!line.starts_with("transfer-encoding"), "a body in chunks");
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { head, body })
    }

    /// The second word of the start line: the path of a request, the status of a response.
    pub fn second_word(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The message as it was read.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }
}
