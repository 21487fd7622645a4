//! `pail acl`.

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Server, basic, collection, run};

/// A scope as the command line, paths and messages name it, and the subject that may create buckets in it by default.
struct Place {
    flags: &'static [&'static str],
    path: &'static str,
    name: &'static str,
    inhabitant: &'static str,
}

const PLACES: [Place; 4] = [
    Place { flags: &[], path: "", name: "the app demo", inhabitant: "UserID:ANY_AUTHENTICATED_USER" },
    Place {
        flags: &["--user", "alice"],
        path: "users/alice",
        name: "the user alice of the app demo",
        inhabitant: "UserID:alice",
    },
    Place {
        flags: &["--group", "editors"],
        path: "groups/editors",
        name: "the group editors of the app demo",
        inhabitant: "GroupID:editors",
    },
    Place {
        flags: &["--thing", "lamp"],
        path: "things/lamp",
        name: "the thing lamp of the app demo",
        inhabitant: "ThingID:lamp",
    },
];

impl Place {
    /// Runs `pail acl VERB` on this scope.
    fn acl(&self, server: &Server, verb: &str, arguments: &[&str]) -> crate::program::Ran {
        server.pail(&[&["acl", verb, "--app", "demo"], self.flags, arguments].concat())
    }

    fn acl_text(&self, server: &Server, verb: &str, arguments: &[&str]) -> String {
        self.acl(server, verb, arguments).text().to_owned()
    }

    fn acl_json(&self, server: &Server, verb: &str, arguments: &[&str]) -> Value {
        self.acl(server, verb, &[arguments, &["--output", "json"]].concat()).json()
    }

    /// The status that an anonymous caller gets for creating an object in a bucket of this scope.
    fn anonymous(&self, server: &Server, bucket: &str) -> u16 {
        server.create(&collection("demo", self.path, bucket), &basic("demo", "demo-key"), "{}").status
    }
}

#[test]
fn a_scope_has_its_default_until_somebody_changes_it() {
    let server = Server::start(&[]);
    for place in PLACES {
        let (name, inhabitant) = (place.name, place.inhabitant);
        assert_eq!(
            place.acl_text(&server, "show", &[]),
            format!("CREATE_NEW_BUCKET {inhabitant}\n(the default, in force until somebody changes it)")
        );
        let shown = place.acl_json(&server, "show", &[]);
        assert_eq!(shown, json!({"acl": {"CREATE_NEW_BUCKET": [inhabitant]}, "default": true}));
        assert_eq!(dynamodb::scan(&server, "pail-objects").len(), 0, "`show` writes nothing");

        let grant = ["CREATE_NEW_BUCKET", "UserID:ANONYMOUS_USER"];
        assert_eq!(place.anonymous(&server, "first"), 401);
        let granted = format!("CREATE_NEW_BUCKET on the scope of {name} is granted to UserID:ANONYMOUS_USER.");
        assert_eq!(place.acl_text(&server, "grant", &grant), granted);
        assert_eq!(place.anonymous(&server, "first"), 201);
        assert_eq!(place.anonymous(&server, "first"), 401, "the bucket has an ACL of its own");
        let again = format!("CREATE_NEW_BUCKET on the scope of {name} was granted to UserID:ANONYMOUS_USER already.");
        assert_eq!(place.acl_text(&server, "grant", &grant), again);
        assert_eq!(place.acl_json(&server, "grant", &grant), json!({"changed": false}));
        let mut subjects = [inhabitant, "UserID:ANONYMOUS_USER"];
        subjects.sort_unstable();
        let shown = place.acl_json(&server, "show", &[]);
        assert_eq!(shown, json!({"acl": {"CREATE_NEW_BUCKET": subjects}, "default": false}));

        let revoked =
            format!("CREATE_NEW_BUCKET on the scope of {name} is granted to UserID:ANONYMOUS_USER no longer.");
        assert_eq!(place.acl_text(&server, "revoke", &grant), revoked);
        assert_eq!(place.anonymous(&server, "second"), 401);
        let again = format!("CREATE_NEW_BUCKET on the scope of {name} was not granted to UserID:ANONYMOUS_USER.");
        assert_eq!(place.acl_text(&server, "revoke", &grant), again);
        assert_eq!(place.acl_json(&server, "revoke", &grant), json!({"changed": false}));

        let last = ["CREATE_NEW_BUCKET", inhabitant];
        assert_eq!(place.acl_json(&server, "revoke", &last), json!({"changed": true}));
        let empty = format!("The ACL of the scope of {name} grants nothing, except to administrators.");
        assert_eq!(place.acl_text(&server, "show", &[]), empty);
        assert_eq!(place.acl_json(&server, "show", &[]), json!({"acl": {}, "default": false}));
        for item in dynamodb::scan(&server, "pail-objects") {
            let key = json!({"pk": item["pk"], "sk": item["sk"]});
            dynamodb::call(&server, "DeleteItem", &json!({"TableName": "pail-objects", "Key": key}));
        }
    }
}

