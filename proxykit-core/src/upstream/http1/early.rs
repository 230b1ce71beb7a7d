use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, split};
use tokio::task::JoinHandle;

use super::Http1;
use super::upload::Upload;
use crate::http1::ReadBuffer;
use crate::upstream::RequestBody;
use crate::upstream::body::BoxError;

/// A connection whose answer has begun before the request has ended. It is not used again.
///
/// A task sends the rest of the request. Whoever reads the answer asks for no more of it while the client does not take what
/// is there, and a client may take nothing before it has sent all.
pub(super) struct Early<S> {
    pub(super) stream: ReadHalf<S>,
    pub(super) buffer: ReadBuffer,
    upload: Option<JoinHandle<Result<(), BoxError>>>,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Early<S> {
    pub(super) fn new(connection: Http1<S>, mut upload: Upload, mut body: RequestBody) -> Self {
        let Http1 { stream, buffer, .. } = connection;
        let (stream, mut writer) = split(stream);
        let upload = tokio::spawn(async move { poll_fn(|cx| upload.poll(&mut writer, &mut body, cx)).await });
        Early { stream, buffer, upload: Some(upload) }
    }
}

impl<S> Early<S> {
    /// Looks after the rest of the request.
    ///
    /// # Errors
    /// It has broken off.
    pub(super) fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<(), BoxError> {
        let Some(upload) = &mut self.upload else { return Ok(()) };
        if let Poll::Ready(sent) = Pin::new(upload).poll(cx) {
            self.upload = None;
            sent??;
        }
        Ok(())
    }
}

impl<S> Drop for Early<S> {
    fn drop(&mut self) {
        if let Some(upload) = &self.upload {
            upload.abort();
        }
    }
}
