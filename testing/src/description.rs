//! The description of the API in OpenAPI's form (`docs/openapi.json`), and the check of requests and answers against it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::tree::Tree;
use crate::{Answer, Call};

/// The description of the API.
pub const TEXT: &str = include_str!("../../docs/openapi.json");

/// The segment that every path of the description lies below.
const BASE: &str = "api";

static DESCRIPTION: LazyLock<Description> =
    LazyLock::new(|| Description::of(&serde_json::from_str(TEXT).expect("the description is JSON")));

/// Checks that the description has this answer to this request, and the request too if it succeeds.
pub fn check(call: &Call, answer: &Answer) {
    DESCRIPTION.check(call, answer);
}

/// The parts of the description that answers are held to, ready to be compared.
struct Description {
    paths: Vec<PathItem>,
    /// The answer to paths that are not described.
    not_found: Described,
    /// The answer to methods that are not described.
    method_not_allowed: Described,
}

struct PathItem {
    /// The segments of the path; those of parameters have their names.
    segments: Vec<Segment>,
    /// By method, in capitals.
    operations: BTreeMap<String, Operation>,
}

#[derive(PartialEq)]
enum Segment {
    Is(String),
    Parameter(String),
}

struct Operation {
    parameters: Vec<Parameter>,
    /// By media type or range.
    bodies: BTreeMap<String, Arc<Validator>>,
    answers: BTreeMap<u16, Described>,
}

struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    validator: Arc<Validator>,
}

/// An answer that is described.
struct Described {
    /// By name in lower case.
    headers: BTreeMap<String, Header>,
    /// By media type or range.
    bodies: BTreeMap<String, Arc<Validator>>,
}

struct Header {
    is_required: bool,
    validator: Arc<Validator>,
}

/// The JSON of a description, whose references can be followed.
struct Document<'a> {
    json: &'a Value,
    /// By the text of the schema, as most occur many times.
    validators: RefCell<BTreeMap<String, Arc<Validator>>>,
}

impl<'a> Document<'a> {
    /// The value, or what it refers to.
    fn resolved(&self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        self.json.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let make = || {
            let mut schema = schema.clone();
            schema["components"] = json!({"schemas": self.json["components"]["schemas"]});
            Arc::new(jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{error}")))
        };
        self.validators.borrow_mut().entry(schema.to_string()).or_insert_with(make).clone()
    }

    fn bodies(&self, owner: &Value) -> BTreeMap<String, Arc<Validator>> {
        members(&owner["content"]).map(|(name, media)| (name.clone(), self.validator(&media["schema"]))).collect()
    }

    fn answer(&self, answer: &'a Value) -> Described {
        let answer = self.resolved(answer);
        let header = |(name, header): (&String, &'a Value)| {
            let header = self.resolved(header);
            let is_required = header["required"].as_bool().unwrap_or_default();
            (name.to_ascii_lowercase(), Header { is_required, validator: self.validator(&header["schema"]) })
        };
        Described { headers: members(&answer["headers"]).map(header).collect(), bodies: self.bodies(answer) }
    }

    fn parameters(&self, owner: &'a Value) -> Vec<Parameter> {
        let parameter = |parameter: &'a Value| {
            let parameter = self.resolved(parameter);
            Parameter {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                is_required: parameter["required"].as_bool().unwrap_or_default(),
                validator: self.validator(&parameter["schema"]),
            }
        };
        owner["parameters"].as_array().into_iter().flatten().map(parameter).collect()
    }

    fn operation(&self, item: &'a Value, operation: &'a Value) -> Operation {
        let status = |status: &String| status.parse().expect("a status");
        let mut parameters = self.parameters(item);
        parameters.extend(self.parameters(operation));
        Operation {
            parameters,
            bodies: self.bodies(self.resolved(&operation["requestBody"])),
            answers: members(&operation["responses"]).map(|(name, it)| (status(name), self.answer(it))).collect(),
        }
    }

    fn path(&self, path: &str, item: &'a Value) -> PathItem {
        let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name.to_owned()),
            None => Segment::Is(text.to_owned()),
        };
        let methods = members(item).filter(|(name, _)| *name != "parameters");
        PathItem {
            segments: path.split('/').skip(1).map(segment).collect(),
            operations: methods.map(|(name, it)| (name.to_ascii_uppercase(), self.operation(item, it))).collect(),
        }
    }
}

impl Description {
    fn of(document: &Value) -> Self {
        let of = Document { json: document, validators: RefCell::default() };
        let answers = &document["components"]["responses"];
        let mut paths: Vec<PathItem> = members(&document["paths"]).map(|(path, item)| of.path(path, item)).collect();
        // A path with a fixed segment comes before one with a parameter there.
        let parameters =
            |item: &PathItem| item.segments.iter().filter(|one| matches!(one, Segment::Parameter(_))).count();
        paths.sort_by_key(parameters);
        Self {
            paths,
            not_found: of.answer(&answers["NotFound"]),
            method_not_allowed: of.answer(&answers["MethodNotAllowed"]),
        }
    }