#[test]
fn a_grant_creates_the_bucket_with_the_default_acl_and_the_new_entry() {
    let server = Server::start(&[]);
    for place in PLACES {
        let name = place.name;
        let entry = ["--bucket", "news", "CREATE_OBJECTS_IN_BUCKET", "UserID:ANONYMOUS_USER"];
        let missing = format!("the bucket news of {name} does not exist, and gets its ACL when it is made");
        assert_eq!(place.acl(&server, "show", &["--bucket", "news"]).failure(), missing);
        let nothing = format!(
            "There is no such bucket, and so nothing to revoke: the bucket news of {name} gets its default ACL when it is made."
        );
        assert_eq!(place.acl_text(&server, "revoke", &entry), nothing);
        assert_eq!(place.acl_json(&server, "revoke", &entry), json!({"changed": false}));
        assert_eq!(place.anonymous(&server, "news"), 401);

        let granted =
            format!("CREATE_OBJECTS_IN_BUCKET on the bucket news of {name} is granted to UserID:ANONYMOUS_USER.");
        assert_eq!(place.acl_text(&server, "grant", &entry), granted);
        assert_eq!(place.anonymous(&server, "news"), 201);
        let shown = place.acl_json(&server, "show", &["--bucket", "news"]);
        assert_eq!(shown, json!({"acl": default_of_news(&place), "default": false}));
        let again = format!(
            "CREATE_OBJECTS_IN_BUCKET on the bucket news of {name} was granted to UserID:ANONYMOUS_USER already."
        );
        assert_eq!(place.acl_text(&server, "grant", &entry), again);

        let revoked = format!(
            "CREATE_OBJECTS_IN_BUCKET on the bucket news of {name} is granted to UserID:ANONYMOUS_USER no longer."
        );
        assert_eq!(place.acl_text(&server, "revoke", &entry), revoked);
        assert_eq!(place.anonymous(&server, "news"), 401);
        let again =
            format!("CREATE_OBJECTS_IN_BUCKET on the bucket news of {name} was not granted to UserID:ANONYMOUS_USER.");
        assert_eq!(place.acl_text(&server, "revoke", &entry), again);
        assert_eq!(place.acl_json(&server, "revoke", &entry), json!({"changed": false}));
    }
}

/// The default ACL of a bucket that an operator created (contract, section 4), with an entry that lets anonymous
/// callers create objects.
fn default_of_news(place: &Place) -> Value {
    let sorted = |mut subjects: Vec<&'static str>| {
        subjects.sort_unstable();
        subjects
    };
    let everybody = "UserID:ANONYMOUS_USER";
    let readers = if place.path.is_empty() { vec![place.inhabitant, everybody] } else { vec![place.inhabitant] };
    let mut acl = json!({
        "CREATE_OBJECTS_IN_BUCKET": sorted(vec![place.inhabitant, everybody]),
        "QUERY_OBJECTS_IN_BUCKET": sorted(readers.clone()),
        "READ_OBJECTS_IN_BUCKET": sorted(readers),
    });
    if !place.path.starts_with("groups") {
        acl["DROP_BUCKET_WITH_ALL_CONTENT"] = json!([place.inhabitant]);
    }
    acl
}

#[test]
fn an_acl_is_shown_with_one_entry_per_line() {
    let server = Server::start(&[]);
    let place = &PLACES[0];
    place.acl_text(&server, "grant", &["--bucket", "news", "READ_OBJECTS_IN_BUCKET", "GroupID:editors"]);
    assert_eq!(
        place.acl_text(&server, "show", &["--bucket", "news"]),
        "CREATE_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER\n\
         DROP_BUCKET_WITH_ALL_CONTENT UserID:ANY_AUTHENTICATED_USER\n\
         QUERY_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER\n\
         QUERY_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER\n\
         READ_OBJECTS_IN_BUCKET GroupID:editors\n\
         READ_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER\n\
         READ_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER"
    );
}

#[test]
fn a_bucket_has_one_acl_under_all_its_names() {
    let server = Server::start(&[]);
    let place = &PLACES[0];
    let grant = |bucket: &str| {
        let entry = ["--bucket", bucket, "CREATE_OBJECTS_IN_BUCKET", "UserID:ANONYMOUS_USER"];
        place.acl_json(&server, "grant", &entry)["changed"].clone()
    };
    assert_eq!(["news", "rw:news", "default:news"].map(grant), [true, false, false]);
    assert_eq!(place.anonymous(&server, "rw:news"), 201);
}

