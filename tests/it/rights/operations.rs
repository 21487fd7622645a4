//! Requests for all callers × bucket or none × object absent, live, deleted × ACLs default, changed, unreadable × scopes ×
//! operations, compared with the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::model::{CALLERS, Caller, HOMES, Home};
use super::state::{Bucket, Object, buckets, build, build_scope, clean, objects, resources, scopes};
use super::verdicts::{Level, Operation, Resource, SUBJECT, There, Verdict, verdict};
use pail_testing::{Answer, Call, Installation, Items, figure, only_case};

fn path(home: &Home, level: Level) -> String {
    match level {
        Level::Scope => format!("/api/apps/{}", home.scope),
        Level::Bucket => format!("/api/apps/{}/buckets/notes", home.scope),
        Level::Object => format!("/api/apps/{}/buckets/notes/objects/o1", home.scope),
    }
}

fn call(operation: Operation, caller: &Caller, home: &Home) -> Call {
    let (level, verb) = (operation.level(), operation.level().verb());
    let below = match operation {
        Operation::Get
        | Operation::Head
        | Operation::Put
        | Operation::PutIfMatch
        | Operation::Patch
        | Operation::Delete
        | Operation::GetBucket
        | Operation::HeadBucket
        | Operation::PutBucket
        | Operation::DropBucket => String::new(),
        Operation::Query | Operation::Count => "/query".to_owned(),
        Operation::ListBuckets => "/buckets".to_owned(),
        Operation::GetAcl(_) | Operation::HeadAcl(_) | Operation::Replace(_) => "/acl".to_owned(),
        Operation::GetVerb(_) => format!("/acl/{verb}"),
        Operation::GetEntry(_) | Operation::Grant(_) | Operation::Revoke(_) => format!("/acl/{verb}/{SUBJECT}"),
        Operation::RevokeInhabitants(_) => format!("/acl/{verb}/{}", home.inhabitant),
    };
    let call = Call::object(operation.method(), home.scope, "notes", "o1");
    let call = (caller.credentials)(call.path(&format!("{}{below}", path(home, level))));
    match operation {
        Operation::Put | Operation::Patch => call.body(r#"{"a":1}"#),
        Operation::Query => call.body(r#"{"bucketQuery":{}}"#),
        Operation::Count => {
            call.body(r#"{"bucketQuery":{"aggregations":[{"type":"COUNT","putAggregationInto":"n"}]}}"#)
        }
        Operation::PutIfMatch => call.body(r#"{"a":1}"#).header("If-Match", "*"),
        Operation::Replace(_) => call.body(json!({verb: [{"userID": "bob"}]}).to_string()),
        _ => call,
    }
}

/// The results of all cases.
#[derive(Default)]
struct Findings {
    verdicts: BTreeMap<(Operation, Verdict), usize>,
    /// The answer to each denied request, by operation, caller and scope. It must be the same in all cases.
    denials: BTreeMap<(Operation, &'static str, &'static str), Answer>,
}

impl Findings {
    fn note(&mut self, operation: Operation, caller: &Caller, home: &Home, verdict: Verdict, answer: Answer) {
        *self.verdicts.entry((operation, verdict)).or_default() += 1;
        if verdict == Verdict::Denied {
            let first = self.denials.entry((operation, caller.owner, home.scope)).or_insert_with(|| answer.clone());
            assert_eq!(answer, *first, "{operation:?} by {} in {} reveals what exists", caller.owner, home.scope);
        }
    }

    /// Checks that the rows had all verdicts that there are.
    fn check(self) {
        println!("{:?}", self.verdicts);
        let met: BTreeSet<(Operation, Verdict)> = self.verdicts.into_keys().collect();
        let expected = Operation::all().into_iter().flat_map(|one| one.verdicts().into_iter().map(move |it| (one, it)));
        assert_eq!(met, expected.collect());
        // Every caller except the administrator is denied something.
        let denied: BTreeSet<&str> = self.denials.keys().map(|(_, caller, _)| *caller).collect();
        assert_eq!(denied.len(), CALLERS.len() - 1, "{denied:?}");
    }
}

/// The status of a request that is not refused.
fn success(operation: Operation, is_there: bool) -> u16 {
    match operation {
        Operation::HeadBucket
        | Operation::Delete
        | Operation::DropBucket
        | Operation::Grant(_)
        | Operation::Revoke(_)
        | Operation::RevokeInhabitants(_)
        | Operation::Replace(_) => 204,
        Operation::PutBucket => 201,
        Operation::Put if !is_there => 201,
        _ => 200,
    }
}

/// Makes a request and compares the outcome with the verdict. Returns whether it has written as well.
async fn judge(
    installation: &Installation,
    (operation, call): (Operation, &Call),
    expected: Verdict,
    is_there: bool,
) -> (Answer, bool) {
    let writes = installation.wire.writes();
    let answer = installation.answer(call).await;
    let (status, code) = expected.refusal().unwrap_or((success(operation, is_there), ""));
    assert_eq!(answer.status, status, "{expected:?}: {call:?}: {answer:?}");
    let method = operation.method();
    assert!(method == "HEAD" || answer.error_code() == code, "{expected:?}: {call:?}: {answer:?}");
    let has_written = installation.wire.writes() > writes;
    assert_eq!(has_written, expected == Verdict::Done && operation.writes(), "{call:?}");
    (answer, has_written)
}

/// Checks that the answer to a PATCH contains the object exactly if the caller may read it.
fn shows_what_the_caller_may_read(answer: &Answer, caller: &Caller, home: &Home, there: &There<'_>) {
    let may_read = verdict(caller, home, Operation::Get, there) == Verdict::Done;
    assert_eq!(answer.json().get("secret").is_some(), may_read, "{answer:?}");
    assert_eq!(answer.json().get("a").is_some(), may_read, "{answer:?}");
}

/// Checks that a query finds the object exactly if there is one and the caller may read it.
fn finds_what_the_caller_may_read(answer: &Answer, caller: &Caller, home: &Home, there: &There<'_>) {
    let may_read = verdict(caller, home, Operation::Get, there) == Verdict::Done;
    let found = match answer.json()["aggregations"]["n"].as_u64() {
        Some(count) => count,
        None => answer.json()["results"].as_array().expect("results").len() as u64,
    };
    assert_eq!(found, u64::from(may_read), "{answer:?}");
}

/// Whether a row may show something that others do not: what does not bear on an operation is tried in few ways.
fn is_of_interest(operation: Operation, scope_at: usize, bucket_at: usize, object_at: usize) -> bool {
    match operation.level() {
        Level::Object => scope_at == 0 || !operation.is_about_acl(),
        Level::Bucket => object_at < 3 || matches!(operation, Operation::Query | Operation::Count),
        Level::Scope => object_at < 3 && bucket_at < 3,
    }
}

/// The rows, and how many of them to run.
struct Rows {
    step: usize,
    number: usize,
    findings: Findings,
}

impl Rows {
    /// Whether to run the next row. The first one with a verdict on an operation always runs.
    fn runs_next(&mut self, operation: Operation, verdict: Verdict) -> bool {
        self.number += 1;
        only_case().map_or_else(
            || self.number.is_multiple_of(self.step) || !self.findings.verdicts.contains_key(&(operation, verdict)),
            |only| only == self.number,
        )
    }

    /// Runs the rows with these contents of a scope.
    async fn run(&mut self, installation: &Installation, home: &Home, at: At<'_>) {
        let (bucket, object) = resources(home, at.bucket.1, at.object.1);
        let there = There { scope: at.scope, bucket: bucket.as_ref(), object: object.as_ref() };
        let mut is_built = false;
        for caller in &CALLERS {
            for operation in Operation::all() {
                let expected = verdict(caller, home, operation, &there);
                if !is_of_interest(operation, at.scope_at, at.bucket.0, at.object.0)
                    || !self.runs_next(operation, expected)
                {
                    continue;
                }
                println!("row {}: {:?} {:?}", self.number, at.bucket, at.object);
                if !is_built {
                    build(installation, home, at.bucket.1, at.object.1).await;
                }
                let call = call(operation, caller, home);
                let (answer, has_written) = judge(installation, (operation, &call), expected, object.is_some()).await;
                if (operation, expected) == (Operation::Patch, Verdict::Done) {
                    shows_what_the_caller_may_read(&answer, caller, home, &there);
                }
                if matches!(operation, Operation::Query | Operation::Count) && expected == Verdict::Done {
                    finds_what_the_caller_may_read(&answer, caller, home, &there);
                }
                self.findings.note(operation, caller, home, expected, answer);
                is_built = !has_written;
                if has_written {
                    clean(installation, at.first).await;
                }
            }
        }
        if is_built {
            clean(installation, at.first).await;
        }
    }
}

/// The contents of a scope, and the places of each in its list.
struct At<'a> {
    /// All items, without the bucket and the object.
    first: &'a Items,
    scope_at: usize,
    scope: &'a Resource,
    bucket: (usize, &'a Bucket),
    object: (usize, &'a Object),
}

#[tokio::test]
async fn for_all_callers_buckets_objects_acls_and_scopes_each_operation_follows_the_contract() {
    // By default every forty-first row, and the first of each verdict.
    let mut rows = Rows { step: figure(41, 1), number: 0, findings: Findings::default() };
    for home in &HOMES {
        for (scope_at, of_scope) in scopes(home).iter().enumerate() {
            let installation = Installation::start().await;
            let scope = build_scope(&installation, home, of_scope).await;
            let first = installation.items().await;
            for (bucket_at, bucket) in buckets().iter().enumerate() {
                // The scope's ACL matters little if there is a bucket. One bucket is enough to check that.
                if scope_at > 0 && matches!(bucket, Bucket::Live(..)) && bucket_at != 3 {
                    continue;
                }
                for (object_at, object) in objects().iter().enumerate() {
                    let at = At {
                        first: &first,
                        scope_at,
                        scope: &scope,
                        bucket: (bucket_at, bucket),
                        object: (object_at, object),
                    };
                    rows.run(&installation, home, at).await;
                }
            }
        }
    }
    assert!(rows.number > 50_000, "{}", rows.number);
    if only_case().is_none() {
        rows.findings.check();
    }
}
