use std::task::{Context, Poll, ready};

use super::io::Io;
use super::sending::Sending;
use crate::http1::{MaybePlain, Pipe};
use crate::server::activity::Activity;

/// Of how much the bytes are worth moving by a pipe, which is three system calls more.
const MUCH: u64 = 64 * 1024;

impl Sending {
    /// A pipe for what is left, if that is much, and all before it is written.
    pub(super) fn pipe<S: MaybePlain>(&self, io: &Io<S>) -> Option<Pipe> {
        // Every answer is asked, and nearly all are small.
        if self.left < MUCH || !io.write.is_empty() {
            return None;
        }
        io.stream.as_ref()?.plain()?;
        self.body.as_ref()?.pipe()
    }

    /// Sends what is left through the pipe. Ready with whether it was all; none if the system does not move bytes this way.
    pub(super) fn poll_pipe<S: MaybePlain>(
        &mut self,
        io: &mut Io<S>,
        activity: &Activity,
        cx: &mut Context<'_>,
    ) -> Poll<Option<bool>> {
        let socket = io.stream.as_ref().and_then(MaybePlain::plain);
        let (Some(pipe), Some(body), Some(socket)) = (&mut self.pipe, &mut self.body, socket) else {
            return Poll::Ready(None);
        };
        loop {
            while !pipe.is_empty() {
                match pipe.poll_empty(socket, cx) {
                    Poll::Ready(Ok(count)) => io.write.passed(count),
                    Poll::Ready(Err(_)) => return Poll::Ready(Some(false)),
                    Poll::Pending => {
                        self.progress.stopped(io.write.progress(), activity);
                        return Poll::Pending;
                    }
                }
            }
            activity.unblocked();
            if self.left == 0 {
                (self.pipe, self.body) = (None, None);
                return Poll::Ready(Some(true));
            }
            match ready!(body.poll_pipe(pipe, cx)) {
                Ok(Some(count @ 1..)) => self.left = self.left.saturating_sub(count as u64),
                Ok(None) => {
                    self.pipe = None;
                    return Poll::Ready(None);
                }
                Ok(Some(0)) | Err(_) => return Poll::Ready(Some(false)),
            }
        }
    }
}
