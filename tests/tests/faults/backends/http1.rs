use std::io;
use std::sync::Arc;
use std::time::Duration;

use proxykit_tests::strict::{Framing, Head};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::Shared;
use crate::content::{self, Way};
use crate::fault::Fault;
use crate::wire::{Failed, Wire};

/// Before each piece of a slow answer.
const PAUSE: Duration = Duration::from_millis(3);
const SLOW_PIECES: usize = 8;
/// How long a tunnel is left as it is: longer than the proxy's limit for it.
const STUBBORN: Duration = Duration::from_secs(3);

/// What is not HTTP, each in its own way.
const GARBAGE: [&[u8]; 8] = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"220 mail.example ESMTP\r\n",
    b"HTTP/1.1 2x0 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
    b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nx: \0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nabc",
    b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff",
];

/// A connection that can be reset.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    fn reset(self);
}

impl Socket for TcpStream {
    fn reset(self) {
        // A connection that is reset already is as it should be.
        let _ = SockRef::from(&self).set_linger(Some(Duration::ZERO));
    }
}

impl Socket for UnixStream {
    fn reset(self) {}
}

/// What a request asks of its backend.
pub(super) struct Asked {
    pub(super) id: u64,
    pub(super) method: String,
    target: String,
    pub(super) size: usize,
    upload: usize,
}

/// Serves a connection. What was wrong with the proxy's part is an error; that it closes is none.
pub(super) async fn serve<S: Socket>(
    stream: S,
    fault: Option<Fault>,
    shared: Arc<Shared>,
) -> Result<(), String> {
    match exchange(stream, fault, &shared).await {
        Ok(()) | Err(Failed::Closed) => Ok(()),
        Err(Failed::Wrong(wrong)) => Err(format!("what the proxy sent: {wrong}")),
    }
}

async fn exchange<S: Socket>(stream: S, fault: Option<Fault>, shared: &Shared) -> Result<(), Failed> {
    let mut wire = Wire::new(stream);
    if fault == Some(Fault::ResetConnect) {
        shared.committed(fault);
        wire.into_inner().reset();
        return Ok(());
    }
    while let Some(head) = wire.head().await? {
        let asked = Asked::read(&head).map_err(Failed::Wrong)?;
        shared.ledger.taken_up(asked.id, &asked.method);
        shared.committed(fault);
        if matches!(fault, Some(Fault::Early | Fault::EarlyClose)) {
            return answer_early(wire, &asked, fault).await;
        }
        let mut upload = Vec::new();
        wire.body(&head, &mut upload).await?;
        asked.check_upload(&upload).map_err(Failed::Wrong)?;
        drop(upload);
        let is_tunnel = head.one("upgrade").is_some();
        let stream = wire.inner();
        let (answer, body) = asked.answer();
        match fault {
            _ if is_tunnel => return tunnel(wire, &asked, &head, fault).await,
            Some(Fault::Hang) => {
                // Until the proxy closes.
                while !wire.some().await?.is_empty() {}
                return Ok(());
            }
            Some(Fault::ResetHead) => {
                write(stream, &answer[..answer.len() / 2]).await?;
                wire.into_inner().reset();
                return Ok(());
            }
            Some(Fault::ResetBody) => {
                write(stream, &[&answer, &body[..body.len() / 2]].concat()).await?;
                wire.into_inner().reset();
                return Ok(());
            }
            Some(Fault::DieLength | Fault::DieChunked) => {
                return write(stream, &[&answer, &body[..body.len() / 2]].concat()).await;
            }
            Some(Fault::Garbage) => return write(stream, GARBAGE[asked.id as usize % GARBAGE.len()]).await,
            Some(Fault::Slow) => {
                let whole = [answer, body].concat();
                for piece in whole.chunks(whole.len().div_ceil(SLOW_PIECES)) {
                    tokio::time::sleep(PAUSE).await;
                    write(stream, piece).await?;
                }
            }
            Some(Fault::Retire) => {
                write(stream, &[answer, body].concat()).await?;
                if asked.id.is_multiple_of(3) {
                    tokio::time::sleep(PAUSE).await;
                }
                return Ok(());
            }
            _ => write(stream, &[answer, body].concat()).await?,
        }
    }
    Ok(())
}

async fn write<S: Socket>(stream: &mut S, bytes: &[u8]) -> Result<(), Failed> {
    stream.write_all(bytes).await.map_err(|_: io::Error| Failed::Closed)
}

