use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Call, Phase};
use crate::content::{self, Way};
use crate::fault::Outcome;
use crate::wire::Wire;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Opens tunnels as a WebSocket client does, and sends bytes that come back.
pub(super) async fn client(phase: Arc<Phase>, client: u64) {
    let mut choices = phase.choices(client);
    for number in 0..phase.calls {
        let call = Call { method: "GET", ..Call::choose(&phase, client, number, true, &mut choices) };
        let seen = phase.see(&call, exchange(&phase, &call)).await;
        phase.note(&call, seen);
    }
}

async fn exchange(phase: &Phase, call: &Call) -> Result<Outcome, String> {
    let say = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect(&phase.address).await.map_err(say)?;
    let (reader, mut writer) = stream.into_split();
    let mut wire = Wire::new(reader);
    let mut head = format!("GET {} HTTP/1.1\r\nhost: faults.test\r\nx-upload: 0\r\n", call.target(phase));
    head += "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n";
    head += &format!("sec-websocket-key: {KEY}\r\nx-id: {:x}\r\nx-size: 0\r\n\r\n", call.id);
    writer.write_all(head.as_bytes()).await.map_err(say)?;
    let answer = wire.head().await.map_err(|error| format!("no answer to an upgrade: {error:?}"))?;
    let answer = answer.ok_or("the connection was closed without an answer")?;
    let accept = derive_accept_key(KEY.as_bytes());
    let id = format!("{:x}", call.id);
    if answer.status()? != 101
        || answer.one("sec-websocket-accept") != Some(&accept)
        || answer.one("upgrade") != Some("websocket")
        || answer.one("x-id") != Some(&id)
    {
        return Err(format!("no upgrade: {answer:?}"));
    }
    // At least the piece that makes a dying backend die.
    let size = call.download.max(2);
    let sent = content::make(call.id, Way::Upload, size);
    let sending = async {
        // A tunnel that breaks is seen by the one who reads.
        let _ = writer.write_all(&sent).await;
        let _ = writer.shutdown().await;
    };
    let reading = async {
        let mut received = Vec::new();
        while let Ok(piece) = wire.some().await {
            if piece.is_empty() {
                break;
            }
            received.extend(piece);
        }
        received
    };
    let received = tokio::join!(sending, reading).1;
    match content::check(call.id, Way::Upload, size, &received)? {
        true if phase.places[call.place].fault.is_none() => Ok(Outcome::Whole),
        // A short message may have come back before the tunnel broke.
        _ => Ok(Outcome::Broken),
    }
}
