//! An identity provider on this machine, behind HTTPS, with answers of the test's choice.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Ran, Server, pail, run_command};

/// What a path is answered with.
#[derive(Clone)]
pub enum Reply {
    Json(Value),
    Status(u16, &'static str),
    /// A redirect to this URL.
    Redirect(String),
    /// A document of so many bytes.
    Large(usize),
    /// A byte each second, without an end.
    Drip,
}

type Replies = Arc<Mutex<HashMap<String, Reply>>>;

/// A provider. Its certificate is in a file that programs can be told to trust.
pub struct Provider {
    address: SocketAddr,
    replies: Replies,
    requests: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

impl Provider {
    pub fn start() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let names = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = names.signed_by(&key, &authority).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("trusted.pem"), authority.pem()).expect("a file");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (replies, requests) = (Replies::default(), Arc::<Mutex<Vec<String>>>::default());
        let provider = Self { address, replies: replies.clone(), requests: requests.clone(), folder };
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (config, replies, requests) = (config.clone(), replies.clone(), requests.clone());
                // A client that goes away ends the thread.
                thread::spawn(move || serve(connection, config, &replies, &requests));
            }
        });
        provider
    }

    /// The issuer of its tokens.
    pub fn issuer(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub fn answer(&self, path: &str, reply: Reply) {
        self.replies.lock().expect("replies").insert(path.to_owned(), reply);
    }

    /// Publishes a discovery document, and these keys at the URL that it names.
    pub fn publish(&self, keys: &[&Value]) {
        let issuer = self.issuer();
        let document = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys"), "token_endpoint": "x"});
        self.answer("/.well-known/openid-configuration", Reply::Json(document));
        self.answer("/keys", Reply::Json(json!({ "keys": keys })));
    }

    /// The paths that were asked for since the last call.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock().expect("requests"))
    }

    /// The file with its certificate.
    pub fn trusted(&self) -> PathBuf {
        self.folder.path().join("trusted.pem")
    }

    /// Runs a command that trusts the provider, on a server.
    pub fn pail(&self, server: &Server, arguments: &[&str]) -> Ran {
        let endpoint = server.endpoint();
        let mut command = pail(&[arguments, &["--endpoint-url", &endpoint]].concat());
        command.env("SSL_CERT_FILE", self.trusted()).env_remove("SSL_CERT_DIR");
        run_command(command)
    }
}

/// Answers one request. It returns nothing where the client has gone away.
fn serve(
    connection: TcpStream,
    config: Arc<ServerConfig>,
    replies: &Replies,
    requests: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, connection));
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    while line.trim_end() != "" {
        line.clear();
        stream.read_line(&mut line).ok()?;
    }
    requests.lock().expect("requests").push(path.clone());
    let reply = replies.lock().expect("replies").get(&path).cloned().unwrap_or(Reply::Status(404, "nothing here"));
    let (status, location, body) = match reply {
        Reply::Json(value) => (200, String::new(), value.to_string()),
        Reply::Status(status, body) => (status, String::new(), body.to_owned()),
        Reply::Redirect(url) => (302, format!("Location: {url}\r\n"), String::new()),
        Reply::Large(bytes) => (200, String::new(), "x".repeat(bytes)),
        Reply::Drip => {
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").ok()?;
            loop {
                stream.get_mut().write_all(b" ").ok()?;
                stream.get_mut().flush().ok()?;
                thread::sleep(Duration::from_secs(1));
            }
        }
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Answer\r\n{location}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.get_mut().write_all((head + &body).as_bytes()).ok()?;
    stream.get_mut().flush().ok()?;
    stream.get_mut().conn.send_close_notify();
    stream.get_mut().flush().ok()
}
