//! A TLS port in front of a server without TLS, because DynamoDB uses TLS.

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

/// The environment variable with DynamoDB's URL.
pub const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// The files with the machine's root certificates on Linux distributions. Amazon Linux has the second one.
const ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// A TLS port that forwards requests.
pub struct Tls {
    address: SocketAddr,
    /// A file with the certificates that a client must trust: the machine's, as on Lambda, and this port's.
    trusted: PathBuf,
    counts: Arc<Counts>,
}

/// The connections of a port so far.
#[derive(Default)]
struct Counts {
    /// Connections that have sent a request.
    handshakes: AtomicUsize,
    /// Those of them that resumed an earlier TLS session.
    resumed: AtomicUsize,
    /// All connections, open or closed.
    connections: Mutex<Vec<TcpStream>>,
}

impl Tls {
    /// Opens a port in front of the server at `url`, and writes its certificate into `folder`. Delays each answer by
    /// `delay`.
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
        let tls = Self { address: listener.local_addr().expect("an address"), trusted, counts: Arc::default() };
        let (server, counts) = (url.trim_start_matches("http://").to_owned(), tls.counts.clone());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (server, config, counts) = (server.clone(), config.clone(), counts.clone());
                thread::spawn(move || serve(connection, &server, config, &counts, delay));
            }
        });
        tls
    }

    /// The environment variables with which a function finds and trusts this port.
    pub fn variables(&self) -> Vec<Variable> {
        let url = format!("https://localhost:{}", self.address.port());
        vec![(ENDPOINT, url), ("SSL_CERT_FILE", self.trusted.display().to_string())]
    }

    /// The number of connections that have sent a request so far.
    pub fn handshakes(&self) -> usize {
        self.counts.handshakes.load(Ordering::Relaxed)
    }

    /// The number of these that needed no full handshake.
    pub fn resumed(&self) -> usize {
        self.counts.resumed.load(Ordering::Relaxed)
    }

    /// Closes all connections, as DynamoDB does with connections that were idle for a long time.
    pub fn close_connections(&self) {
        for connection in self.counts.connections.lock().expect("connections").drain(..) {
            // It may be closed already.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// Forwards requests until the connection is closed.
fn serve(connection: TcpStream, server: &str, config: Arc<ServerConfig>, counts: &Counts, delay: Duration) {
    counts.connections.lock().expect("connections").push(connection.try_clone().expect("a connection"));
    let server = TcpStream::connect(server).expect("the server");
    for stream in [&connection, &server] {
        stream.set_nodelay(true).expect("an option of every connection");
    }
    let connection = StreamOwned::new(ServerConnection::new(config).expect("a configuration"), connection);
    let (mut client, mut server) = (BufReader::new(connection), BufReader::new(server));
    let mut is_first = true;
    while let Some(request) = Message::read(&mut client) {
        let resumed = client.get_ref().conn.handshake_kind() == Some(HandshakeKind::Resumed);
        counts.resumed.fetch_add(usize::from(is_first && resumed), Ordering::Relaxed);
        counts.handshakes.fetch_add(usize::from(is_first), Ordering::Relaxed);
        is_first = false;
        server.get_mut().write_all(&request.bytes()).expect("the server takes requests");
        let response = Message::read(&mut server).expect("the server answers");
        thread::sleep(delay);
        if client.get_mut().write_all(&response.bytes()).is_err() {
            return;
        }
    }
}
