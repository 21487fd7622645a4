//! TLS before a server that has none, as DynamoDB has it.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::function::Variable;
use crate::message::Message;

/// Tells a function where DynamoDB is.
pub const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// Where Amazon Linux and Debian keep the certificates that clients trust.
const BUNDLES: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// The machine's file of trusted certificates.
pub fn bundle() -> Option<&'static str> {
    BUNDLES.into_iter().find(|file| Path::new(file).exists())
}

/// A port that speaks TLS, and hands on what it is asked.
pub struct Tls {
    address: SocketAddr,
    /// Where the certificates are that a client has to trust: the machine's, and that of this port.
    trusted: PathBuf,
    handshakes: Arc<AtomicUsize>,
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
        let bundle = bundle().map(|file| fs::read_to_string(file).expect("certificates")).unwrap_or_default();
        fs::write(&trusted, bundle + &authority.pem()).expect("a file");

        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let tls = Self { address: listener.local_addr().expect("an address"), trusted, handshakes: Arc::default() };
        let (server, handshakes) = (url.trim_start_matches("http://").to_owned(), tls.handshakes.clone());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (server, config, handshakes) = (server.clone(), config.clone(), handshakes.clone());
                thread::spawn(move || serve(connection, &server, config, &handshakes, delay));
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
        self.handshakes.load(Ordering::Relaxed)
    }
}

/// Hands requests on until the connection is closed.
fn serve(connection: TcpStream, server: &str, config: Arc<ServerConfig>, handshakes: &AtomicUsize, delay: Duration) {
    let server = TcpStream::connect(server).expect("the server");
    for stream in [&connection, &server] {
        stream.set_nodelay(true).expect("an option of every connection");
    }
    let connection = StreamOwned::new(ServerConnection::new(config).expect("a configuration"), connection);
    let (mut client, mut server) = (BufReader::new(connection), BufReader::new(server));
    let mut is_first = true;
    while let Some(request) = Message::read(&mut client) {
        handshakes.fetch_add(usize::from(is_first), Ordering::Relaxed);
        is_first = false;
        server.get_mut().write_all(&request.bytes()).expect("the server takes requests");
        let response = Message::read(&mut server).expect("the server answers");
        thread::sleep(delay);
        if client.get_mut().write_all(&response.bytes()).is_err() {
            return;
        }
    }
}
