//! A small DynamoDB on a loopback port: the embedded engine behind HTTP/1.1, breaking connections as a test asks.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pail::local::Engine;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to one call.
pub enum Deed {
    /// It is answered.
    Answer,
    /// It takes effect, and the connection ends in this part of the reply.
    Cut(Part, End, usize),
    /// It never takes effect, and the connection ends.
    Drop(End),
    /// It never takes effect, and this is the reply.
    Instead(u16, String),
    /// It never takes effect, and nothing is ever answered.
    Hang,
}

/// Where a reply is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    BeforeIt,
    Head,
    Body,
    /// The body of a reply without a length.
    BodyOfAnyLength,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// In order, by a FIN.
    Fin,
    /// By a reset.
    Reset,
}

impl Part {
    pub const ALL: [Self; 4] = [Self::BeforeIt, Self::Head, Self::Body, Self::BodyOfAnyLength];
}

impl End {
    pub const ALL: [Self; 2] = [Self::Fin, Self::Reset];
}

/// A call that has arrived.
pub struct Asked {
    pub operation: String,
    /// The number of its connection, from 0.
    pub connection: usize,
}

type Decide = Box<dyn FnMut(&Asked) -> Deed + Send>;

/// The server. It has its own thread, so that it runs while a test's runtime stands still, and ends when this is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    close: watch::Sender<End>,
}

struct Shared {
    engine: Engine,
    decide: Mutex<Decide>,
    opened: AtomicUsize,
    closed: AtomicUsize,
    calls: AtomicUsize,
}

impl Server {
    pub fn start(engine: Engine, decide: impl FnMut(&Asked) -> Deed + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            engine,
            decide: Mutex::new(Box::new(decide)),
            opened: AtomicUsize::new(0),
            closed: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        });
        let (close, closing) = watch::channel(End::Fin);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("an address");
        let accepting = shared.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
            runtime.block_on(accept(listener, accepting, closing));
        });
        Self { address, shared, close }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets what happens to calls from now on.
    pub fn decide(&self, decide: impl FnMut(&Asked) -> Deed + Send + 'static) {
        *self.shared.decide.lock().unwrap() = Box::new(decide);
    }

    /// Ends all connections on which no call is being answered.
    pub fn close_idle(&self, end: End) {
        self.close.send_replace(end);
    }

    /// The number of connections so far.
    pub fn opened(&self) -> usize {
        self.shared.opened.load(Ordering::SeqCst)
    }

    /// The number of open connections.
    pub fn open(&self) -> usize {
        // In this order, because a connection is opened before it is closed.
        let closed = self.shared.closed.load(Ordering::SeqCst);
        self.opened() - closed
    }

    /// The number of calls that have arrived since the last time.
    pub fn take_calls(&self) -> usize {
        self.shared.calls.swap(0, Ordering::SeqCst)
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>, mut closing: watch::Receiver<End>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted.expect("a connection").0,
            changed = closing.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        let connection = shared.opened.fetch_add(1, Ordering::SeqCst);
        let (shared, mut closing) = (shared.clone(), closing.clone());
        closing.mark_unchanged();
        tokio::spawn(async move {
            if let (stream, End::Reset) = serve(stream, connection, &shared, closing).await {
                // A reset may discard data that was written before, as on any connection.
                stream.set_zero_linger().expect("a reset");
            }
            shared.closed.fetch_add(1, Ordering::SeqCst);
        });
    }
}

/// Answers the calls of a connection until it must end.
async fn serve(
    mut stream: TcpStream,
    connection: usize,
    shared: &Shared,
    mut closing: watch::Receiver<End>,
) -> (TcpStream, End) {
    loop {
        let call = tokio::select! {
            call = read(&mut stream) => call,
            _ = closing.changed() => {
                let end = *closing.borrow();
                return (stream, end);
            }
        };
        let Some((target, mut body)) = call else {
            return (stream, End::Fin);
        };
        if connection % 2 == 1 {
            body = without_token(body);
        }
        shared.calls.fetch_add(1, Ordering::SeqCst);
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let deed = (shared.decide.lock().unwrap())(&Asked { operation, connection });
        let (text, end) = match deed {
            Deed::Answer => (reply(shared.engine.answer(&target, &body), true).concat(), None),
            Deed::Instead(status, text) => (reply((status, text), true).concat(), None),
            Deed::Cut(part, end, at) => (cut(shared.engine.answer(&target, &body), part, at), Some(end)),
            Deed::Drop(end) => (String::new(), Some(end)),
            Deed::Hang => {
                // Until the client closes the connection, or the test ends.
                let _ = stream.read_u8().await;
                (String::new(), Some(End::Fin))
            }
        };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return (stream, End::Fin);
        }
        if let Some(end) = end {
            return (stream, end);
        }
    }
}

/// The next call's target and body; `None` if the client has closed the connection.
async fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    const EMPTY_LINE: &[u8] = b"\r\n\r\n";
    let mut bytes = Vec::new();
    let head_ends = loop {
        if let Some(at) = bytes.windows(EMPTY_LINE.len()).position(|window| window == EMPTY_LINE) {
            break at + EMPTY_LINE.len();
        }
        stream.read_buf(&mut bytes).await.ok().filter(|length| *length > 0)?;
    };
    let mut body = bytes.split_off(head_ends);
    let head = String::from_utf8(bytes).expect("a head is text");
    let field = |name: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length: usize = field("content-length").and_then(|length| length.parse().ok()).expect("a length");
    while body.len() < length {
        stream.read_buf(&mut body).await.ok().filter(|length| *length > 0)?;
    }
    let is_signed = field("authorization").is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 "));
    assert!(is_signed, "a call is not signed");
    assert_eq!(body.len(), length, "a call was sent before the previous one was answered");
    Some((field("x-amz-target").expect("a target"), body))
}

/// Replaces the token of a call, if it has one, so that the engine does not recognise it. Otherwise the engine would
/// repeat a transaction's first reply, and no request would find the items of its own lost attempt.
fn without_token(body: Vec<u8>) -> Vec<u8> {
    let mut call: Value = serde_json::from_slice(&body).expect("a call is JSON");
    match call.as_object_mut().and_then(|members| members.remove("ClientRequestToken")) {
        Some(_) => call.to_string().into_bytes(),
        None => body,
    }
}

/// Head and body of a reply.
fn reply((status, body): (u16, String), with_length: bool) -> [String; 2] {
    let length = if with_length { format!("Content-Length: {}", body.len()) } else { "Connection: close".to_owned() };
    let head = format!(
        "HTTP/1.1 {status} As DynamoDB says\r\nServer: Server\r\nContent-Type: application/x-amz-json-1.0\r\n\
         {length}\r\nx-amzn-RequestId: 1HQ5FQ3F0ASMGLPBJJR8TAB2RJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n\r\n",
    );
    [head, body]
}

/// The beginning of a reply that is cut: everything before the part, and the part without at least its last byte.
fn cut(answer: (u16, String), part: Part, at: usize) -> String {
    let [head, body] = reply(answer, part != Part::BodyOfAnyLength);
    // The engine's replies are ASCII except for texts of callers.
    let of = |text: &str| {
        let mut length = at % text.len();
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        text[..length].to_owned()
    };
    match part {
        Part::BeforeIt => String::new(),
        Part::Head => of(&head),
        Part::Body | Part::BodyOfAnyLength => head.clone() + &of(&body),
    }
}
