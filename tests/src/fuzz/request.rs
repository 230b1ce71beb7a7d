//! The way of a request: the bytes of a client's connection, and what the backend gets to see of them.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::lenient::{self, Message};
use super::proxy::{Proxy, next_client, shown};
use crate::strict::{Body, Framing, Head};

/// What the backend answers; to HEAD without the body.
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-here: yes\r\n\r\nok";
const ANSWER_HEAD: usize = ANSWER.len() - 2;

/// HTTP/2 has another framing, which this oracle does not read; what the backend gets is checked all the same.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The most that a backend is sent by a client of few bytes.
const MOST_HEARD: usize = 1 << 20;

/// A request as the backend got it.
#[derive(Debug)]
struct Heard {
    method: String,
    target: String,
    body: Vec<u8>,
    is_whole: bool,
}

/// What the backend heard of one client, and what was wrong with what it heard of any.
#[derive(Default)]
struct Ear {
    client: Option<Ipv4Addr>,
    heard: Vec<Heard>,
    wrongs: Vec<String>,
}

type SharedEar = Arc<Mutex<Ear>>;

/// Sends `data` as a client's connection.
pub fn run(data: &[u8]) {
    static WORLD: OnceLock<(Proxy, SharedEar)> = OnceLock::new();
    let (proxy, ear) = WORLD.get_or_init(|| {
        let ear = SharedEar::default();
        let listening = ear.clone();
        (Proxy::before("request", move |stream| listen(stream, listening.clone())), ear)
    });
    let client = next_client();
    *lock(ear) = Ear { client: Some(client), ..Ear::default() };
    let requests = if data.starts_with(HTTP2) { Vec::new() } else { lenient::requests(data) };
    let whole = requests.iter().filter(|request| request.is_whole).count();
    let must_come = is_beyond_doubt(data);
    let received = proxy.exchange(client, data, must_come, |received| {
        answers(received, &requests).is_ok_and(|count| count >= whole)
    });
    if !data.starts_with(HTTP2)
        && let Err(wrong) = answers(&received, &requests)
    {
        panic!("{wrong}: {} was answered with {}", shown(data), shown(&received));
    }
    let mut ear = lock(ear);
    let (heard, wrongs) = (std::mem::take(&mut ear.heard), std::mem::take(&mut ear.wrongs));
    drop(ear);
    assert!(wrongs.is_empty(), "{} made the proxy send {wrongs:?}", shown(data));
    if !data.starts_with(HTTP2) {
        let mut left = requests.iter();
        let is_told = |heard: &Heard| left.any(|request| heard.is(request));
        assert!(heard.iter().all(is_told), "{} made the proxy send {heard:?}", shown(data));
    }
}

/// Whether these are requests that no server may refuse to answer: strictly read, whole, and of a simple kind.
fn is_beyond_doubt(data: &[u8]) -> bool {
    let mut bytes = data.to_owned();
    while !bytes.is_empty() {
        let Ok(Some(head)) = Head::take(&mut bytes) else { return false };
        let is_simple = head.request_line().is_ok_and(|(method, target)| {
            matches!(method, "GET" | "POST" | "PUT") && target.starts_with('/') && target.is_ascii()
        });
        let has_more =
            head.fields.iter().any(|(name, _)| matches!(name.as_str(), "connection" | "upgrade" | "expect"));
        let host = head.one("host").unwrap_or_default();
        let is_named = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let Ok(framing) = head.framing() else { return false };
        let body = Body::framed(framing).map_or(Ok(true), |mut body| body.take(&mut bytes, &mut Vec::new()));
        if !is_simple || has_more || !is_named || body != Ok(true) {
            return false;
        }
    }
    !data.is_empty()
}

/// How many answers there are, the last one maybe not whole.
///
/// # Errors
/// They are no answers to these requests.
fn answers(received: &[u8], requests: &[Message]) -> Result<usize, String> {
    let mut bytes = received.to_owned();
    let mut requests = requests.iter();
    let mut count = 0;
    while !bytes.is_empty() {
        // A client of HTTP/1.0 is answered in its own version.
        if bytes.starts_with(b"HTTP/1.0 ") {
            bytes[7] = b'1';
        }
        let Some(head) = Head::take(&mut bytes)? else { return Ok(count) };
        let status = head.status()?;
        if status / 100 == 1 {
            continue;
        }
        let request = requests.next();
        let is_own = head.one("proxy-status").is_some() || head.one("x-here").is_none();
        if is_own && !(400..600).contains(&status) {
            return Err(format!("an answer of nobody's: {head:?}"));
        }
        let method = request.map_or("", |request| request.first[0].as_str());
        let has_body = method != "HEAD";
        let whole = match head.framing()? {
            Framing::None if has_body && status != 204 => {
                return Err(format!("an answer without an end: {head:?}"));
            }
            framing if has_body => {
                let body = Body::framed(framing);
                body.map_or(Ok(true), |mut body| body.take(&mut bytes, &mut Vec::new()))?
            }
            _ => true,
        };
        count += usize::from(whole);
        if request.is_none() && !bytes.is_empty() {
            return Err("more answers than requests".into());
        }
    }
    Ok(count)
}

