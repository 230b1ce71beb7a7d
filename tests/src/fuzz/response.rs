//! The way of an answer: the bytes of a backend's connection, and what the client gets to see of them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::lenient::{self, Kind, Message};
use super::proxy::{Proxy, next_client, shown};
use crate::strict::{Body, Framing, Head};

/// The path of the request that is answered with the fuzzer's bytes.
const FIRST: &str = "/first";
/// The answer to every other request: nothing of it must come from the fuzzer.
const SECOND: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-second: yes\r\n\r\nsecond";

/// Requests that differ in what they make of an answer.
const REQUESTS: [&str; 4] = [
    "GET /first HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD /first HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    "GET /first HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
];
const NEXT: &str = "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

type Script = Arc<Mutex<Vec<u8>>>;

/// Answers with `data`: its first byte chooses the request, and whether the backend closes behind the answer in any case.
pub fn run(data: &[u8]) {
    static WORLD: OnceLock<(Proxy, Script)> = OnceLock::new();
    let (proxy, script) = WORLD.get_or_init(|| {
        let script = Script::default();
        let played = script.clone();
        (Proxy::before("response", move |stream| play(stream, played.clone())), script)
    });
    let Some((choice, answer)) = data.split_first() else { return };
    data.clone_into(&mut script.lock().unwrap_or_else(PoisonError::into_inner));
    let request = REQUESTS[usize::from(*choice) % REQUESTS.len()];
    let bytes = [request, NEXT].concat();
    // A tunnel ends when the client does; all else comes to an end by itself.
    let is_tunnel = |received: &[u8]| received.starts_with(b"HTTP/1.1 101 ");
    let received = proxy.exchange(next_client(), bytes.as_bytes(), true, is_tunnel);
    let read = final_answer(answer, request.starts_with("HEAD"));
    if let Err(wrong) = check(&received, read.as_ref(), request) {
        panic!("{wrong}: the answer {} to {request:?} came as {}", shown(answer), shown(&received));
    }
}

/// # Errors
/// The client got something that the backend did not say, or that can be read in two ways.
fn check(received: &[u8], read: Option<&Message>, request: &str) -> Result<(), String> {
    let mut bytes = received.to_owned();
    let head = loop {
        let head = Head::take(&mut bytes)?.ok_or("there is no answer")?;
        // Interim answers are not promised to come through.
        if head.status()? == 101 || head.status()? >= 200 {
            break head;
        }
    };
    let status = head.status()?;
    if status == 101 {
        let is_asked = request.contains("websocket");
        return if is_asked { Ok(()) } else { Err("the protocol was changed unasked".into()) };
    }
    let is_own = head.one("proxy-status").is_some_and(|report| report.starts_with("proxykit; error="));
    let framing = head.framing()?;
    let mut body = Vec::new();
    let has_body = !request.starts_with("HEAD") && !matches!(status, 204 | 304);
    let is_whole = match framing {
        Framing::None if has_body => return Err("an answer without an end".into()),
        framing if has_body => {
            Body::framed(framing).map_or(Ok(true), |mut framed| framed.take(&mut bytes, &mut body))?
        }
        _ => true,
    };
    match read {
        _ if is_own && (500..600).contains(&status) => {}
        None => return Err("an answer where the backend gave none".into()),
        Some(read) if read.first[1] != status.to_string() => return Err("another status".into()),
        Some(read) if is_whole && !read.is_whole => {
            return Err("what was broken off ends as if it were whole".into());
        }
        Some(read) if is_whole && has_body && read.body != body => return Err("another body".into()),
        Some(read) if !read.body.starts_with(&body) => return Err("another beginning of a body".into()),
        Some(_) => {}
    }
    if !is_whole {
        return if bytes.is_empty() { Ok(()) } else { Err("bytes behind what was broken off".into()) };
    }
    if bytes.is_empty() {
        // The connection was closed; a client is told so.
        let closes = head.all("connection").any(|value| value.eq_ignore_ascii_case(b"close"));
        return if closes { Ok(()) } else { Err("the second request was not answered".into()) };
    }
    check_second(&mut bytes)
}

/// # Errors
/// The answer to the second request is not the one that the backend gave, or one of the proxy's own.
fn check_second(bytes: &mut Vec<u8>) -> Result<(), String> {
    let head = Head::take(bytes)?.ok_or("the second answer broke off")?;
    let mut body = Vec::new();
    let is_whole =
        Body::framed(head.framing()?).is_some_and(|mut framed| framed.take(bytes, &mut body) == Ok(true));
    if !is_whole || !bytes.is_empty() {
        return Err("the second answer does not end where it should".into());
    }
    let is_seconds = head.status()? == 200 && head.one("x-second") == Some("yes") && body == b"second";
    if is_seconds { Ok(()) } else { Err(format!("the second request got another answer: {head:?}")) }
}

/// The answer that the bytes say, behind interim ones; none if they say none.
fn final_answer(mut bytes: &[u8], is_head: bool) -> Option<Message> {
    loop {
        let kind = |first: &[String; 3]| match first[1].as_str() {
            "204" | "304" => Kind::Bodiless,
            status if is_head || status.starts_with('1') && status.len() == 3 => Kind::Bodiless,
            _ => Kind::Answer,
        };
        let message = lenient::message(bytes, kind)?;
        if !message.first[1].starts_with('1') {
            return Some(message);
        }
        bytes = &bytes[message.length..];
    }
}

/// Plays the backend: the fuzzer's bytes to the first request, and something well known to every other one.
async fn play(mut stream: UnixStream, script: Script) {
    let mut bytes = Vec::new();
    loop {
        let head = loop {
            match Head::take(&mut bytes) {
                Ok(Some(head)) => break head,
                Ok(None) if stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) => {}
                _ => return,
            }
        };
        let Ok(framing) = head.framing() else { return };
        let mut body = Body::framed(framing);
        while body.as_mut().is_some_and(|body| body.take(&mut bytes, &mut Vec::new()) != Ok(true)) {
            if !stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {
                return;
            }
        }
        let Ok((method, target)) = head.request_line() else { return };
        if target != FIRST {
            if stream.write_all(SECOND.as_bytes()).await.is_err() {
                return;
            }
            continue;
        }
        let data = script.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((choice, answer)) = data.split_first() else { return };
        let read = final_answer(answer, method == "HEAD");
        // An answer that ends by itself leaves the connection open: what follows it must not be taken for the next one.
        let ends_itself =
            read.is_some_and(|read| read.is_whole && read.first[1] != "101" && read.ends_itself);
        if stream.write_all(answer).await.is_err() || *choice >= 128 || !ends_itself {
            return;
        }
    }
}
