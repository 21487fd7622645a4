//! HTTP/1.1 over plain sockets: enough to send what no client library would send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;

use crate::program::PATIENCE;

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// The statuses of the interim answers before it.
    pub interim: Vec<u16>,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Response {
    /// The value of a header field, which may occur only once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands twice: {self:?}");
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that the request was refused with this status and code.
    pub fn assert_refused(&self, status: u16, error_code: &str) {
        assert_eq!((self.status, self.json()["errorCode"].as_str()), (status, Some(error_code)), "{self:?}");
        self.assert_common();
    }

    /// Checks that an object was created, and returns the object's ID.
    pub fn assert_created(&self) -> String {
        assert_eq!(self.status, 201, "{self:?}");
        self.assert_common();
        self.json()["objectID"].as_str().expect("the object has an ID").to_owned()
    }

    fn assert_common(&self) {
        let media_type = self.header("content-type").unwrap_or_default();
        assert!(media_type.starts_with("application/vnd.kii."), "{self:?}");
        assert!(self.header("access-control-allow-origin").is_some(), "{self:?}");
        assert!(self.header("x-request-id").is_some(), "{self:?}");
    }
}

/// A connection.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Opens a connection to `host:port`.
    pub fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
        stream.set_write_timeout(Some(PATIENCE)).expect("a time-out can be set");
        Self(BufReader::new(stream))
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("the server takes the bytes");
    }

    /// Sends bytes to a server that may not take them all.
    pub fn try_send(&mut self, bytes: &[u8]) {
        let _ = self.0.get_mut().write_all(bytes);
    }

    /// Closes the sending side.
    pub fn finish_sending(&mut self) {
        self.0.get_ref().shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// The answer to a request, unless the server closed the connection instead.
    pub fn receive(&mut self) -> Option<Response> {
        self.receive_answer_to("")
    }

    /// The answer to a request of this method: an answer to `HEAD` has no body, whatever its `Content-Length`.
    pub fn receive_answer_to(&mut self, method: &str) -> Option<Response> {
        let mut interim = Vec::new();
        loop {
            let mut line = String::new();
            // A reset counts as an orderly end.
            if self.0.read_line(&mut line).unwrap_or_default() == 0 {
                return None;
            }
            let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            let status = status.unwrap_or_else(|| panic!("no status line: {line:?}"));
            let headers = self.headers();
            if (100..200).contains(&status) {
                interim.push(status);
                continue;
            }
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length = length.map_or(0, |(_, value)| value.parse().expect("a length is a number"));
            let mut body = vec![0; if method == "HEAD" || status == 204 { 0 } else { length }];
            self.0.read_exact(&mut body).expect("the body comes whole");
            let body = String::from_utf8(body).expect("bodies are UTF-8");
            return Some(Response { status, interim, headers, body });
        }
    }

    fn headers(&mut self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("the head comes whole");
            let Some((name, value)) = line.split_once(':') else {
                assert_eq!(line, "\r\n", "a head ends with an empty line");
                return headers;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Waits until the server has asked for the body of a request.
    pub fn assert_continue(&mut self) {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("the server answers");
        assert_eq!(line.trim_end(), "HTTP/1.1 100 Continue");
        assert!(self.headers().is_empty());
    }

    /// Waits until the server has closed the connection without sending anything more.
    pub fn assert_closed(&mut self) {
        let mut rest = Vec::new();
        // A reset tells as much as an orderly end.
        let _ = self.0.read_to_end(&mut rest);
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}

/// The head of a request.
pub fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: pail.example.com\r\n{headers}\r\n")
}

/// A whole request with `Content-Length`.
pub fn whole(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let head = head(method, target, &[headers, &[("Content-Length", &length)]].concat());
    [head.as_bytes(), body].concat()
}

/// Sends a request on a connection of its own.
pub fn request(address: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut connection = Connection::open(address);
    connection.send(&whole(method, target, &[headers, &[("Connection", "close")]].concat(), body));
    let response = connection.receive_answer_to(method).expect("the server answers");
    connection.assert_closed();
    response
}