#[test]
fn a_grant_admits_the_callers_that_it_names_and_nobody_else() {
    let server = Server::start(&[]);
    let bearers = [
        &["--user", "bob"][..],
        &["--user", "eve", "--group", "editors"],
        &["--thing", "lamp"],
        &["--user", "mallory"],
    ]
    .map(|bearer| server.bearer("demo", bearer));
    let may = || {
        let path = collection("demo", "users/alice", "drafts");
        bearers.each_ref().map(|bearer| server.create(&path, bearer, "{}").status == 201)
    };
    let grant = |verb: &str, subject: &str| {
        PLACES[1].acl_text(&server, verb, &["--bucket", "drafts", "CREATE_OBJECTS_IN_BUCKET", subject]);
    };
    assert_eq!(may(), [false, false, false, false]);
    grant("grant", "UserID:bob");
    assert_eq!(may(), [true, false, false, false]);
    grant("grant", "GroupID:editors");
    assert_eq!(may(), [true, true, false, false]);
    grant("grant", "ThingID:lamp");
    assert_eq!(may(), [true, true, true, false]);
    grant("grant", "UserID:ANY_AUTHENTICATED_USER");
    assert_eq!(may(), [true, true, true, true]);
    grant("revoke", "UserID:ANY_AUTHENTICATED_USER");
    grant("revoke", "UserID:bob");
    assert_eq!(may(), [false, true, true, false]);
}

#[test]
fn a_verb_that_the_scope_or_bucket_does_not_have_is_refused() {
    let server = Server::start(&[]);
    assert_eq!(
        PLACES[0].acl(&server, "grant", &["READ_OBJECTS_IN_BUCKET", "UserID:bob"]).failure(),
        "an ACL of the scope of the app demo has no READ_OBJECTS_IN_BUCKET; it has CREATE_NEW_BUCKET (with --bucket, a bucket's is meant)"
    );
    assert_eq!(
        PLACES[1].acl(&server, "revoke", &["--bucket", "news", "CREATE_NEW_BUCKET", "UserID:bob"]).failure(),
        "an ACL of the bucket news of the user alice of the app demo has no CREATE_NEW_BUCKET; it has \
         CREATE_OBJECTS_IN_BUCKET, QUERY_OBJECTS_IN_BUCKET, READ_OBJECTS_IN_BUCKET, DROP_BUCKET_WITH_ALL_CONTENT (without --bucket, the scope's is meant, and with --object, an object's)"
    );
    let entry = ["--bucket", "news", "--object", "o1", "READ_OBJECTS_IN_BUCKET", "UserID:bob"];
    assert_eq!(
        PLACES[1].acl(&server, "grant", &entry).failure(),
        "an ACL of the object o1 in the bucket news of the user alice of the app demo has no READ_OBJECTS_IN_BUCKET; it has \
         READ_EXISTING_OBJECT, WRITE_EXISTING_OBJECT (without --object, the bucket's is meant)"
    );
    assert!(dynamodb::scan(&server, "pail-objects").is_empty());
}

#[test]
fn an_invalid_verb_subject_bucket_or_scope_is_refused() {
    let grant = |arguments: &[&str]| run(&[&["acl", "grant", "--app", "demo"], arguments].concat());
    for subject in ["bob", "User:bob", "UserID:", "UserID:me", "GroupID:a/b", "ThingID:..", "GroupID:ANONYMOUS USER"] {
        let ran = grant(&["CREATE_NEW_BUCKET", subject]);
        assert!(ran.misuse().contains("a subject is UserID:{id}, GroupID:{id}, ThingID:{id}, "), "{ran:?}");
    }
    for verb in ["", "create_new_bucket", "WRITE"] {
        let ran = grant(&[verb, "UserID:bob"]);
        assert!(ran.misuse().contains("a verb is one of CREATE_NEW_BUCKET, CREATE_OBJECTS_IN_BUCKET, "), "{ran:?}");
    }
    for bucket in ["", "x", "_x", "users", "a b", "other:news", "rw:rw:news"] {
        let ran = grant(&["--bucket", bucket, "READ_OBJECTS_IN_BUCKET", "UserID:bob"]);
        assert!(ran.misuse().contains("a bucket ID is 2 to 64 of A-Z a-z 0-9 _ -"), "{ran:?}");
    }
    let ran = grant(&["--user", "a", "--group", "b", "CREATE_NEW_BUCKET", "UserID:bob"]);
    assert!(ran.misuse().contains("cannot be used with"), "{ran:?}");
    assert!(grant(&["CREATE_NEW_BUCKET"]).misuse().contains("<SUBJECT>"));
    assert!(grant(&["--user", "me", "CREATE_NEW_BUCKET", "UserID:bob"]).misuse().contains("a user ID is"));
}

