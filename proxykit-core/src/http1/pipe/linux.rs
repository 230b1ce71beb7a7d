use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, SpliceFFlags, fcntl, splice};
use nix::unistd::pipe2;
use tokio::io::Interest;

use super::Plain;

/// How many bodies of a worker go through pipes at a time; more are copied. Each takes two descriptors, and all of them no
/// more than a quarter of the room that the system lets a user have in pipes (pipe(7): 64 MiB).
const MOST: usize = 64;
/// How many pipes wait for the next body.
const MOST_IDLE: usize = 8;
/// What a pipe holds, and is moved at once. With the 64 KiB that pipes come with, 1 MiB took 1.46 times the time.
const SIZE: usize = 256 * 1024;

/// The pipes of a worker.
#[derive(Debug, Default)]
pub(crate) struct Pipes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    idle: Vec<Arc<Ends>>,
    in_use: usize,
    /// Whether the system cannot do it, or a sandbox forbids it.
    is_refused: bool,
}

/// Bytes on their way from one socket to another that never come up to us: the system moves the pages that hold them
/// (splice(2)), where to read and to write them would copy each byte twice.
#[derive(Debug)]
pub(crate) struct Pipe {
    ends: Arc<Ends>,
    /// How many bytes are in it.
    filled: usize,
    home: Weak<Pipes>,
}

#[derive(Debug)]
struct Ends {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipes {
    /// A pipe, unless there are enough, or none is to be had.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Pipe> {
        let mut state = self.lock();
        if state.is_refused || state.in_use == MOST {
            return None;
        }
        let ends = match state.idle.pop() {
            Some(ends) => ends,
            None => Arc::new(Ends::open().ok()?),
        };
        state.in_use += 1;
        Some(Pipe { ends, filled: 0, home: Arc::downgrade(self) })
    }

