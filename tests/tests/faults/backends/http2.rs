use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use proxykit_tests::strict::Head;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Shared;
use super::http1::Asked;
use crate::content::{self, Way};
use crate::fault::Fault;
use crate::wire::Wire;

/// How many requests a connection takes until it says GOAWAY.
const REQUESTS: u32 = 5;

/// Serves a connection of HTTP/2.
pub(super) async fn serve(
    stream: TcpStream,
    fault: Option<Fault>,
    shared: Arc<Shared>,
) -> Result<(), String> {
    if fault == Some(Fault::H2Garbage) {
        shared.committed(fault);
        return speak_http1(stream).await;
    }
    let (end, requests) = (Arc::new(Notify::new()), AtomicU32::new(0));
    let service = service_fn(|request: Request<Incoming>| {
        shared.committed(fault);
        if fault == Some(Fault::H2GoAway) && requests.fetch_add(1, Ordering::Relaxed) + 1 == REQUESTS {
            end.notify_one();
        }
        answer(request, fault, shared.clone(), end.clone())
    });
    let mut connection = pin!(
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(Lingering(stream)), service)
    );
    tokio::select! {
        // That the proxy closes, or resets, is no error of its.
        _ = connection.as_mut() => return Ok(()),
        () = end.notified() => {}
    }
    if fault == Some(Fault::H2GoAway) {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
    Ok(())
}

async fn speak_http1(stream: TcpStream) -> Result<(), String> {
    let mut wire = Wire::new(stream);
    // The proxy may have closed already.
    let _ = wire.some().await;
    let _ = wire.inner().write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    Ok(())
}

async fn answer(
    request: Request<Incoming>,
    fault: Option<Fault>,
    shared: Arc<Shared>,
    end: Arc<Notify>,
) -> Result<Response<Answer>, String> {
    let asked = match read(&request) {
        Ok(asked) => asked,
        Err(wrong) => {
            shared.ledger.wrong(format!("what the proxy sent over HTTP/2: {wrong}"));
            return Err(wrong);
        }
    };
    shared.ledger.taken_up(asked.id, &asked.method);
    let is_head = asked.method == "HEAD";
    let upload = request.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    if let Err(wrong) = asked.check_upload(&upload) {
        shared.ledger.wrong(wrong);
    }
    let mut response = Response::builder();
    for (name, value) in asked.fields() {
        response = response.header(name, value);
    }
    let mut body = content::make(asked.id, Way::Download, asked.size);
    let then = match fault {
        _ if is_head => Then::End,
        Some(Fault::H2Drop) => Then::Drop(end),
        Some(Fault::H2Reset) => Then::Reset,
        _ => Then::End,
    };
    match then {
        Then::End => response = response.header("content-length", body.len()),
        _ => body.truncate(body.len() / 2),
    }
    if is_head {
        body.clear();
    }
    let answer = Answer { piece: Some(body.into()).filter(|piece: &Bytes| !piece.is_empty()), then };
    response.body(answer).map_err(|error| error.to_string())
}

/// The head as if it had come in HTTP/1.1.
fn read(request: &Request<Incoming>) -> Result<Asked, String> {
    let uri = request.uri();
    let authority = uri.authority().ok_or("the request has no authority")?;
    let target = uri.path_and_query().ok_or("the request has no path")?;
    let mut fields = vec![("host".to_owned(), authority.as_str().into())];
    let named = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_owned())
    };
    fields.extend(request.headers().iter().map(named));
    if !request.headers().contains_key("content-length") {
        // HTTP/2 frames a body without a word.
        fields.push(("transfer-encoding".into(), b"chunked".into()));
    }
    Asked::read(&Head { first: format!("{} {target} HTTP/1.1", request.method()), fields })
}

/// The body of an answer.
struct Answer {
    piece: Option<Bytes>,
    then: Then,
}

/// What comes behind the piece.
enum Then {
    End,
    /// The stream is reset.
    Reset,
    /// The connection is closed.
    Drop(Arc<Notify>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        if let Some(piece) = self.piece.take() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match &self.then {
            Then::End => Poll::Ready(None),
            Then::Reset => Poll::Ready(Some(Err("asked to reset".into()))),
            Then::Drop(end) => {
                // The end is the connection's.
                end.notify_one();
                Poll::Pending
            }
        }
    }
}

/// A connection that hears the other side out before it closes: what was sent last would else be lost in the reset that
/// late bytes are answered with.
struct Lingering(TcpStream);

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_shutdown(cx))?;
        loop {
            let mut bytes = [0; 1024];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
