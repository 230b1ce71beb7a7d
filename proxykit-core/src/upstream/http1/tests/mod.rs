//! The edges of an exchange, over a pipe.

mod answers;
mod uploads;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::upstream::http1::{Answer, Http1};
use crate::upstream::{RequestBody, Terms, may_be_repeated};

type Connection = Box<Http1<DuplexStream>>;

static NAME: HeaderValue = HeaderValue::from_static("backend:1");
const LONG: Duration = Duration::from_secs(60);

fn connected() -> (Connection, DuplexStream) {
    let (near, far) = duplex(256 * 1024);
    (Box::new(Http1::new(near)), far)
}

fn get() -> Request<RequestBody> {
    Request::get("/a?b").header("host", "h").body(RequestBody::Empty).unwrap()
}

/// A body that is sent piece by piece from elsewhere, and ends with its sender.
struct Pieces(UnboundedReceiver<Frame<Bytes>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}

fn post() -> (Request<RequestBody>, UnboundedSender<Frame<Bytes>>) {
    let (sender, pieces) = unbounded_channel();
    let request = Request::post("/").header("host", "h").body(RequestBody::boxed(Pieces(pieces)));
    (request.unwrap(), sender)
}

fn piece(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

async fn send(
    connection: Connection,
    request: &mut Request<RequestBody>,
) -> Result<Response<Answer<DuplexStream>>> {
    send_within(LONG, connection, request).await
}

async fn send_within(
    response_head: Duration,
    connection: Connection,
    request: &mut Request<RequestBody>,
) -> Result<Response<Answer<DuplexStream>>> {
    let interim = |_: StatusCode, _: &HeaderMap| {};
    let clock = Clock::default();
    let terms = Terms {
        announced: [None; 3],
        opening: None,
        connect: LONG,
        response_head,
        clock: &clock,
        interim: &interim,
    };
    connection.send(request, None, &terms, &NAME).await
}

/// What the far end does: reads a head, says this, and goes.
async fn say(far: &mut DuplexStream, text: &str) -> String {
    let head = read_head(far).await;
    far.write_all(text.as_bytes()).await.unwrap();
    head
}

async fn read_head(far: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(far.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The body to its end.
async fn read(answer: &mut Answer<DuplexStream>) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(frame) = poll_fn(|cx| answer.poll_frame(cx)).await {
        body.extend_from_slice(frame.map_err(|error| error.to_string())?.data_ref().unwrap());
    }
    Ok(body)
}

/// Sends a request on a new connection whose backend says this, and closes if it `closes`: the answer's body, and the
/// connection if it is good for another request.
async fn exchange(text: &str, closes: bool) -> Result<(Result<Vec<u8>, String>, Option<Connection>)> {
    let (connection, mut far) = connected();
    let mut request = get();
    let (answer, far) = tokio::join!(send(connection, &mut request), async {
        say(&mut far, text).await;
        (!closes).then_some(far)
    });
    let mut answer = answer?.into_body();
    let body = read(&mut answer).await;
    let connection = taken(&mut answer);
    drop(far);
    Ok((body, connection))
}

async fn error_of(text: &str, closes: bool) -> Error {
    exchange(text, closes).await.err().expect("an error")
}

/// The connection behind an answer, if it is good for the next request.
fn taken(answer: &mut Answer<DuplexStream>) -> Option<Connection> {
    answer.take_connection().and_then(|(connection, is_good)| is_good.then_some(connection))
}
