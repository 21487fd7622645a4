//! `--stack`: the tables are those of a CloudFormation stack.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::program::{Ran, Server, pail, run_command};

/// A CloudFormation that gives one fixed answer. Returns its URL.
fn cloudformation(status: &'static str, answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // The client may have closed the connection.
            let _ = stream.and_then(|stream| reply(stream, status, answer));
        }
    });
    format!("http://{address}")
}

fn reply(stream: TcpStream, status: &str, answer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().expect("a length is a number"),
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("Action=DescribeStacks") && body.contains("StackName=my-pail"), "{body}");
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n", answer.len());
    reader.get_mut().write_all(format!("{head}Connection: close\r\n\r\n{answer}").as_bytes())
}

/// The apps of the stack `my-pail`.
fn list(server: &Server, cloudformation: &str, arguments: &[&str]) -> Ran {
    let endpoint = server.endpoint();
    let line = ["app", "list", "--endpoint-url", &endpoint, "--stack", "my-pail"];
    let mut command = pail(&[&line, arguments].concat());
    command.env("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudformation);
    run_command(command)
}

const OUTPUTS: &str = "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
    <DescribeStacksResult><Stacks><member><StackName>my-pail</StackName><Outputs>\
    <member><OutputKey>ApiUrl</OutputKey><OutputValue>https://api.example.com/api</OutputValue></member>\
    <member><OutputKey>AppsTable</OutputKey><OutputValue>stack-apps</OutputValue></member>\
    <member><OutputKey>ObjectsTable</OutputKey><OutputValue>stack-objects</OutputValue></member>\
    <member><OutputKey>IndexTable</OutputKey><OutputValue>stack-index</OutputValue></member>\
    </Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";

const NO_OUTPUTS: &str = "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
    <DescribeStacksResult><Stacks><member><StackName>my-pail</StackName></member></Stacks>\
    </DescribeStacksResult></DescribeStacksResponse>";

const NO_STACK: &str = "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error>\
    <Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id my-pail does not exist</Message>\
    </Error></ErrorResponse>";

#[test]
fn the_outputs_of_a_stack_name_its_tables() {
    let server = Server::start(&[]);
    let tables = ["--apps-table", "stack-apps", "--objects-table", "stack-objects"];
    server.pail(&[&["table", "create"], &tables[..]].concat()).text();
    server.pail(&[&["app", "create", "--app", "of-the-stack"], &tables[..]].concat()).text();
    let cloudformation = cloudformation("200 OK", OUTPUTS);
    assert_eq!(list(&server, &cloudformation, &[]).text(), "of-the-stack  enabled");
    let flag = ["--apps-table", "pail-apps"];
    assert_eq!(list(&server, &cloudformation, &flag).text(), "demo  enabled", "a flag overrides the stack");
}

#[test]
fn a_stack_of_another_product_is_reported() {
    let server = Server::start(&[]);
    let ran = list(&server, &cloudformation("200 OK", NO_OUTPUTS), &[]);
    assert_eq!(ran.failure(), "the stack my-pail has no output AppsTable: is it one of Pail's?");
}

#[test]
fn a_missing_stack_is_reported() {
    let server = Server::start(&[]);
    let ran = list(&server, &cloudformation("400 Bad Request", NO_STACK), &[]);
    assert_eq!(
        ran.failure(),
        "the stack my-pail cannot be looked up: ValidationError: Stack with id my-pail does not exist"
    );
}