#[test]
fn an_acl_that_cannot_be_read_is_reported_and_left_unchanged() {
    let server = Server::start(&[]);
    let place = &PLACES[0];
    place.acl_text(&server, "grant", &["--bucket", "news", "READ_OBJECTS_IN_BUCKET", "UserID:bob"]);
    let mut item = dynamodb::scan(&server, "pail-objects").remove(0);
    item["acl"] = json!({"S": "no map"});
    dynamodb::call(&server, "PutItem", &json!({"TableName": "pail-objects", "Item": item}));
    let message =
        "the stored ACL of the bucket news of the app demo cannot be read, and denies everybody but administrators";
    assert_eq!(place.acl(&server, "show", &["--bucket", "news"]).failure(), message);
    let entry = ["--bucket", "news", "CREATE_OBJECTS_IN_BUCKET", "UserID:bob"];
    for verb in ["grant", "revoke"] {
        assert_eq!(place.acl(&server, verb, &entry).failure(), message);
    }
    assert_eq!(dynamodb::scan(&server, "pail-objects"), [item]);
}

#[test]
fn entries_that_this_version_does_not_know_survive_a_change() {
    let server = Server::start(&[]);
    let place = &PLACES[0];
    place.acl_text(&server, "grant", &["CREATE_NEW_BUCKET", "UserID:bob"]);
    let mut item = dynamodb::scan(&server, "pail-objects").remove(0);
    item["acl"]["M"]["OF_TOMORROW"] = json!({"SS": ["UserID:bob"]});
    item["acl"]["M"]["CREATE_NEW_BUCKET"] = json!({"SS": ["RobotID:r2"]});
    dynamodb::call(&server, "PutItem", &json!({"TableName": "pail-objects", "Item": item}));
    place.acl_text(&server, "grant", &["CREATE_NEW_BUCKET", "UserID:carol"]);
    let shown = place.acl_json(&server, "show", &[]);
    assert_eq!(shown["acl"], json!({"CREATE_NEW_BUCKET": ["UserID:carol"]}), "they are not shown");
    let stored = dynamodb::scan(&server, "pail-objects").remove(0);
    let entries = &stored["acl"]["M"];
    assert_eq!(entries["OF_TOMORROW"], json!({"SS": ["UserID:bob"]}));
    assert!(
        entries["CREATE_NEW_BUCKET"]["SS"].as_array().is_some_and(|subjects| subjects.contains(&json!("RobotID:r2")))
    );
}

#[test]
fn the_acl_of_an_object_is_shown_and_changed_and_the_object_keeps_its_version() {
    let server = Server::start(&[]);
    let place = &PLACES[1];
    let of_o1 = ["--bucket", "news", "--object", "o1"];
    let missing = "the object o1 in the bucket news of the user alice of the app demo does not exist";
    let entry = [&of_o1[..], &["READ_EXISTING_OBJECT", "UserID:bob"]].concat();
    assert_eq!(place.acl(&server, "grant", &entry).failure(), missing);
    let alice = server.bearer("demo", &["--user", "alice"]);
    let created = server.create(&collection("demo", "users/alice", "news"), &alice, "{}");
    let id = created.json()["objectID"].as_str().expect("an ID").to_owned();
    let of_id = ["--bucket", "news", "--object", &id];
    let default = "READ_EXISTING_OBJECT UserID:alice\nWRITE_EXISTING_OBJECT UserID:alice\n\
                   (the default, in force until somebody changes it)";
    assert_eq!(place.acl_text(&server, "show", &of_id), default);
    let entry = [&of_id[..], &["READ_EXISTING_OBJECT", "UserID:bob"]].concat();
    assert_eq!(place.acl_json(&server, "grant", &entry), json!({"changed": true}));
    assert_eq!(place.acl_json(&server, "grant", &entry), json!({"changed": false}));
    let shown = place.acl_json(&server, "show", &of_id);
    let expected =
        json!({"READ_EXISTING_OBJECT": ["UserID:alice", "UserID:bob"], "WRITE_EXISTING_OBJECT": ["UserID:alice"]});
    assert_eq!(shown, json!({"acl": expected, "default": false}));
    let object = dynamodb::scan(&server, "pail-objects").into_iter().find(|item| item["sk"]["S"] == id.as_str());
    assert_eq!(object.expect("the object")["version"]["N"], "1");
}
