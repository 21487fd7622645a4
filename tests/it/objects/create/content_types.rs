//! Content types, and the data types of objects that follow from them (section 3).

use pail_testing::{Call, Gateway, Installation, callers};

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice"))
}

#[tokio::test]
async fn the_content_type_sets_the_data_type_of_the_object() {
    let installation = Installation::start().await;
    let longest = format!("application/vnd.demo.{}+json", "x".repeat(100));
    for (value, expected) in [
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        (" application/json ", "application/json"),
        ("application/json;charset=utf-8", "application/json"),
        ("application/json; charset=UTF-8", "application/json"),
        ("application/json ; charset=\"utf-8\"", "application/json"),
        ("application/json; Charset=Utf-8; version=1", "application/json"),
        ("application/json;", "application/json"),
        ("application/json; boundary=\"a;b\"", "application/json"),
        ("", "application/json"),
        (" ", "application/json"),
        ("application/vnd.demo.note+json", "application/vnd.demo.note+json"),
        ("application/vnd.demo.Note.v1_2+x-y+json", "application/vnd.demo.Note.v1_2+x-y+json"),
        ("APPLICATION/VND.demo.Note+JSON;charset=utf-8", "application/vnd.demo.Note+json"),
        ("application/vnd.demo.+json+json", "application/vnd.demo.+json+json"),
        (&longest, &longest),
    ] {
        for gateway in Gateway::ALL {
            let (answer, items) = installation.created(&call().through(gateway).content_type(value)).await;
            assert_eq!(answer.text("dataType"), expected, "{value:?}");
            let object = items.values().find(|item| item.get("content").is_some()).expect("an object");
            assert_eq!(object["data_type"]["S"], expected, "{value:?}");
        }
    }
    let (answer, _) = installation.created(&call().without("content-type")).await;
    assert_eq!(answer.text("dataType"), "application/json");
}

#[tokio::test]
async fn any_other_content_type_is_400_and_echoed() {
    let installation = Installation::start().await;
    let (too_long, very_long) = (format!("application/vnd.demo.{}+json", "x".repeat(101)), "x".repeat(1000));
    for value in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "application/",
        "application/json+x",
        "application/ld+json",
        "application/vnd.demo.+json",
        "application/vnd.demo.note",
        "application/vnd.demo+json",
        "application/vnd.Demo.note+json",
        "application/vnd.other.note+json",
        "application/vnd.demo.a b+json",
        "application/vnd.demo.a/b+json",
        "application/vnd.demo.50%+json",
        "application/vnd.demo.ä+json",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/json; charset=\"utf-8",
        "application/json; charset=utf-8; charset=latin1",
        "application/json; charset",
        "application/json charset=utf-8",
        "application/json, application/json",
        "application/json; charset=utf-8, text/plain",
        &too_long,
        &very_long,
    ] {
        for gateway in Gateway::ALL {
            let call = call().through(gateway).content_type(value);
            let answer = installation.refused_unread(&call, 400, "INVALID_DATA_TYPE").await;
            assert_eq!(answer.text("contentType"), value.chars().take(128).collect::<String>());
        }
    }
}

#[tokio::test]
async fn two_content_types_are_400_even_if_they_are_the_same() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        let doubled = call().through(gateway).header("content-type", "application/json");
        installation.refused_unread(&doubled, 400, "INVALID_DATA_TYPE").await;
    }
}
