//! Unary calls of gRPC (its protocol over HTTP/2): a message with a prefix of five bytes each way, and the status in
//! the trailers.

use std::time::Instant;

use bytes::{BufMut, Bytes, BytesMut};
use clap::Args;
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, Version};
use tokio::net::TcpStream;

use crate::Result;
use crate::closed_loop::{self, Round};
use crate::http1::address;
use crate::report::Report;

const STATUS: &str = "grpc-status";
const TYPE: &str = "application/grpc";

#[derive(Args)]
pub(crate) struct Options {
    /// Where to, such as http://127.0.0.1:8080/bench.Echo/Unary
    url: Uri,
    /// Calls at a time on each connection
    #[arg(long, default_value_t = 1)]
    streams: usize,
    #[command(flatten)]
    closed_loop: closed_loop::Options,
}

pub(crate) async fn run(options: Options) -> Result<Report> {
    let mut connections = Vec::with_capacity(options.closed_loop.connections);
    for _ in 0..options.closed_loop.connections {
        connections.push(connect(&options.url).await?);
    }
    let message = framed(&vec![b'x'; options.closed_loop.size]);
    let ask = |number: usize, round| {
        let connection = connections[number / options.streams].clone();
        call(connection, options.url.clone(), message.clone(), round)
    };
    closed_loop::run(&options.closed_loop, connections.len() * options.streams, ask).await
}

async fn connect(url: &Uri) -> Result<SendRequest<Bytes>> {
    let stream = TcpStream::connect(address(url)?).await?;
    stream.set_nodelay(true)?;
    let (requests, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("proxykit-load: a connection broke: {error}");
        }
    });
    Ok(requests)
}

async fn call(connection: SendRequest<Bytes>, url: Uri, message: Bytes, round: Round) -> Result<()> {
    let mut connection = connection;
    while !round.is_over() {
        let since = Instant::now();
        connection = connection.ready().await?;
        let request = Request::builder()
            .method(Method::POST)
            .version(Version::HTTP_2)
            .uri(url.clone())
            .header("content-type", TYPE)
            .header("te", "trailers")
            .body(())?;
        let (response, mut body) = connection.send_request(request, false)?;
        body.send_data(message.clone(), true)?;
        let mut body = response.await?.into_body();
        let length = read(&mut body).await?.len();
        let trailers = body.trailers().await?.unwrap_or_default();
        if trailers.get(STATUS).is_none_or(|status| status != "0") || length != message.len() {
            return Err(format!("the answer has {length} bytes and the trailers {trailers:?}").into());
        }
        round.answered(since);
    }
    Ok(())
}

/// The other side: gives each message back.
pub(crate) async fn echo(stream: TcpStream) -> Result<()> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, mut respond) = accepted?;
        tokio::spawn(async move {
            let answered = async {
                let message = read(&mut request.into_body()).await?;
                let head = Response::builder().header("content-type", TYPE).body(())?;
                let mut body = respond.send_response(head, false)?;
                body.send_data(message, false)?;
                body.send_trailers(HeaderMap::from_iter([(STATUS.parse()?, HeaderValue::from_static("0"))]))?;
                Result::Ok(())
            };
            if let Err(error) = answered.await {
                eprintln!("proxykit-load: a call broke: {error}");
            }
        });
    }
    Ok(())
}

/// The whole body, which is small.
async fn read(body: &mut RecvStream) -> Result<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// A message with its prefix: not compressed, and its length.
fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    framed.freeze()
}
