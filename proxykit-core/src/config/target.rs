use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use http::HeaderValue;
use http::uri::{Authority, Uri};

use crate::error::{Error, ErrorKind, Result};

/// Where a backend is, and what it speaks: `http://HOST[:PORT][/BASE]` (HTTP/1.1), `https://…` (TLS, and HTTP/2 or
/// HTTP/1.1, as the backend prefers), `h2c://…` (HTTP/2 without TLS, by prior knowledge), or `unix:PATH` (HTTP/1.1 over a unix socket).
///
/// Two targets are the same when they mean the same: scheme and host are compared without case, the scheme's own
/// port may be left out, and so may the slashes at the end of the base path.
///
/// ```
/// use proxykit_core::Target;
/// let target: Target = "HTTP://LocalHost:80/base/".parse()?;
/// assert_eq!(target.as_str(), "http://localhost/base");
/// # Ok::<(), proxykit_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Target(Arc<Parts>);

struct Parts {
    text: String,
    scheme: Scheme,
    endpoint: Endpoint,
    /// Without a slash at its end; empty for the root.
    base_path: String,
    authority: HeaderValue,
}

/// What a backend speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// HTTP/1.1 over TCP.
    Http,
    /// HTTP/2 or HTTP/1.1 over TLS, as the backend prefers (RFC 7301).
    Https,
    /// HTTP/2 over TCP without TLS, from the first byte on (RFC 9113, section 3.3).
    H2c,
    /// HTTP/1.1 over a unix socket.
    Unix,
}

/// Where a backend is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// A TCP port.
    Tcp {
        /// A name, or an address without brackets.
        host: String,
        /// The port, the scheme's own if the target names none.
        port: u16,
    },
    /// A unix socket.
    Unix(PathBuf),
}

impl Scheme {
    const BY_NAME: [(&str, Scheme); 3] =
        [("http", Scheme::Http), ("https", Scheme::Https), ("h2c", Scheme::H2c)];

    fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
            Scheme::H2c => "h2c",
            Scheme::Unix => "unix",
        }
    }

    fn default_port(self) -> u16 {
        if self == Scheme::Https { 443 } else { 80 }
    }
}

// === impl Target ===

impl Target {
    /// The normal form, which names the target everywhere.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What the backend speaks.
    pub fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// Where the backend is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// What paths are joined to: empty, or a path without a slash at its end.
    pub fn base_path(&self) -> &str {
        &self.0.base_path
    }

    /// The backend's own value of `Host`: its host, and the port unless it is the scheme's own; `localhost` for a
    /// unix socket.
    pub fn authority(&self) -> &HeaderValue {
        &self.0.authority
    }

    fn unix(path: &str, text: &str) -> Result<Self> {
        if !Path::new(path).is_absolute() || path.contains('\0') {
            return Err(invalid(text, "the path of a unix socket must be absolute"));
        }
        if cfg!(not(unix)) {
            return Err(invalid(text, "unix sockets are not supported on this system"));
        }
        Ok(Target(Arc::new(Parts {
            text: format!("unix:{path}"),
            scheme: Scheme::Unix,
            endpoint: Endpoint::Unix(path.into()),
            base_path: String::new(),
            authority: HeaderValue::from_static("localhost"),
        })))
    }

    fn tcp(scheme: Scheme, uri: &Uri, text: &str) -> Result<Self> {
        let authority = uri.authority().ok_or_else(|| invalid(text, "the host is missing"))?;
        let (host, port) = split_authority(authority, scheme.default_port(), text)?;
        if uri.query().is_some() || text.contains('?') {
            return Err(invalid(text, "a target has no query"));
        }
        let base_path = uri.path().trim_end_matches('/').to_owned();
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let authority = if port == scheme.default_port() { bracketed } else { format!("{bracketed}:{port}") };
        let header = HeaderValue::try_from(&authority)
            .map_err(|_| invalid(text, "the host is not a name or an address"))?;
        Ok(Target(Arc::new(Parts {
            text: format!("{}://{authority}{base_path}", scheme.name()),
            scheme,
            endpoint: Endpoint::Tcp { host, port },
            base_path,
            authority: header,
        })))
    }
}

/// The host (lower case, without brackets) and the port.
fn split_authority(authority: &Authority, default_port: u16, text: &str) -> Result<(String, u16)> {
    if authority.as_str().contains('@') {
        return Err(invalid_hidden(text, "a target has no user name or password"));
    }
    let host = authority.host();
    let port = match authority.as_str()[host.len()..].trim_start_matches(':') {
        "" => default_port,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().unwrap_or(0),
        _ => 0,
    };
    if port == 0 {
        return Err(invalid(text, "the port must be a number from 1 to 65535"));
    }
    let host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => inner,
        Some(_) => return Err(invalid(text, "what stands in the brackets must be an IPv6 address")),
        None => host,
    };
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if host.is_empty() {
        return Err(invalid(text, "the host is missing"));
    }
    if !host.bytes().all(is_name_byte) {
        return Err(invalid(text, "the host is not a name or an address"));
    }
    Ok((host.to_ascii_lowercase(), port))
}

fn invalid(text: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidTarget, format!("invalid target {text:?}: {why}"))
}

/// For targets that may hold a password.
fn invalid_hidden(text: &str, why: &str) -> Error {
    let host = text.rsplit('@').next().unwrap_or_default();
    Error::new(ErrorKind::InvalidTarget, format!("invalid target \"…@{host}\": {why}"))
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(invalid(text, "it is empty"));
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(invalid(text, "it has a space or a control character"));
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(invalid(text, "the scheme is missing; write http://HOST[:PORT] or unix:PATH"));
        };
        if scheme.eq_ignore_ascii_case("unix") {
            return Self::unix(rest, text);
        }
        let known = Scheme::BY_NAME.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name));
        let Some((_, known)) = known else {
            return Err(if rest.starts_with("//") {
                invalid(text, &format!("the scheme is {scheme:?}, and must be http, https, h2c or unix"))
            } else {
                invalid(text, "the scheme is missing; write http://HOST[:PORT] or unix:PATH")
            });
        };
        match rest.strip_prefix("//") {
            None => return Err(invalid(text, "two slashes must follow the scheme")),
            Some("") => return Err(invalid(text, "the host is missing")),
            Some(rest) if rest.starts_with(['/', ':', '?', '#']) => {
                return Err(invalid(text, "the host is missing"));
            }
            Some(_) => {}
        }
        if text.contains('#') {
            return Err(invalid(text, "a target has no fragment"));
        }
        let uri: Uri = text.parse().map_err(|error| invalid(text, "it is not a URL").because(error))?;
        Self::tcp(*known, &uri, text)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({:?})", self.as_str())
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for Target {}

impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests;