/// Answers while the request still comes. One who is polite says that he will close, and hears it out; one who is not resets the
/// connection.
async fn answer_early<S: Socket>(
    mut wire: Wire<S>,
    asked: &Asked,
    fault: Option<Fault>,
) -> Result<(), Failed> {
    let (mut answer, body) = asked.answer();
    let is_polite = fault == Some(Fault::Early);
    if is_polite {
        answer.splice(answer.len() - 2.., *b"connection: close\r\n\r\n");
    }
    write(wire.inner(), &[answer, body].concat()).await?;
    if is_polite {
        wire.inner().shutdown().await.map_err(|_| Failed::Closed)?;
        while !wire.some().await?.is_empty() {}
    }
    Ok(())
}

/// Sends back what comes, or breaks the tunnel behind the first piece.
async fn tunnel<S: Socket>(
    mut wire: Wire<S>,
    asked: &Asked,
    head: &Head,
    fault: Option<Fault>,
) -> Result<(), Failed> {
    let key = head.one("sec-websocket-key").ok_or(Failed::Wrong("a tunnel without its key".into()))?;
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-accept: {accept}\r\nx-id: {:x}\r\n\r\n",
        asked.id
    );
    write(wire.inner(), head.as_bytes()).await?;
    loop {
        let piece = wire.some().await?;
        if piece.is_empty() {
            return wire.inner().shutdown().await.map_err(|_| Failed::Closed);
        }
        write(wire.inner(), &piece).await?;
        if fault == Some(Fault::TunnelDie) {
            match asked.id % 3 {
                0 => wire.into_inner().reset(),
                1 => drop(wire),
                // It neither reads nor writes nor closes: the proxy's limit for idle tunnels has to end it.
                _ => tokio::time::sleep(STUBBORN).await,
            }
            return Ok(());
        }
    }
}

impl Asked {
    pub(super) fn read(head: &Head) -> Result<Self, String> {
        let (method, target) = head.request_line()?;
        let number = |name: &str, radix| {
            let value = head.one(name).and_then(|value| u64::from_str_radix(value, radix).ok());
            value.ok_or_else(|| format!("no {name} in {head:?}"))
        };
        // What the proxy says itself must be there, once.
        for name in ["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-origin-host"] {
            head.one(name).ok_or_else(|| format!("{name} does not stand once in {head:?}"))?;
        }
        if head.framing()? == Framing::None && number("x-upload", 10)? > 0 {
            return Err(format!("no framing in {head:?}"));
        }
        Ok(Asked {
            id: number("x-id", 16)?,
            method: method.to_owned(),
            target: target.to_owned(),
            size: number("x-size", 10)? as usize,
            upload: number("x-upload", 10)? as usize,
        })
    }

    pub(super) fn check_upload(&self, upload: &[u8]) -> Result<(), String> {
        match content::check(self.id, Way::Upload, self.upload, upload) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!(
                "the upload of {:x} ended after {} bytes as if it were whole",
                self.id,
                upload.len()
            )),
            Err(wrong) => Err(format!("the upload of {:x}: {wrong}", self.id)),
        }
    }

    /// The fields of the answer, which say whose it is.
    pub(super) fn fields(&self) -> [(&'static str, String); 3] {
        [
            ("x-id", format!("{:x}", self.id)),
            ("x-target", self.target.clone()),
            ("x-size", self.size.to_string()),
        ]
    }

    /// The whole answer: its head, and its body as it is sent.
    fn answer(&self) -> (Vec<u8>, Vec<u8>) {
        let mut head = String::from("HTTP/1.1 200 OK\r\n");
        for (name, value) in self.fields() {
            head += &format!("{name}: {value}\r\n");
        }
        let body = content::make(self.id, Way::Download, self.size);
        let is_chunked = !self.id.is_multiple_of(2);
        head += &match is_chunked {
            true => "transfer-encoding: chunked\r\n\r\n".to_owned(),
            false => format!("content-length: {}\r\n\r\n", body.len()),
        };
        let body = match is_chunked {
            _ if self.method == "HEAD" => Vec::new(),
            true => chunked(&body),
            false => body,
        };
        (head.into_bytes(), body)
    }
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let pieces = body.chunks(10_000);
    let mut chunks: Vec<u8> = pieces
        .flat_map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat())
        .collect();
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}
