//! Lambda's runtime API for one function at a time: events in, answers out.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::message::Message;

/// The API, on its own port. It panics on any request that Lambda's runtime never sends.
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether the function waits for an event.
    is_ready: bool,
    event: Option<String>,
    answer: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread has panicked")
    }

    /// Waits until `take` returns a value. Panics if the function takes longer than 30 seconds.
    fn wait<T>(&self, take: impl FnMut(&mut State) -> Option<T>) -> T {
        self.wait_at_most(Duration::from_secs(30), take).expect("the function does not answer")
    }

    fn wait_at_most<T>(&self, time: Duration, mut take: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = take(&mut state) {
                return Some(taken);
            }
            let (next, late) = self.changed.wait_timeout(state, time).expect("no thread has panicked");
            if late.timed_out() {
                return None;
            }
            state = next;
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

impl RuntimeApi {
    /// Starts the API.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let for_connections = shared.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = for_connections.clone();
                thread::spawn(move || serve(connection, &shared));
            }
        });
        Self { address, shared }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API` for the function.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the function asks for an event.
    pub fn wait_until_ready(&self) {
        self.shared.wait(|state| state.is_ready.then_some(()));
    }

    /// Sends an event to the function, and waits until the function asks for the next one. Returns the answer as JSON.
    pub fn invoke(&self, event: &str) -> String {
        self.shared.change(|state| state.event = Some(event.to_owned()));
        let answer = self.shared.wait(|state| state.answer.take());
        self.wait_until_ready();
        answer
    }

    /// Resets the state after a function has ended.
    pub fn forget(&self) {
        self.shared.change(|state| *state = State::default());
    }
}

/// Answers requests on a connection until it is closed.
fn serve(connection: TcpStream, shared: &Shared) {
    connection.set_nodelay(true).expect("an option of every connection");
    let mut reader = BufReader::new(connection.try_clone().expect("a second handle"));
    let mut writer = connection;
    while let Some(request) = Message::read(&mut reader) {
        let path = request.second_word();
        let response = if path.ends_with("/invocation/next") {
            shared.change(|state| state.is_ready = true);
            let Some(event) = shared.wait_at_most(Duration::from_secs(3_600), |state| state.event.take()) else {
                return;
            };
            shared.change(|state| state.is_ready = false);
            let deadline = SystemTime::now() + Duration::from_secs(15);
            let deadline = deadline.duration_since(UNIX_EPOCH).expect("a time after 1970").as_millis();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: 1\r\n\
                 lambda-runtime-deadline-ms: {deadline}\r\nlambda-runtime-invoked-function-arn: arn\r\n\
                 content-length: {}\r\n\r\n{event}",
                event.len()
            )
        } else {
            let body = String::from_utf8(request.body.clone()).expect("an answer in UTF-8");
            assert!(path.ends_with("/response"), "the function has failed: {path} {body}");
            shared.change(|state| state.answer = Some(body));
            "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned()
        };
        if writer.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}
