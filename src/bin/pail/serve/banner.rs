//! The text that a server prints when it is ready, with lines to paste.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use pail::auth::app_key::AppKey;
use pail::model::id::{AppId, UserId};

use crate::connection::Installation;
use crate::output::Failure;
use crate::token::Token;

/// How long the token of the first line is good.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The facts of the text.
pub struct Banner {
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where the data is.
    pub data: Data,
    /// Where the DynamoDB API listens, if it does.
    pub dynamodb: Option<SocketAddr>,
    /// The apps that the server ensures.
    pub apps: Vec<(AppId, AppKey)>,
}

/// Where the data is.
pub enum Data {
    /// In memory.
    Memory,
    /// In a file.
    File(PathBuf),
    /// In another DynamoDB.
    Elsewhere(String),
}

impl Banner {
    /// The text.
    pub async fn text(&self, installation: &Installation) -> Result<String, Failure> {
        let (api, pail) = (url(self.address), command());
        let mut text = format!("Pail is ready: {api}/api (the site URL for Kii's SDKs)\n");
        let mut add = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).and_then(|()| text.write_char('\n')).map_err(Failure::new)
        };
        match &self.data {
            Data::Memory => {
                add(format_args!("Data: in memory, gone when it stops. To keep it: {pail} serve --data pail.db"))?
            }
            Data::File(file) => add(format_args!("Data: in {}", file.display()))?,
            Data::Elsewhere(url) => add(format_args!("Data: in the DynamoDB at {url}"))?,
        }
        match (self.dynamodb, &self.data) {
            (Some(address), _) => add(format_args!("DynamoDB API: {} (checks no credentials)", url(address)))?,
            (None, Data::Elsewhere(_)) => {}
            (None, _) => {
                add(format_args!("DynamoDB API: none, as port 8000 is taken; --dynamodb-port 0 picks a free one"))?
            }
        }
        for (app, key) in &self.apps {
            add(format_args!("App: {app}, key {}", key.reveal()))?;
        }
        if let Some((app, _)) = self.apps.first() {
            let alice = UserId::parse("alice").map_err(Failure::new)?;
            let token = Token::of_user(app.clone(), alice, TOKEN_LIFETIME).text(installation).await?;
            add(format_args!("\nStore a first object, as the user alice:\n"))?;
            add(format_args!(
                "curl -i {api}/api/apps/{app}/users/me/buckets/notes/objects -H 'Authorization: Bearer {token}' \
                 -H 'Content-Type: application/json' -d '{{\"text\":\"Hello\"}}'"
            ))?;
            if let Some(address) = self.dynamodb {
                let dynamodb = url(address);
                add(format_args!("\nAnother token: {pail} token --endpoint-url {dynamodb} --app {app} --user bob"))?;
                add(format_args!(
                    "Let anybody write to one bucket: {pail} acl grant --endpoint-url {dynamodb} --app {app} --bucket guestbook \
                     CREATE_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER"
                ))?;
            }
        }
        add(format_args!("Ctrl-C stops the server."))?;
        Ok(text)
    }
}

/// The URL of a server on this machine.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// The command by which this program was run.
#[expect(clippy::disallowed_methods, reason = "it shows whether Cargo has started the program")]
pub fn command() -> &'static str {
    // Cargo sets this for what it runs.
    if std::env::var_os("CARGO").is_some() { "cargo run --" } else { "pail" }
}
