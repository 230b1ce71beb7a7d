//! Tunnels that echo: `Upgrade: websocket` (RFC 6455), and `Upgrade: echo`, which sends every byte back.

use futures_util::StreamExt;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::answer::{Answer, text};
use crate::connection::Connection;
use crate::state::Active;

/// Accepts an upgrade, and echoes until one side closes.
pub(crate) fn answer(connection: &Connection, mut request: Request<Incoming>) -> Response<Answer> {
    let mut active = Active::new(connection.state.clone());
    let headers = request.headers();
    let protocol = headers[UPGRADE].clone();
    let key = headers.get("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes()));
    let websocket = match protocol.as_bytes() {
        b"echo" => false,
        b"websocket" if key.is_some() => true,
        _ => {
            active.finish();
            return text(StatusCode::BAD_REQUEST, format!("cannot upgrade to {protocol:?}"));
        }
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(tunnel) = upgraded.await {
            // A tunnel that breaks is what some tests want.
            let _ = if websocket { echo_messages(tunnel).await } else { echo_bytes(tunnel).await };
            active.finish();
        }
    });
    let mut response = text(StatusCode::SWITCHING_PROTOCOLS, String::new());
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
    if let Some(key) = key.and_then(|key| HeaderValue::try_from(key).ok()) {
        headers.insert("sec-websocket-accept", key);
    }
    response
}

async fn echo_bytes(tunnel: Upgraded) -> std::io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(TokioIo::new(tunnel));
    tokio::io::copy(&mut reader, &mut writer).await?;
    tokio::io::AsyncWriteExt::shutdown(&mut writer).await
}

async fn echo_messages(tunnel: Upgraded) -> std::io::Result<()> {
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(tunnel), Role::Server, None).await;
    let (writer, reader) = socket.split();
    reader.forward(writer).await.map_err(std::io::Error::other)
}
