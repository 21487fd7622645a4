//! Bodies: the stored text, and refusals (section 3).

use std::fmt::Write;

use pail_testing::tree::compact;
use pail_testing::{Call, Gateway, Installation, callers};

/// The maximum number of characters of a stored object.
const MOST: usize = 65_534;
/// The maximum number of characters of a body.
const MOST_SENT: usize = 131_068;

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

/// An object of this many characters. Its text consists of `character`.
fn of_length(characters: usize, character: char) -> String {
    let frame = r#"{"a":""}"#.len();
    format!(r#"{{"a":"{}"}}"#, character.to_string().repeat(characters - frame))
}

fn nested(levels: usize) -> String {
    format!(r#"{{"a":{}1{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1))
}

#[tokio::test]
async fn an_object_is_stored_as_sent_without_the_white_space_between_tokens() {
    let installation = Installation::start().await;
    let deepest = nested(32);
    for text in [
        "{}",
        "{ }",
        " \t\r\n{\"a\" : 1 ,\n\"b\":[ ] }\n ",
        "{\"a b\" : \" \\t \\\" : , \" ,\r\"c\\\\\":\t[ 1 , 2.0 , { \"d\" : null } ]}",
        r#"{"n":[1.0,1e5,1E+400,-0,-0.0,0.1,123456789012345678901234567890.12345678901234567890,1e-7]}"#,
        r#"{"s":"\u0041\ud83d\ude00\/\"\\\b\f\n\r\t","raw":"😀é/","nul":"\u0000","line":"\u2028"}"#,
        r#"{"":0,"a":{"_kept":1,"":2},"A":[true,false,null],"é":{}}"#,
        r#"{"a_":1,"b":"_c","\u0061_b":2}"#,
        &deepest,
    ] {
        for gateway in Gateway::ALL {
            let call = call().through(gateway).body(text);
            assert_eq!(installation.stored(&call).await, compact(text));
            assert_eq!(installation.stored(&call.in_base64()).await, compact(text));
        }
    }
}

#[tokio::test]
async fn members_of_the_server_are_removed_from_the_top_level_and_nothing_else_is_changed() {
    let installation = Installation::start().await;
    for (sent, stored) in [
        (r#"{"_id":"x"}"#, "{}"),
        (r#"{"_id":"x","a":1.0}"#, r#"{"a":1.0}"#),
        (r#"{"a":1.0,"_id":"x"}"#, r#"{"a":1.0}"#),
        (r#"{"a":1,"_id":"x","_created":1,"b":2}"#, r#"{"a":1,"b":2}"#),
        (r#"{"\u005fid":1,"a":{"_id":2}}"#, r#"{"a":{"_id":2}}"#),
        (r#"{"_":[{"b":"}"}],"a":"_"}"#, r#"{"a":"_"}"#),
    ] {
        for gateway in Gateway::ALL {
            assert_eq!(installation.stored(&call().through(gateway).body(sent)).await, stored, "{sent}");
        }
    }
    for sent in [
        "{ \"_a\" : 1 , \"b\" : 2.50 , \"_c\" : 3 }",
        "{\n  \"b\": 2.50,\n  \"_c\": 3\n}",
        "{\"_a\":1 , \"_d\":1\n, \"b\":2.50 }",
    ] {
        assert_eq!(installation.stored(&call().body(sent)).await, r#"{"b":2.50}"#, "{sent}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_400_with_the_position_of_the_fault() {
    let installation = Installation::start().await;
    let too_deep = nested(33);
    for (text, line, column) in [
        ("", 1, 1),
        (" ", 1, 2),
        ("[]", 1, 1),
        ("\"x\"", 1, 1),
        ("1", 1, 1),
        ("null", 1, 1),
        ("{", 1, 2),
        ("{\"a\"", 1, 5),
        ("{\"a\":1,}", 1, 8),
        ("{\"a\":1,\n  x}", 2, 3),
        ("{\"é\":x}", 1, 6),
        ("{\"a\":1}x", 1, 8),
        ("{}{}", 1, 3),
        ("{}\n\n]", 3, 1),
        ("{\"a\":01}", 1, 7),
        ("{'a':1}", 1, 2),
        ("{a:1}", 1, 2),
        ("\u{feff}{}", 1, 1),
        (&too_deep, 1, 37),
    ] {
        for gateway in Gateway::ALL {
            let call = call().through(gateway).body(text);
            let answer = installation.refused_unread(&call, 400, "INVALID_JSON").await;
            let place = format!("line {line}, column {column}");
            assert!(answer.text("message").contains(&place), "{text:?} at {place}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn ambiguous_or_meaningless_json_is_400() {
    let installation = Installation::start().await;
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"b":[{"a":1,"a":1}]}"#,
        r#"{"_a":1,"_a":2}"#,
        r#"{"a":"\ud83d"}"#,
        r#"{"a":"\ude00"}"#,
        r#"{"a":"\ud83d\ud83d"}"#,
        r#"{"a":"\ude00\ud83d"}"#,
        r#"{"\ud83d":1}"#,
        r#"{"a":"\x41"}"#,
        r#"{"a":"\u12"}"#,
        r#"{"a":"\u+123"}"#,
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\n\"}",
        r#"{"a":+1}"#,
        r#"{"a":.5}"#,
        r#"{"a":1.}"#,
        r#"{"a":1e}"#,
        r#"{"a":-}"#,
        r#"{"a":0x1}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":True}"#,
        r#"{"a":nul}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a" 1}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":[1}"#,
        r#"{"a":{]}"#,
        r#"{"a":1/*c*/}"#,
        "{\"a\":1}\0",
        "{\u{a0}}",
    ] {
        installation.refused_unread(&call().body(text), 400, "INVALID_JSON").await;
    }
}

#[tokio::test]
async fn a_body_in_another_encoding_is_400() {
    let installation = Installation::start().await;
    let utf_16: Vec<u8> = r#"{"a":1}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        b"{\"a\":\"\xff\"}".to_vec(),
        b"{\"a\":\"\xc3\"}".to_vec(),
        // An overlong encoding, and half of a surrogate pair.
        b"{\"a\":\"\xc0\xaf\"}".to_vec(),
        b"{\"a\":\"\xed\xa0\x80\"}".to_vec(),
        b"\xff\xfe{}".to_vec(),
        utf_16,
    ] {
        for gateway in Gateway::ALL {
            let call = call().through(gateway).body(bytes.clone()).in_base64();
            installation.refused_unread(&call, 400, "INVALID_JSON").await;
        }
    }
}

#[tokio::test]
async fn base64_that_cannot_be_decoded_is_400() {
    let installation = Installation::start().await;
    for body in ["{}", "e30", "e3 0=", "!", "e30=e30=", "e31=", "_-__"] {
        for gateway in Gateway::ALL {
            let mut event = call().through(gateway).event();
            event["body"] = body.into();
            event["isBase64Encoded"] = true.into();
            let answer = installation.answer_event(&event.to_string()).await;
            assert_eq!((answer.status, answer.error_code().as_str()), (400, "INVALID_JSON"), "{body}");
        }
    }
    assert_eq!(installation.count().await, (0, 0));
}

#[tokio::test]
async fn an_object_has_at_most_65534_characters_whatever_their_length_in_bytes() {
    for character in ['x', 'é', '\u{20ac}', '😀'] {
        let too_large = of_length(MOST + 1, character);
        for gateway in Gateway::ALL {
            let installation = Installation::start().await;
            let call = call().through(gateway);
            for fits in [of_length(MOST - 1, character), of_length(MOST, character)] {
                assert_eq!(installation.stored(&call.clone().body(fits.as_str())).await, fits);
                assert_eq!(installation.stored(&call.clone().body(fits.as_str()).in_base64()).await, fits);
            }
            for too_large in [call.clone().body(too_large.as_str()), call.body(too_large.as_str()).in_base64()] {
                let answer = installation.refused_unread(&too_large, 413, "INVALID_INPUT_DATA").await;
                assert_eq!(answer.json()["maximumCharacters"], MOST);
            }
        }
    }
}

#[tokio::test]
async fn the_limit_applies_to_the_stored_text_so_that_an_object_can_be_sent_back_as_read() {
    let installation = Installation::start().await;
    // White space and members of the server up to twice the limit, and the members that a read adds.
    let wraps: [fn(&str) -> String; 3] = [
        |object| format!("{}{object}", " ".repeat(MOST_SENT - object.len())),
        |object| {
            let filler = "é".repeat(MOST_SENT - object.len() - 8);
            object.replacen('{', &format!(r#"{{"_a":"{filler}","#), 1)
        },
        |object| object.replacen('}', r#","_id":"x","_created":1,"_modified":2,"_owner":"alice","_version":"1"}"#, 1),
    ];
    for wrap in wraps {
        let (largest, too_large) = (of_length(MOST, 'x'), wrap(&of_length(MOST + 1, 'x')));
        assert!(too_large.chars().count() <= MOST_SENT);
        for call in [call().body(wrap(&largest)), call().body(wrap(&largest)).in_base64()] {
            assert_eq!(installation.stored(&call).await, largest);
        }
        let answer = installation.refused_unread(&call().body(too_large), 413, "INVALID_INPUT_DATA").await;
        assert_eq!(answer.json()["maximumCharacters"], MOST);
    }
}

#[tokio::test]
async fn a_body_over_twice_the_limit_is_refused_before_it_is_parsed() {
    let installation = Installation::start().await;
    let blanks = format!("{}{{}}", " ".repeat(MOST_SENT - 1));
    let of_the_server = format!(r#"{{"_a":"{}"}}"#, "x".repeat(MOST_SENT));
    let brackets = "[".repeat(MOST_SENT + 1);
    for text in [blanks, of_the_server, brackets, "x".repeat(5_000_000), "\u{feff}".repeat(MOST_SENT + 1)] {
        for call in [call().body(text.as_str()), call().body(text.as_str()).in_base64()] {
            let answer = installation.refused_unread(&call, 413, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.json()["maximumCharacters"], MOST_SENT);
        }
    }
    // The size of a body that is not UTF-8 is counted in bytes.
    installation.refused_unread(&call().body(vec![0xff; MOST_SENT]), 400, "INVALID_JSON").await;
    installation.refused_unread(&call().body(vec![0xff; MOST_SENT + 1]), 413, "INVALID_INPUT_DATA").await;
}

#[tokio::test]
async fn a_body_with_a_content_encoding_is_415() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        for encoding in ["gzip", "br", "deflate", "identity, gzip", "x"] {
            let call = call().through(gateway).header("Content-Encoding", encoding);
            let answer = installation.refused_unread(&call, 415, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.text("field"), "Content-Encoding", "{encoding:?}");
            // For any body.
            installation.refused_unread(&call.body(vec![0x1f, 0x8b, 8, 0]), 415, "INVALID_INPUT_DATA").await;
        }
        for encoding in ["identity", "Identity"] {
            installation.created(&call().through(gateway).header("content-encoding", encoding)).await;
        }
    }
}

#[tokio::test]
async fn an_object_may_have_as_many_members_as_fit() {
    let installation = Installation::start().await;
    let mut text = String::from("{");
    for member in 0..7000 {
        write!(text, r#""{member:x}":0,"#).unwrap();
    }
    let text = format!("{}}}", text.trim_end_matches(','));
    assert!(text.len() < MOST);
    assert_eq!(installation.stored(&call().body(text.as_str())).await, text);
}