    fn check(&self, call: &Call, answer: &Answer) {
        let path = call.path.split('?').next().unwrap_or_default();
        // An installation may have a base path before it.
        let segments: Vec<String> =
            path.split('/').map(decoded).skip_while(|segment| segment != BASE).skip(1).collect();
        let Some(item) = self.paths.iter().find(|item| item.has(&segments)) else {
            assert_eq!(answer.status, 404, "the description does not have the path {path}: {answer:?}");
            return self.not_found.check(call, answer);
        };
        let Some(operation) = item.operations.get(&call.effective_method()).filter(|_| answer.status != 405) else {
            let is_refused = [404, 405].contains(&answer.status);
            assert!(is_refused, "the description does not have {} {path}: {answer:?}", call.effective_method());
            let described = if answer.status == 404 { &self.not_found } else { &self.method_not_allowed };
            return described.check(call, answer);
        };
        let described = operation.answers.get(&answer.status);
        described
            .unwrap_or_else(|| panic!("the description does not have this answer to {call:?}: {answer:?}"))
            .check(call, answer);
        // A preflight looks at nothing but the shape of the path.
        if answer.status < 400 && call.method != "OPTIONS" {
            operation.check(call, &item.parameters(&segments));
        }
    }
}

impl PathItem {
    /// Whether it describes this path.
    fn has(&self, path: &[String]) -> bool {
        let is = |(segment, text): (&Segment, &String)| match segment {
            Segment::Is(expected) => expected == text,
            Segment::Parameter(_) => !text.is_empty(),
        };
        self.segments.len() == path.len() && self.segments.iter().zip(path).all(is)
    }

    /// The parameters of a path by name.
    fn parameters(&self, path: &[String]) -> BTreeMap<String, String> {
        let value = |(segment, text): (&Segment, &String)| match segment {
            Segment::Parameter(name) => Some((name.clone(), text.clone())),
            Segment::Is(_) => None,
        };
        self.segments.iter().zip(path).filter_map(value).collect()
    }
}

impl Operation {
    /// Checks that the description allows a request that succeeds.
    fn check(&self, call: &Call, path: &BTreeMap<String, String>) {
        let query = call.path.split_once('?').map_or("", |(_, query)| query);
        for Parameter { name, place, is_required, validator } in &self.parameters {
            let values: Vec<String> = match place.as_str() {
                "path" => path.get(name).cloned().into_iter().collect(),
                "header" => field(call, name).into_iter().collect(),
                "query" => form(query).into_iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect(),
                _ => panic!("a parameter in {place}"),
            };
            assert!(!is_required || !values.is_empty(), "{name} is missing: {call:?}");
            for value in values {
                // A text as it is, or the number or the boolean that it spells.
                let values = [Value::String(value.clone()), serde_json::from_str(&value).unwrap_or(Value::Null)];
                let is_valid = values.iter().any(|value| validator.is_valid(value));
                assert!(is_valid, "the description does not allow {name} {value:?}, which was accepted: {call:?}");
            }
        }
        if !self.bodies.is_empty() && !call.body.is_empty() {
            self.check_body(call);
        }
    }

    fn check_body(&self, call: &Call) {
        let sent = call.values("content-type").concat();
        let essence = sent.split([';', '"']).next().unwrap_or_default().trim();
        let is_form = essence == "application/x-www-form-urlencoded";
        let body = if is_form {
            form(&String::from_utf8_lossy(&call.body))
                .into_iter()
                .map(|(name, value)| (name, Value::String(value)))
                .collect()
        } else if essence == "text/plain" {
            Value::String(String::from_utf8_lossy(&call.body).into_owned())
        } else {
            let tree = Tree::read(&call.body);
            let tree = tree.unwrap_or_else(|| panic!("a body that is no JSON was accepted: {call:?}"));
            tree.into_value_with(|_| f64::MAX.into())
        };
        let essence = if essence.is_empty() { "application/json" } else { essence };
        let validator = of_media_type(&self.bodies, essence).or_else(|| self.bodies.get("application/json"));
        let validator =
            validator.unwrap_or_else(|| panic!("the description does not have the content type of {call:?}"));
        let wrong: Vec<String> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "the description does not allow the body, which was accepted: {wrong:?}: {call:?}");
    }
}

impl Described {
    fn check(&self, call: &Call, answer: &Answer) {
        for (name, Header { is_required, validator }) in &self.headers {
            let value = answer.headers.get(name);
            let is_right = value.map_or(!is_required, |value| validator.is_valid(&value.as_str().into()));
            assert!(is_right, "{name} is not as the description has it: {answer:?}");
        }
        let is_described = |name: &str| name == "content-type" || self.headers.contains_key(name);
        assert!(answer.headers.keys().all(|name| is_described(name)), "a header is not described: {answer:?}");
        let Some(media_type) = answer.headers.get("content-type") else {
            assert!(self.bodies.is_empty() && answer.body.is_empty(), "no content type: {answer:?}");
            return;
        };
        let essence = media_type.strip_suffix(";charset=UTF-8").unwrap_or_default();
        let validator = of_media_type(&self.bodies, essence);
        let validator =
            validator.unwrap_or_else(|| panic!("the description does not have this content type: {answer:?}"));
        if call.method == "HEAD" {
            assert_eq!(answer.body, "", "{answer:?}");
        } else {
            let wrong: Vec<String> = validator.iter_errors(&answer.json()).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "the body is not as the description has it: {wrong:?}: {answer:?}");
        }
    }
}

/// What is described for a media type: by its name, or else by the range that it is in.
fn of_media_type<'a>(bodies: &'a BTreeMap<String, Arc<Validator>>, essence: &str) -> Option<&'a Arc<Validator>> {
    bodies.get(essence).or_else(|| bodies.get("application/*").filter(|_| essence.starts_with("application/")))
}

/// The parameters of a query or a form.
fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plus(name), plus(value)))
        .collect()
}

/// The value of a header field, if it is there. Several are joined, as by a gateway; blanks around one are not part of it.
fn field(call: &Call, name: &str) -> Option<String> {
    let values: Vec<&str> = call.values(name).into_iter().map(str::trim).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn plus(text: &str) -> String {
    decoded(&text.replace('+', " "))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The members of an object; none if there is no object.
fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