    /// Closes those that wait, and says whether there are others.
    pub(crate) fn close_idle(&self) -> bool {
        let mut state = self.lock();
        state.idle = Vec::new();
        state.in_use > 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ends {
    fn open() -> nix::Result<Self> {
        let (read, write) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)?;
        // Where a user has no room left, a smaller one serves.
        fcntl(&write, FcntlArg::F_SETPIPE_SZ(SIZE as i32)).ok();
        Ok(Ends { read, write })
    }
}

impl Pipe {
    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Takes what has come of a socket, up to so many bytes, and says how many that were: zero at its end, none if the system
    /// does not move bytes this way, and will never be asked again. Only while the pipe is empty: a full one, and a socket
    /// of which nothing has come, would be one and the same to the system.
    pub(crate) fn poll_fill(
        &mut self,
        from: Plain<'_>,
        most: u64,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        let most = usize::try_from(most).unwrap_or(SIZE).min(SIZE);
        loop {
            ready!(from.poll_ready(Interest::READABLE, cx))?;
            match from.try_io(Interest::READABLE, |socket| move_bytes(socket, &self.ends.write, most)) {
                Ok(count) => {
                    self.filled = count;
                    return Poll::Ready(Ok(Some(count)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if is_refusal(&error) => {
                    self.home.upgrade().inspect(|pipes| pipes.lock().is_refused = true);
                    return Poll::Ready(Ok(None));
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Gives what is in it to a socket, as much as that takes, and says how much that was.
    pub(crate) fn poll_empty(&mut self, to: Plain<'_>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(to.poll_ready(Interest::WRITABLE, cx))?;
            match to.try_io(Interest::WRITABLE, |socket| move_bytes(&self.ends.read, socket, self.filled)) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.filled -= count;
                    return Poll::Ready(Ok(count));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let Some(pipes) = self.home.upgrade() else { return };
        let mut state = pipes.lock();
        state.in_use -= 1;
        // What is left in one belongs to a body that broke off.
        if self.filled == 0 && state.idle.len() < MOST_IDLE {
            state.idle.push(self.ends.clone());
        }
    }
}

impl Plain<'_> {
    fn poll_ready(self, interest: Interest, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match (self, interest == Interest::READABLE) {
            (Plain::Tcp(socket), true) => socket.poll_read_ready(cx),
            (Plain::Tcp(socket), false) => socket.poll_write_ready(cx),
            (Plain::Unix(socket), true) => socket.poll_read_ready(cx),
            (Plain::Unix(socket), false) => socket.poll_write_ready(cx),
        }
    }

    fn try_io(
        self,
        interest: Interest,
        run: impl FnOnce(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        match self {
            Plain::Tcp(socket) => socket.try_io(interest, || run(socket.as_fd())),
            Plain::Unix(socket) => socket.try_io(interest, || run(socket.as_fd())),
        }
    }
}

fn move_bytes(from: impl AsFd, to: impl AsFd, most: usize) -> io::Result<usize> {
    let flags = SpliceFFlags::SPLICE_F_MOVE | SpliceFFlags::SPLICE_F_NONBLOCK;
    loop {
        match splice(&from, None, &to, None, most, flags) {
            Err(Errno::EINTR) => {}
            moved => return moved.map_err(io::Error::from),
        }
    }
}

fn is_refusal(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EINVAL | Errno::ENOSYS | Errno::EPERM | Errno::EACCES))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn what_goes_in_comes_out() {
        let ((mut source, near), (far, mut sink)) =
            (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        let pipes = Arc::new(Pipes::default());
        let mut pipe = pipes.take().unwrap();
        source.write_all(b"hello, and more").await.unwrap();
        let count = poll_fn(|cx| pipe.poll_fill(Plain::Unix(&near), 5, cx)).await.unwrap();
        assert!(count == Some(5) && !pipe.is_empty());
        assert_eq!(poll_fn(|cx| pipe.poll_empty(Plain::Unix(&far), cx)).await.unwrap(), 5);
        assert!(pipe.is_empty());
        let mut text = [0; 5];
        sink.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"hello");
        drop(source);
        let rest = poll_fn(|cx| pipe.poll_fill(Plain::Unix(&near), 100, cx)).await.unwrap();
        assert_eq!(rest, Some(10));
        poll_fn(|cx| pipe.poll_empty(Plain::Unix(&far), cx)).await.unwrap();
        assert_eq!(poll_fn(|cx| pipe.poll_fill(Plain::Unix(&near), 100, cx)).await.unwrap(), Some(0));
    }

    #[tokio::test]
    async fn what_is_left_in_a_pipe_is_not_for_the_next_body() {
        let (mut source, near) = UnixStream::pair().unwrap();
        source.write_all(b"secret").await.unwrap();
        let pipes = Arc::new(Pipes::default());
        let mut pipe = pipes.take().unwrap();
        poll_fn(|cx| pipe.poll_fill(Plain::Unix(&near), 100, cx)).await.unwrap();
        drop(pipe);
        assert!(pipes.lock().idle.is_empty());
        drop(pipes.take().unwrap());
        assert_eq!(pipes.lock().idle.len(), 1);
    }

    #[test]
    fn their_number_is_bounded() {
        let pipes = Arc::new(Pipes::default());
        let taken: Vec<_> = (0..MOST).map(|_| pipes.take().unwrap()).collect();
        assert!(pipes.take().is_none());
        drop(taken);
        let state = pipes.lock();
        assert_eq!((state.idle.len(), state.in_use), (MOST_IDLE, 0));
        drop(state);
        assert!(!pipes.close_idle() && pipes.lock().idle.is_empty());
    }

    /// A directory cannot be moved.
    #[test]
    fn what_the_system_refuses_is_told_from_what_fails() {
        let refused = move_bytes(std::fs::File::open("/").unwrap(), Ends::open().unwrap().write, 1);
        assert!(is_refusal(&refused.unwrap_err()));
        assert!(!is_refusal(&Errno::ECONNRESET.into()) && !is_refusal(&Errno::EPIPE.into()));
    }
}
