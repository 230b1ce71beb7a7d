use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use proxykit_tests::strict::Head;
use tokio::net::TcpStream;

use super::{Answer, Call, Phase};
use crate::content::{self, Way};
use crate::fault::Outcome;

/// Makes calls over HTTP/2, three at a time on one connection.
pub(super) async fn client(phase: Arc<Phase>, client: u64) {
    let mut choices = phase.choices(client);
    let mut sender = None;
    for number in (0..phase.calls).step_by(3) {
        // At times it drops the connection, whatever is under way.
        if choices.u8(..8) == 0 {
            sender = None;
        }
        let open = match sender.take().filter(|sender: &SendRequest<_>| !sender.is_closed()) {
            Some(open) => open,
            None => match connect(&phase.address).await {
                Ok(open) => open,
                Err(wrong) => {
                    phase.ledger.wrong(format!("client {client}: {wrong}"));
                    continue;
                }
            },
        };
        let mut calls =
            [0, 1, 2].map(|more| Call::choose(&phase, client, number + more, false, &mut choices));
        if choices.u8(..10) == 0 {
            // The first one to leave takes the others with it.
            calls
                .iter_mut()
                .for_each(|call| call.leaves_after = call.leaves_after.or(Some(super::DEADLINE / 1000)));
        }
        let one = |call: Call| {
            let (phase, open) = (phase.clone(), open.clone());
            async move {
                let seen = phase.see(&call, exchange(open, &phase, &call)).await;
                phase.note(&call, seen);
            }
        };
        let [first, second, third] = calls;
        tokio::join!(one(first), one(second), one(third));
        sender = Some(open);
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = handshake.map_err(|error| error.to_string())?;
    // Its end is seen by the exchanges.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

async fn exchange(mut open: SendRequest<Full<Bytes>>, phase: &Phase, call: &Call) -> Result<Outcome, String> {
    let uri = format!("http://faults.test{}", call.target(phase));
    let mut request = Request::builder().method(call.method).uri(uri);
    for (name, value) in call.fields() {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::from(content::make(call.id, Way::Upload, call.upload)));
    let request = request.body(body).map_err(|error| error.to_string())?;
    let response =
        open.send_request(request).await.map_err(|error| format!("no answer over HTTP/2: {error:?}"))?;
    let (parts, mut incoming) = response.into_parts();
    let named = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_owned())
    };
    let first = format!("HTTP/1.1 {} ", parts.status.as_str());
    let head = Head { first, fields: parts.headers.iter().map(named).collect() };
    let mut answer = Answer { head, body: Vec::new(), is_whole: true };
    while let Some(frame) = incoming.frame().await {
        match frame {
            Ok(frame) => answer.body.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Err(_) => {
                answer.is_whole = false;
                break;
            }
        }
    }
    call.judge(&answer)
}
