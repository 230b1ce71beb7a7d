//! An HTTP/1.1 client that sends the exact bytes it is told to, and changes nothing of what it gets.

mod connection;

use std::io;

use serde_json::Value;

pub use connection::Connection;

/// A request as it is written to the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The request target, sent byte for byte.
    pub target: String,
    /// The header fields. `Host` and `Content-Length` are added if they are missing and needed.
    pub headers: Vec<(String, String)>,
    /// The body, if it has one.
    pub body: Option<Vec<u8>>,
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub version: String,
    /// The status.
    pub status: u16,
    /// The header fields, as they came.
    pub headers: Vec<(String, String)>,
}

/// An answer with its whole body.
#[derive(Clone, Debug)]
pub struct Response {
    /// The head.
    pub head: Head,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

/// Sends a request on a connection of its own. `address` is `HOST:PORT` or `unix:PATH`.
pub fn send(address: &str, request: &Request) -> io::Result<Response> {
    Connection::open(address)?.exchange(request)
}

// === impl Request ===

impl Request {
    /// A request without header fields and body.
    pub fn new(method: &str, target: &str) -> Self {
        Request { method: method.into(), target: target.into(), headers: Vec::new(), body: None }
    }

    /// A GET.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST with this body.
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Request { body: Some(body.into()), ..Self::new("POST", target) }
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The bytes of the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if find(&self.headers, "host").is_none() {
            text += "Host: localhost\r\n";
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body
            && find(&self.headers, "content-length").is_none()
            && find(&self.headers, "transfer-encoding").is_none()
        {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }
}

// === impl Head ===

impl Head {
    /// The first value of a header field, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

// === impl Response ===

impl Response {
    /// The status.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The first value of a header field, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The name of the sample backend that answered.
    pub fn backend(&self) -> Option<&str> {
        self.header("x-sample-backend")
    }
}
