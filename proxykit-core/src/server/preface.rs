use std::io;

use crate::http1::Begun;
use tokio::io::AsyncRead;

/// What a client of HTTP/2 says first, if it knows beforehand what it will be answered in (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Waits for the first bytes of a connection and says whether they begin HTTP/2.
pub(super) async fn is_http2<S: AsyncRead + Unpin>(stream: &mut Begun<S>) -> io::Result<bool> {
    loop {
        let beginning = stream.beginning();
        let compared = beginning.len().min(HTTP2_PREFACE.len());
        let is_preface = beginning[..compared] == HTTP2_PREFACE[..compared];
        if !is_preface || compared == HTTP2_PREFACE.len() {
            return Ok(is_preface);
        }
        if stream.read_more().await? == 0 {
            return Ok(false);
        }
    }
}
