use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::Form;
use super::io::Io;
use crate::http1::{Framing, MaybePlain, Pipe};
use crate::proxy::ResponseBody;
use crate::server::activity::Activity;

/// How much of small pieces is gathered before it is written.
const ENOUGH: usize = 16 * 1024;

/// An answer's body on its way to the client, behind its head.
pub(super) struct Sending {
    pub(super) body: Option<ResponseBody>,
    form: Form,
    /// How many bytes are still to come, if that is known.
    pub(super) left: u64,
    pub(super) progress: Progress,
    /// What the rest goes through, if it does.
    pub(super) pipe: Option<Pipe>,
}

/// How much was written when the client was waited for last.
pub(super) struct Progress(Option<u64>);

impl Progress {
    /// The client takes no more: from now on if something was written meanwhile, or as long as before.
    pub(super) fn stopped(&mut self, written: u64, activity: &Activity) {
        activity.waits_since(self.0 != Some(written));
        self.0 = Some(written);
    }
}

impl Sending {
    pub(super) fn new(body: ResponseBody, form: Form) -> Self {
        let left = if let Framing::Length(length) = form.framing { length } else { 0 };
        let mut sending = Sending { body: Some(body), form, left, progress: Progress(None), pipe: None };
        if form.framing.is_empty() {
            sending.body = None;
        }
        sending
    }

    /// Ready with whether all of the answer was written; false means that the client must see it break off.
    pub(super) fn poll<S>(&mut self, io: &mut Io<S>, activity: &Activity, cx: &mut Context<'_>) -> Poll<bool>
    where
        S: AsyncRead + AsyncWrite + MaybePlain + Unpin,
    {
        loop {
            if self.pipe.is_none() {
                self.pipe = self.pipe(io);
            }
            if self.pipe.is_some()
                && let Some(is_whole) = ready!(self.poll_pipe(io, activity, cx))
            {
                return Poll::Ready(is_whole);
            }
            // First the body, then the socket: the head and the first piece leave in one write.
            let gathered = self.poll_gather(io, cx);
            match io.poll_write(cx) {
                Poll::Ready(Ok(())) => activity.unblocked(),
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Pending => {
                    self.progress.stopped(io.write.progress(), activity);
                    return Poll::Pending;
                }
            }
            match ready!(gathered) {
                Gathered::All => return Poll::Ready(true),
                Gathered::Some => {}
                Gathered::Broken => return Poll::Ready(false),
            }
        }
    }

    /// Gathers pieces until there are enough to be written, or no more.
    fn poll_gather<S>(&mut self, io: &mut Io<S>, cx: &mut Context<'_>) -> Poll<Gathered> {
        while let Some(body) = &mut self.body {
            if !io.write.has_room(ENOUGH) {
                return Poll::Ready(Gathered::Some);
            }
            let frame = match ready!(Pin::new(&mut *body).poll_frame(cx)) {
                Some(Ok(frame)) => Some(frame),
                Some(Err(_)) => return Poll::Ready(Gathered::Broken),
                None => None,
            };
            let is_last = frame.is_none() || body.is_end_stream();
            if !self.put(io, frame, is_last) {
                return Poll::Ready(Gathered::Broken);
            }
            if is_last {
                self.body = None;
            }
        }
        Poll::Ready(Gathered::All)
    }

    /// Puts a piece behind what waits; false if it is more or less than the head has said.
    fn put<S>(&mut self, io: &mut Io<S>, frame: Option<Frame<Bytes>>, is_last: bool) -> bool {
        let (mut trailers, mut data) = (None, None);
        match frame.map(Frame::into_data) {
            Some(Ok(bytes)) => data = Some(bytes),
            Some(Err(other)) => trailers = other.into_trailers().ok(),
            None => {}
        }
        match self.form.framing {
            Framing::Length(_) => {
                let length = data.as_ref().map_or(0, |data| data.len() as u64);
                let Some(left) = self.left.checked_sub(length) else { return false };
                self.left = left;
                if is_last && left > 0 {
                    return false;
                }
                data.into_iter().for_each(|data| io.write.put(data, false));
            }
            Framing::UntilClose => data.into_iter().for_each(|data| io.write.put(data, false)),
            Framing::Chunked => {
                data.into_iter().for_each(|data| io.write.put(data, true));
                if is_last || trailers.is_some() {
                    let trailers = trailers.filter(|_| self.form.takes_trailers);
                    io.write.put_last_chunk(trailers.as_ref());
                    self.body = None;
                }
            }
        }
        true
    }
}

enum Gathered {
    /// All that there is.
    All,
    Some,
    /// The body broke off.
    Broken,
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::server::http1::io::Shared;

    /// Whether a body of three bytes is whole in this framing, and what the client gets of it.
    async fn sent(framing: Framing) -> (bool, String) {
        let (near, mut far) = tokio::io::duplex(64);
        let (io, activity) = (Shared::new(near, &[]), Activity::new(&Arc::default()));
        let form = Form { framing, takes_trailers: false, persists: true };
        let mut sending = Sending::new(ResponseBody::text("abc"), form);
        let is_whole = poll_fn(|cx| sending.poll(&mut io.lock(), &activity, cx)).await;
        drop(io);
        let mut text = String::new();
        far.read_to_string(&mut text).await.unwrap();
        (is_whole, text)
    }

    #[tokio::test]
    async fn a_body_is_as_long_as_its_head_has_said() {
        assert_eq!(sent(Framing::Length(3)).await, (true, "abc".into()));
        assert_eq!(sent(Framing::Chunked).await, (true, "3\r\nabc\r\n0\r\n\r\n".into()));
        assert_eq!(sent(Framing::UntilClose).await, (true, "abc".into()));
        assert_eq!(sent(Framing::EMPTY).await, (true, String::new()));
        assert!(!sent(Framing::Length(4)).await.0);
        assert_eq!(sent(Framing::Length(2)).await, (false, String::new()));
    }
}
