//! Requests, and the events that gateways make of them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::log;

/// The gateway between client and function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    HttpApi,
    RestApi,
    FunctionUrl,
}

impl Gateway {
    pub const ALL: [Self; 3] = [Self::HttpApi, Self::RestApi, Self::FunctionUrl];

    pub fn host(self) -> &'static str {
        match self {
            Self::HttpApi => "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            Self::RestApi => "f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com",
            Self::FunctionUrl => "k3x7q5m2v8n4p6r9.lambda-url.eu-west-1.on.aws",
        }
    }

    /// The URL before `/api`, in an installation with default settings.
    pub fn base_url(self) -> String {
        let stage = if self == Self::RestApi { "/prod" } else { "" };
        format!("https://{}{stage}", self.host())
    }
}

/// A request that a client makes.
#[derive(Clone, Debug)]
pub struct Call {
    pub gateway: Gateway,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    is_base64: bool,
}

/// The path of the objects of a bucket. `scope` is an app's ID, or for instance `demo/users/alice`.
pub fn objects(scope: &str, bucket: &str) -> String {
    format!("/api/apps/{scope}/buckets/{bucket}/objects")
}

/// The path of an object.
pub fn object(scope: &str, bucket: &str, id: &str) -> String {
    format!("{}/{id}", objects(scope, bucket))
}

impl Call {
    /// The ID of each request.
    pub const REQUEST_ID: &str = "lLnLiOtFpMZj4dg=";

    /// A request that creates an object, without credentials.
    pub fn create(scope: &str, bucket: &str) -> Self {
        Self {
            gateway: Gateway::HttpApi,
            method: "POST".to_owned(),
            path: objects(scope, bucket),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: br#"{"title":"Milk","done":false}"#.to_vec(),
            is_base64: false,
        }
    }

    /// A request about an object, without credentials, content type and body.
    pub fn object(method: &str, scope: &str, bucket: &str, id: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: object(scope, bucket, id),
            headers: Vec::new(),
            body: Vec::new(),
            ..Self::create(scope, bucket)
        }
    }

    /// A request about a bucket, without credentials, content type and body.
    pub fn bucket(method: &str, scope: &str, bucket: &str) -> Self {
        Self { path: format!("/api/apps/{scope}/buckets/{bucket}"), ..Self::object(method, scope, bucket, "") }
    }

    /// The method that the request asks for: a header field of a POST may override it.
    pub fn effective_method(&self) -> String {
        let is_override = |name: &str| name.eq_ignore_ascii_case("x-http-method-override");
        let mut fields = self.headers.iter().filter(|(name, _)| self.method == "POST" && is_override(name));
        let method = fields.next().map(|(_, method)| method.trim().to_ascii_uppercase());
        let method = method.filter(|method| ["PUT", "PATCH", "DELETE"].contains(&method.as_str()));
        method.unwrap_or_else(|| self.method.clone())
    }

    pub fn through(mut self, gateway: Gateway) -> Self {
        self.gateway = gateway;
        self
    }

    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Makes the gateway encode the body as Base64, as it always does if the body is not text.
    pub fn in_base64(mut self) -> Self {
        self.is_base64 = true;
        self
    }

    /// Adds a header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes a header field.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// The values of a header field.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let fields = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.as_str()).collect()
    }

    /// Sets the idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.without("idempotency-key").header("Idempotency-Key", key)
    }

    pub fn content_type(self, value: &str) -> Self {
        self.without("content-type").header("Content-Type", value)
    }

    pub fn bearer(self, token: &str) -> Self {
        self.without("authorization").header("Authorization", &format!("Bearer {token}"))
    }

    pub fn basic(self, app: &str, key: &str) -> Self {
        let value = format!("Basic {}", STANDARD.encode(format!("{app}:{key}")));
        self.without("authorization").header("Authorization", &value)
    }

    /// The event that the gateway makes of the request.
    pub fn event(&self) -> Value {
        self.headers.iter().for_each(|(name, value)| log::keep_secret(name, value));
        log::keep_parameters(&self.path, &self.body);
        let mut headers = self.headers.clone();
        for (name, value) in [("Host", self.gateway.host()), ("X-Forwarded-Proto", "https")] {
            if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let (body, is_base64) = match std::str::from_utf8(&self.body) {
            Ok(text) if !self.is_base64 => (text.to_owned(), false),
            _ => (STANDARD.encode(&self.body), true),
        };
        let body = if body.is_empty() { Value::Null } else { body.into() };
        match self.gateway {
            Gateway::HttpApi | Gateway::FunctionUrl => self.version_2(headers, body, is_base64),
            Gateway::RestApi => self.version_1(headers, body, is_base64),
        }
    }

    fn version_2(&self, headers: Vec<(String, String)>, body: Value, is_base64: bool) -> Value {
        let mut joined = BTreeMap::<String, String>::new();
        for (name, value) in headers {
            let known = joined.entry(name.to_ascii_lowercase());
            known.and_modify(|known| *known = format!("{known},{value}")).or_insert(value);
        }
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": joined,
            "requestContext": {
                "domainName": self.gateway.host(),
                "http": {"method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
                "requestId": Self::REQUEST_ID,
                "routeKey": "$default",
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": is_base64,
        })
    }

    fn version_1(&self, headers: Vec<(String, String)>, body: Value, is_base64: bool) -> Value {
        let (mut single, mut multiple) = (BTreeMap::new(), BTreeMap::<String, Vec<String>>::new());
        for (name, value) in headers {
            let name = multiple.keys().find(|known| known.eq_ignore_ascii_case(&name)).unwrap_or(&name).clone();
            multiple.entry(name.clone()).or_default().push(value.clone());
            single.insert(name, value);
        }
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        // API Gateway decodes the parameters.
        let mut parameters = BTreeMap::<String, Vec<String>>::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            parameters.entry(decoded(name)).or_default().push(decoded(value));
        }
        let single_parameters: BTreeMap<&String, Option<&String>> =
            parameters.iter().map(|(name, values)| (name, values.last())).collect();
        json!({
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": self.method,
            "headers": single,
            "multiValueHeaders": multiple,
            "queryStringParameters": single_parameters,
            "multiValueQueryStringParameters": parameters,
            "requestContext": {
                "domainName": self.gateway.host(),
                "httpMethod": self.method,
                "path": format!("/prod{path}"),
                "protocol": "HTTP/1.1",
                "requestId": Self::REQUEST_ID,
                "stage": "prod",
            },
            "body": body,
            "isBase64Encoded": is_base64,
        })
    }
}
