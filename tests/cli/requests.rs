//! Valid and invalid HTTP requests to `pail serve`. After each of them, the server still works.

use crate::dynamodb;
use crate::program::{NOTES, Server, basic, collection};
use crate::wire::{self, Connection};

/// The maximum number of characters of a body.
const MOST: usize = 65_534;
const MEBIBYTE: usize = 1024 * 1024;

/// A server, and a user of its demo app.
fn server() -> (Server, String) {
    let server = Server::start(&[]);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    (server, bearer)
}

fn headers(bearer: &str) -> [(&str, &str); 2] {
    [("Authorization", bearer), ("Content-Type", "application/json")]
}

/// A JSON object of this many characters.
fn document(characters: usize) -> String {
    format!(r#"{{"text":"{}"}}"#, "x".repeat(characters - r#"{"text":""}"#.len()))
}

#[test]
fn a_body_may_have_65534_characters_of_any_width() {
    let (server, bearer) = server();
    server.create(NOTES, &bearer, &document(MOST)).assert_created();
    let wide = document(MOST).replace('x', "\u{1f600}");
    assert_eq!((wide.chars().count(), wide.len() > 4 * MOST - 50), (MOST, true));
    server.create(NOTES, &bearer, &wide).assert_created();
    let mut stored = dynamodb::contents(&server);
    stored.sort_by_key(String::len);
    assert!(stored == [document(MOST), wide], "what is stored is what was sent");
}

#[test]
fn a_larger_body_is_read_to_its_end_and_refused() {
    let (server, bearer) = server();
    for size in [MOST + 1, 4 * MOST + 1, MEBIBYTE, 10 * MEBIBYTE] {
        let mut connection = Connection::open(&server.api);
        // The whole body is sent before the answer is read.
        connection.send(&wire::whole("POST", NOTES, &headers(&bearer), document(size).as_bytes()));
        let refused = connection.receive().expect("every client sees the answer");
        refused.assert_refused(413, "INVALID_INPUT_DATA");
        let passed = if size <= 2 * MOST { MOST } else { 2 * MOST };
        assert_eq!(refused.json()["maximumCharacters"], passed, "{refused:?}");
        // The connection can be used for more requests.
        connection.send(&wire::whole("POST", NOTES, &headers(&bearer), b"{}"));
        connection.receive().expect("an answer").assert_created();
    }
    assert_eq!(dynamodb::contents(&server), ["{}"; 4]);
}

#[test]
fn a_body_over_10_mebibytes_is_not_read_to_its_end() {
    let (server, bearer) = server();
    let mut connection = Connection::open(&server.api);
    connection.try_send(&wire::whole("POST", NOTES, &headers(&bearer), document(12 * MEBIBYTE).as_bytes()));
    if let Some(refused) = connection.receive() {
        refused.assert_refused(413, "INVALID_INPUT_DATA");
        assert_eq!(refused.header("connection"), Some("close"), "{refused:?}");
    }
    connection.assert_closed();
    server.assert_alive();
}

#[test]
fn a_chunked_body_without_end_is_not_read_on() {
    let (server, bearer) = server();
    let mut connection = Connection::open(&server.api);
    let chunked = [&headers(&bearer)[..], &[("Transfer-Encoding", "chunked")]].concat();
    connection.send(wire::head("POST", NOTES, &chunked).as_bytes());
    let chunk = [format!("{MEBIBYTE:x}\r\n").as_bytes(), &vec![b' '; MEBIBYTE], b"\r\n"].concat();
    for _ in 0..12 {
        connection.try_send(&chunk);
    }
    if let Some(refused) = connection.receive() {
        refused.assert_refused(413, "INVALID_INPUT_DATA");
    }
    server.assert_alive();
}

#[test]
fn a_chunked_body_is_assembled() {
    let (server, bearer) = server();
    let mut connection = Connection::open(&server.api);
    let chunked = [&headers(&bearer)[..], &[("Transfer-Encoding", "chunked")]].concat();
    connection.send(wire::head("POST", NOTES, &chunked).as_bytes());
    // The second chunk begins in the middle of a character, and the last has a trailer field.
    for chunk in
        [&b"8;x=y\r\n{\"a\":\"\xc3\xa4\r\n"[..], b"1\r\n\xc3\r\n", b"3\r\n\xb6\"}\r\n", b"0\r\nX-Late: 1\r\n\r\n"]
    {
        connection.send(chunk);
    }
    connection.receive().expect("an answer").assert_created();
    assert_eq!(dynamodb::contents(&server), [r#"{"a":"äö"}"#]);
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let (server, bearer) = server();
    let mut connection = Connection::open(&server.api);
    for (method, status) in
        [("POST", 201), ("GET", 200), ("OPTIONS", 204), ("HEAD", 200), ("DELETE", 405), ("PATCH", 405), ("POST", 201)]
    {
        connection.send(&wire::whole(method, NOTES, &headers(&bearer), b"{}"));
        let answer = connection.receive_answer_to(method).expect("the connection stays open");
        assert_eq!(answer.status, status, "{method}: {answer:?}");
    }
}

#[test]
fn requests_sent_in_one_go_are_answered_in_their_order() {
    let (server, bearer) = server();
    let mut connection = Connection::open(&server.api);
    let create = |body: &str| wire::whole("POST", NOTES, &headers(&bearer), body.as_bytes());
    let options = wire::whole("OPTIONS", NOTES, &[], b"");
    connection.send(&[create("{}"), options, create("["), create("{}")].concat());
    let statuses = [(); 4].map(|()| connection.receive().expect("an answer").status);
    assert_eq!(statuses, [201, 204, 400, 201]);
}

#[test]
fn other_methods_are_refused_with_the_allowed_ones() {
    let (server, bearer) = server();
    for method in ["PUT", "PATCH", "DELETE", "TRACE", "post", "BREW"] {
        let refused = wire::request(&server.api, method, NOTES, &headers(&bearer), b"");
        assert_eq!(
            (refused.status, refused.header("allow")),
            (405, Some("GET, HEAD, OPTIONS, POST")),
            "{method}: {refused:?}"
        );
        if method != "HEAD" {
            refused.assert_refused(405, "METHOD_NOT_ALLOWED");
        }
    }
    let preflight = wire::request(&server.api, "OPTIONS", NOTES, &[("Origin", "https://app.example.com")], b"");
    assert_eq!((preflight.status, preflight.body.as_str()), (204, ""), "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET, HEAD, OPTIONS, POST"), "{preflight:?}");
    server.assert_alive();
}

#[test]
fn an_answer_shows_the_host_that_the_client_called() {
    let (server, bearer) = server();
    let created = server.create(NOTES, &bearer, "{}");
    let id = created.assert_created();
    let url = format!("http://pail.example.com/api/apps/demo/users/alice/buckets/notes/objects/{id}");
    assert_eq!(created.header("location"), Some(url.as_str()));
    assert_eq!(created.header("etag"), Some("\"1\""));
    // A tunnel says by which scheme the client called it. Nothing else that a proxy may say counts.
    for (forwarded, scheme) in [
        ("https", "https"),
        ("HTTPS", "https"),
        ("http", "http"),
        ("ftp", "http"),
        ("https,http", "http"),
        ("", "http"),
    ] {
        let proxy = [("X-Forwarded-Proto", forwarded), ("X-Forwarded-Host", "other")];
        let headers = [&[("Authorization", bearer.as_str())][..], &proxy].concat();
        let created = wire::request(&server.api, "POST", NOTES, &headers, b"{}");
        let base = format!("{scheme}://pail.example.com/api/");
        assert!(created.header("location").is_some_and(|url| url.starts_with(&base)), "{forwarded}: {created:?}");
    }
}

#[test]
fn a_target_may_be_absolute_and_have_a_query() {
    let (server, bearer) = server();
    for target in
        [format!("http://pail.example.com{NOTES}"), format!("{NOTES}?disable_cache=1&x=%zz"), format!("{NOTES}?")]
    {
        server.create(&target, &bearer, "{}").assert_created();
    }
}

#[test]
fn invalid_paths_get_the_errors_of_the_contract() {
    let (server, bearer) = server();
    let long = format!("/{}", "a".repeat(20_000));
    for (path, status, error_code) in [
        ("/", 404, "NOT_FOUND"),
        ("//", 404, "NOT_FOUND"),
        ("*", 404, "NOT_FOUND"),
        ("/api", 404, "NOT_FOUND"),
        (&long, 404, "NOT_FOUND"),
        ("//api/apps/demo/buckets/notes/objects", 404, "NOT_FOUND"),
        ("/api/apps/demo/buckets//objects", 404, "NOT_FOUND"),
        ("/api/apps/demo/buckets/notes/objects/", 404, "NOT_FOUND"),
        ("/api/apps/demo/buckets%2Fnotes/objects", 404, "NOT_FOUND"),
        // A bucket with a slash in its ID, which takes no POST.
        ("/api/apps/demo/buckets/notes%2Fobjects", 405, "METHOD_NOT_ALLOWED"),
        ("/api/apps/demo/buckets/no%2Ftes/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/no%00tes/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/no%zztes/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/notes%/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/%ff%fe/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/n%C3%B6tes/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/nötes/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/../objects", 400, "INVALID_BUCKET"),
        ("/api/apps/demo/buckets/%2E%2E/objects", 400, "INVALID_BUCKET"),
        ("/api/apps/../buckets/notes/objects", 400, "INVALID_INPUT_DATA"),
        ("/api/apps/demo/users/a%20b/buckets/notes/objects", 400, "INVALID_INPUT_DATA"),
    ] {
        let refused = server.create(path, &bearer, "{}");
        refused.assert_refused(status, error_code);
        assert!(!refused.body.contains('%'), "{refused:?}");
    }
    assert!(dynamodb::contents(&server).is_empty());
    server.assert_alive();
}

#[test]
fn header_fields_beyond_ascii_get_the_errors_of_the_contract() {
    let (server, bearer) = server();
    for (field, status, error_code) in [
        (&b"Authorization: Bearer \xff\xfe"[..], 403, "WRONG_TOKEN"),
        (b"Authorization: \xe4", 401, "UNAUTHORIZED"),
        (b"Authorization: Basic \xc3\xa4", 401, "UNAUTHORIZED"),
        (b"X-Kii-AppID: demo\r\nX-Kii-AppKey: \xff", 401, "UNAUTHORIZED"),
    ] {
        let length = b"\r\nContent-Length: 2\r\n\r\n{}";
        let mut connection = Connection::open(&server.api);
        let line = format!("POST {NOTES} HTTP/1.1\r\nHost: h\r\n");
        connection.send(&[line.as_bytes(), field, length].concat());
        connection.receive().expect("an answer").assert_refused(status, error_code);
    }
    let mut connection = Connection::open(&server.api);
    let line = format!("POST {NOTES} HTTP/1.1\r\nHost: h\r\nAuthorization: {bearer}\r\nContent-Length: 2\r\n");
    connection.send(&[line.as_bytes(), b"Content-Type: application/j\xf6son\r\n\r\n{}"].concat());
    let refused = connection.receive().expect("an answer");
    refused.assert_refused(400, "INVALID_DATA_TYPE");
    assert_eq!(refused.json()["contentType"], "application/jöson");
    // A field that is not read may have any value.
    let line = format!("POST {NOTES} HTTP/1.1\r\nHost: höst\r\nAuthorization: {bearer}\r\nContent-Length: 2\r\n");
    connection.send(&[line.as_bytes(), b"X-Other: \x80\xff\r\n\r\n{}"].concat());
    connection.receive().expect("an answer").assert_created();
}

#[test]
fn two_sets_of_credentials_count_as_none() {
    let (server, bearer) = server();
    let basic = basic("demo", "demo-key");
    for other in [&bearer, &basic] {
        let headers = [("Authorization", bearer.as_str()), ("Authorization", other.as_str())];
        wire::request(&server.api, "POST", NOTES, &headers, b"{}").assert_refused(401, "UNAUTHORIZED");
    }
    assert!(dynamodb::contents(&server).is_empty());
}

#[test]
fn the_headers_of_kii_before_a_log_in_are_credentials() {
    let (server, _) = server();
    let headers = [("X-Kii-AppID", "demo"), ("X-Kii-AppKey", "demo-key")];
    let refused = wire::request(&server.api, "POST", &collection("demo", "", "notes"), &headers, b"{}");
    refused.assert_refused(401, "UNAUTHORIZED");
    assert_eq!(refused.json()["authenticatedPrincipalID"], "ANONYMOUS_USER", "{refused:?}");
}

#[test]
fn a_client_that_expects_100_continue_gets_it() {
    let (server, bearer) = server();
    let mut connection = Connection::open(&server.api);
    let length = [("Content-Length", "2"), ("Expect", "100-continue")];
    connection.send(wire::head("POST", NOTES, &[&headers(&bearer)[..], &length].concat()).as_bytes());
    connection.assert_continue();
    connection.send(b"{}");
    let created = connection.receive().expect("an answer");
    created.assert_created();
    assert!(created.interim.is_empty(), "{created:?}");
}

#[test]
fn requests_that_are_not_http_are_refused() {
    let server = Server::start(&[]);
    for garbage in [
        &b"\x00\x01\x02\x03\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a client that speaks TLS",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: two\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n{}",
    ] {
        let mut connection = Connection::open(&server.api);
        connection.try_send(garbage);
        if let Some(refused) = connection.receive() {
            assert_eq!(refused.status, 400, "{refused:?}");
        }
        connection.assert_closed();
    }
    let huge = "x".repeat(MEBIBYTE);
    for large in [wire::head("POST", NOTES, &[("X-Huge", &huge)]), wire::head("POST", &format!("/{huge}"), &[])] {
        let mut connection = Connection::open(&server.api);
        connection.try_send(large.as_bytes());
        if let Some(refused) = connection.receive() {
            assert!([414, 431].contains(&refused.status), "{refused:?}");
        }
    }
    server.assert_alive();
}

#[test]
fn requests_that_stop_in_the_middle_store_nothing() {
    let (server, bearer) = server();
    let whole = String::from_utf8(wire::whole("POST", NOTES, &headers(&bearer), br#"{"n":1}"#)).unwrap();
    for length in (0..whole.len()).step_by(7).chain(whole.len() - 7..whole.len()) {
        let mut connection = Connection::open(&server.api);
        connection.send(&whole.as_bytes()[..length]);
        // Some clients close the connection, others only their sending side.
        if length % 2 == 0 {
            connection.finish_sending();
            assert!(connection.receive().is_none_or(|refused| refused.status == 400), "{length}");
        }
    }
    server.assert_alive();
    assert_eq!(dynamodb::contents(&server), [r#"{"text":"Hello"}"#]);
}

#[test]
fn a_body_that_is_cut_is_refused_in_json() {
    let (server, bearer) = server();
    let with =
        |field: (&'static str, &'static str)| wire::head("POST", NOTES, &[("Authorization", bearer.as_str()), field]);
    for cut in [
        with(("Content-Length", "100")) + "{}",
        with(("Transfer-Encoding", "chunked")) + "5\r\n{}",
        with(("Transfer-Encoding", "chunked")) + "no number\r\n{}\r\n0\r\n\r\n",
    ] {
        let mut connection = Connection::open(&server.api);
        connection.send(cut.as_bytes());
        connection.finish_sending();
        connection.receive().expect("an answer").assert_refused(400, "INVALID_JSON");
    }
    assert!(dynamodb::contents(&server).is_empty());
    server.assert_alive();
}

#[test]
fn bodies_that_are_no_json_object_are_refused_with_the_position() {
    let (server, bearer) = server();
    for body in [&b""[..], b"[]", b"{", b"{}{}", b"{\"a\":\"\xff\"}", b"\xef\xbb\xbf{}", b"{\"a\":1,\"a\":2}", b"\0"] {
        let refused = wire::request(&server.api, "POST", NOTES, &headers(&bearer), body);
        refused.assert_refused(400, "INVALID_JSON");
        assert!(refused.json()["message"].as_str().is_some_and(|text| text.contains("line 1, column")), "{refused:?}");
    }
    assert!(dynamodb::contents(&server).is_empty());
}
