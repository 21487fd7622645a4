//! A DynamoDB of its own: that of a `pail serve` in memory.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use pail_testing::fixtures::tables;

use crate::message::Message;

/// A running server. Dropping it ends the process.
pub struct Dynamodb {
    server: Child,
    address: String,
}

impl Dynamodb {
    /// Starts the command line that `PAIL` names, or else the one beside this program. It has the [`tables`] of the tests.
    pub fn start() -> Self {
        let beside = || env::current_exe().expect("this program").with_file_name("pail");
        let pail = env::var_os("PAIL").map_or_else(beside, PathBuf::from);
        let tables = tables();
        let mut command = Command::new(&pail);
        command.args(["serve", "--port", "0", "--dynamodb-port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        command.envs([
            ("PAIL_APPS_TABLE", tables.apps),
            ("PAIL_OBJECTS_TABLE", tables.objects),
            ("PAIL_INDEX_TABLE", tables.index),
        ]);
        let mut server = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", pail.display()));
        let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
        let lines = output.by_ref().lines().map_while(Result::ok);
        let banner: Vec<String> = lines.take_while(|line| !line.starts_with("Ctrl-C ")).collect();
        // Still open, because a server that cannot print ends.
        server.stdout = Some(output.into_inner());
        let url = banner.iter().find_map(|line| line.strip_prefix("DynamoDB API: http://")?.split(' ').next());
        let address = url.unwrap_or_else(|| panic!("{}: {banner:?}", pail.display())).to_owned();
        Self { server, address }
    }

    /// Answers one call in DynamoDB's JSON protocol: status and body. `target` is the header `X-Amz-Target`.
    pub fn answer(&self, target: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap_or_else(|error| panic!("{}: {error}", self.address));
        let (address, length) = (&self.address, body.len());
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("the server takes calls");
        let reply = Message::read(&mut BufReader::new(stream)).expect("a reply");
        let status = reply.second_word().parse().expect("a status");
        (status, String::from_utf8(reply.body).expect("a reply is text"))
    }
}

impl Drop for Dynamodb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
