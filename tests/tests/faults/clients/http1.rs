use std::pin::pin;
use std::sync::Arc;

use proxykit_tests::strict::Framing;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::{Answer, Call, Phase};
use crate::content::{self, Way};
use crate::fault::Outcome;
use crate::wire::{Failed, Wire};

/// A piece of an upload in chunks.
const CHUNK: usize = 7_000;

struct Connection {
    wire: Wire<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

/// Makes calls over HTTP/1.1, on connections that it keeps, or on one for each.
pub(super) async fn client(phase: Arc<Phase>, client: u64, keeps: bool) {
    let mut choices = phase.choices(client);
    let mut kept: Option<Connection> = None;
    for number in 0..phase.calls {
        let call = Call::choose(&phase, client, number, false, &mut choices);
        let mut connection = kept.take();
        let exchange = async {
            let open = match connection.take() {
                Some(open) => open,
                None => connect(&phase.address).await?,
            };
            let (outcome, rest) = exchange(open, &phase, &call, keeps).await?;
            connection = rest;
            Ok(outcome)
        };
        let seen = phase.see(&call, exchange).await;
        phase.note(&call, seen);
        kept = connection;
    }
}

async fn connect(address: &str) -> Result<Connection, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (reader, writer) = stream.into_split();
    Ok(Connection { wire: Wire::new(reader), writer })
}

/// One request and its answer, and the connection if it can be used again.
async fn exchange(
    mut connection: Connection,
    phase: &Phase,
    call: &Call,
    keeps: bool,
) -> Result<(Outcome, Option<Connection>), String> {
    let request = request(phase, call, keeps);
    let Connection { wire, writer } = &mut connection;
    let mut is_sent = false;
    let answer = {
        let mut sending = pin!(writer.write_all(&request));
        let mut reading = pin!(read(wire, call));
        loop {
            tokio::select! {
                answer = reading.as_mut() => break answer?,
                // An early answer may be followed by a close; the answer counts.
                sent = sending.as_mut(), if !is_sent => is_sent = sent.is_ok(),
            }
            if !is_sent {
                break reading.await?;
            }
        }
    };
    let outcome = call.judge(&answer)?;
    let is_last = answer.head.all("connection").any(|value| value.eq_ignore_ascii_case(b"close"));
    let goes_on = keeps && is_sent && answer.is_whole && !is_last;
    Ok((outcome, goes_on.then_some(connection)))
}

fn request(phase: &Phase, call: &Call, keeps: bool) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\nhost: faults.test\r\n", call.method, call.target(phase));
    for (name, value) in call.fields() {
        head += &format!("{name}: {value}\r\n");
    }
    if !keeps {
        head += "connection: close\r\n";
    }
    let body = content::make(call.id, Way::Upload, call.upload);
    if call.upload == 0 && call.method != "POST" {
        return (head + "\r\n").into_bytes();
    }
    if !call.is_chunked {
        return [(head + &format!("content-length: {}\r\n\r\n", body.len())).into_bytes(), body].concat();
    }
    let mut message = (head + "transfer-encoding: chunked\r\n\r\n").into_bytes();
    for piece in body.chunks(CHUNK) {
        message.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        message.extend_from_slice(piece);
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(b"0\r\n\r\n");
    message
}

async fn read(wire: &mut Wire<OwnedReadHalf>, call: &Call) -> Result<Answer, String> {
    let head = match wire.head().await {
        Ok(Some(head)) => head,
        Ok(None) => return Err("the proxy closed the connection without an answer".into()),
        Err(Failed::Closed) => return Err("the proxy broke off a head, or reset the connection".into()),
        Err(Failed::Wrong(wrong)) => return Err(format!("the proxy's answer: {wrong}")),
    };
    let mut body = Vec::new();
    if call.method == "HEAD" {
        return Ok(Answer { head, body, is_whole: true });
    }
    if head.framing()? == Framing::None {
        return Err(format!("an answer whose end cannot be told: {head:?}"));
    }
    let is_whole = match wire.body(&head, &mut body).await {
        Ok(()) => true,
        Err(Failed::Closed) => false,
        Err(Failed::Wrong(wrong)) => return Err(format!("the body of the proxy's answer: {wrong}")),
    };
    Ok(Answer { head, body, is_whole })
}
