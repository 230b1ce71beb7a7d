use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How long a client that still sends may go on after its last answer (nginx: `lingering_timeout`, 5 s), and how
/// much it may send.
const LINGER: Duration = Duration::from_secs(2);
const MOST_LINGERING: usize = 8 * 1024 * 1024;

/// Ends a connection so that the last answer arrives.
///
/// Bytes that come for a closed socket are answered with a reset, which would take the answer from a client before it has
/// read it (RFC 9112, section 9.6). From one that may still send, what comes is read and dropped for a while.
pub(super) async fn linger<S>(mut stream: S, may_still_send: bool)
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let is_ended = stream.shutdown().await.is_ok();
    if !(is_ended && may_still_send) {
        return;
    }
    let drop_what_comes = async {
        let (mut bytes, mut count) = (vec![0; 16 * 1024], 0);
        while let Ok(read @ 1..) = stream.read(&mut bytes).await {
            count += read;
            if count > MOST_LINGERING {
                return;
            }
        }
    };
    timeout(LINGER, drop_what_comes).await.ok();
}
