//! TLS before a server that has none, as DynamoDB has it.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

use crate::function::Variable;
use crate::message::Message;

/// Tells a function where DynamoDB is.
pub const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// Where Linux distributions keep the root certificates of the machine; Amazon's is the second.
const ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// A port that speaks TLS, and hands on what it is asked.
pub struct Tls {
    address: SocketAddr,
    /// A file with the certificates that a client has to trust: those of the machine, as on Lambda, and that of this port.
    trusted: PathBuf,
    seen: Arc<Seen>,
}

/// What a port has seen so far.
#[derive(Default)]
struct Seen {
    /// Connections that have sent a request.
    handshakes: AtomicUsize,
    /// Those of them that went on with the keys of an earlier one.
    resumed: AtomicUsize,
    /// Those that are open, or have been.
    connections: Mutex<Vec<TcpStream>>,
}

impl Tls {
    /// Opens a port before the server at `url`, and keeps its certificate in `folder`. Each answer comes so much later.
    pub fn before(url: &str, folder: &Path, delay: Duration) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let names = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = names.signed_by(&key, &authority).expect("a certificate");
        let trusted = folder.join("trusted.pem");
        let roots = ROOTS.iter().find_map(|file| fs::read_to_string(file).ok()).expect("the package ca-certificates");
        fs::write(&trusted, roots + &authority.pem()).expect("a file");

        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let tls = Self { address: listener.local_addr().expect("an address"), trusted, seen: Arc::default() };
        let (server, seen) = (url.trim_start_matches("http://").to_owned(), tls.seen.clone());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (server, config, seen) = (server.clone(), config.clone(), seen.clone());
                thread::spawn(move || serve(connection, &server, config, &seen, delay));
            }
        });
        tls
    }

    /// What lets a function find it and trust it.
    pub fn variables(&self) -> Vec<Variable> {
        let url = format!("https://localhost:{}", self.address.port());
        vec![(ENDPOINT, url), ("SSL_CERT_FILE", self.trusted.display().to_string())]
    }

    /// How many connections have sent a request so far.
    pub fn handshakes(&self) -> usize {
        self.seen.handshakes.load(Ordering::Relaxed)
    }

    /// How many of these needed no full handshake.
    pub fn resumed(&self) -> usize {
        self.seen.resumed.load(Ordering::Relaxed)
    }

    /// Closes all connections, as DynamoDB does with those that were idle for long.
    pub fn close_connections(&self) {
        for connection in self.seen.connections.lock().expect("connections").drain(..) {
            // It may be closed already.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// Hands requests on until the connection is closed.
fn serve(connection: TcpStream, server: &str, config: Arc<ServerConfig>, seen: &Seen, delay: Duration) {
    seen.connections.lock().expect("connections").push(connection.try_clone().expect("a connection"));
    let server = TcpStream::connect(server).expect("the server");
    for stream in [&connection, &server] {
        stream.set_nodelay(true).expect("an option of every connection");
    }
    let connection = StreamOwned::new(ServerConnection::new(config).expect("a configuration"), connection);
    let (mut client, mut server) = (BufReader::new(connection), BufReader::new(server));
    let mut is_first = true;
    while let Some(request) = Message::read(&mut client) {
        let resumed = client.get_ref().conn.handshake_kind() == Some(HandshakeKind::Resumed);
        seen.resumed.fetch_add(usize::from(is_first && resumed), Ordering::Relaxed);
        seen.handshakes.fetch_add(usize::from(is_first), Ordering::Relaxed);
        is_first = false;
        server.get_mut().write_all(&request.bytes()).expect("the server takes requests");
        let response = Message::read(&mut server).expect("the server answers");
        thread::sleep(delay);
        if client.get_mut().write_all(&response.bytes()).is_err() {
            return;
        }
    }
}