impl Heard {
    /// Whether it is what became of this request.
    fn is(&self, request: &Message) -> bool {
        let [method, target, _] = &request.first;
        let is_body = match self.is_whole {
            true => request.is_whole && self.body == request.body,
            false => request.body.starts_with(&self.body),
        };
        is_body && self.method == *method && path(target).is_none_or(|path| path == self.target)
    }
}

/// The path and query of a request's target; none for targets of rare forms.
fn path(target: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    // Bytes beyond ASCII have one character each in the one, and are UTF-8 in the other.
    if !target.is_ascii() {
        return None;
    }
    if target.starts_with('/') {
        return Some(target.to_owned());
    }
    let (_, rest) = target.split_once("://")?;
    match rest.find(['/', '?']) {
        None => Some("/".into()),
        Some(begin) if rest[begin..].starts_with('?') => Some(format!("/{}", &rest[begin..])),
        Some(begin) => Some(rest[begin..].to_owned()),
    }
}

// === the backend ===

/// Listens to the requests on a connection, and answers them.
async fn listen(mut stream: UnixStream, ear: SharedEar) {
    let mut bytes = Vec::new();
    loop {
        let ended = next(&mut stream, &mut bytes, &ear).await;
        match ended {
            Ok(true) => {}
            Ok(false) => return,
            Err(wrong) => return lock(&ear).wrongs.push(format!("{wrong}, in {}", shown(&bytes))),
        }
    }
}

/// Hears one request and answers it; false at the end of the connection.
async fn next(stream: &mut UnixStream, bytes: &mut Vec<u8>, ear: &SharedEar) -> Result<bool, String> {
    let head = loop {
        if let Some(head) = Head::take(bytes)? {
            break head;
        }
        if !more(stream, bytes).await? {
            return Ok(false);
        }
    };
    let (method, target) = head.request_line()?;
    let client = check(&head)?;
    let mut heard = Heard { method: method.into(), target: target.into(), body: Vec::new(), is_whole: false };
    let note = |heard: Heard| {
        let mut ear = lock(ear);
        // A client before this one may have left in the middle.
        if ear.client == Some(client) {
            ear.heard.push(heard);
        }
    };
    if head.one("expect").is_some() && stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err() {
        return Ok(false);
    }
    let mut body = Body::framed(head.framing()?);
    loop {
        let is_whole = body.as_mut().map_or(Ok(true), |body| body.take(bytes, &mut heard.body))?;
        if is_whole {
            heard.is_whole = true;
            break;
        }
        if !more(stream, bytes).await? {
            note(heard);
            return Ok(false);
        }
    }
    if !bytes.is_empty() {
        return Err(format!("bytes behind {} {} before its answer", heard.method, heard.target));
    }
    let answer = if heard.method == "HEAD" { &ANSWER[..ANSWER_HEAD] } else { ANSWER };
    note(heard);
    Ok(stream.write_all(answer.as_bytes()).await.is_ok())
}

async fn more(stream: &mut UnixStream, bytes: &mut Vec<u8>) -> Result<bool, String> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).await.unwrap_or(0);
    bytes.extend_from_slice(&buffer[..count]);
    if bytes.len() > MOST_HEARD { Err("too much".into()) } else { Ok(count > 0) }
}

/// Checks what the proxy says itself; tells whose the request is.
fn check(head: &Head) -> Result<Ipv4Addr, String> {
    let one = |name| head.one(name).ok_or_else(|| format!("{name} does not stand once in {head:?}"));
    let forwarded_for = one("x-forwarded-for")?;
    let from = forwarded_for.rsplit(", ").next().and_then(|address| address.parse::<Ipv4Addr>().ok());
    let from = from.ok_or_else(|| format!("x-forwarded-for is {forwarded_for:?}"))?;
    if one("x-forwarded-proto")? != "http" {
        return Err(format!("x-forwarded-proto is forged in {head:?}"));
    }
    one("x-origin-host")?;
    one("host")?;
    // A client of HTTP/1.0 may have named no host; then nothing is said of it.
    let named = head.all("x-forwarded-host").count();
    if named > 1 || named == 1 && one("x-forwarded-host")? != one("host")? {
        return Err(format!("x-forwarded-host is forged in {head:?}"));
    }
    let asks_upgrade = head.one("connection") == Some("upgrade") && head.all("upgrade").count() == 1;
    for name in ["connection", "upgrade"] {
        if head.all(name).count() > 0 && !asks_upgrade {
            return Err(format!("{name} was passed on in {head:?}"));
        }
    }
    for name in ["keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate"] {
        if head.all(name).count() > 0 {
            return Err(format!("{name} was passed on in {head:?}"));
        }
    }
    if head.all("te").any(|value| value != b"trailers") {
        return Err(format!("te was passed on in {head:?}"));
    }
    Ok(from)
}

fn lock(ear: &SharedEar) -> std::sync::MutexGuard<'_, Ear> {
    ear.lock().unwrap_or_else(PoisonError::into_inner)
}
