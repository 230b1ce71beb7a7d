use std::io::{Error, ErrorKind, Result};

/// The most bytes of a head.
const LONGEST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 64;

/// Where an answer ends, worked out as its bytes come.
#[derive(Default)]
pub(crate) struct Response {
    /// A head that has not come whole.
    head: Vec<u8>,
    /// What is left of the body, once the head is known.
    body: Option<u64>,
    status: u16,
}

impl Response {
    /// Takes what was read; gives the status if the answer is whole now.
    ///
    /// # Errors
    /// If it is no answer, has no `Content-Length`, or goes on behind its end.
    pub(crate) fn take(&mut self, mut read: &[u8]) -> Result<Option<u16>> {
        let left = match self.body {
            Some(left) => left,
            None if self.head.is_empty() => match self.parse(read)? {
                Some((length, body)) => {
                    read = &read[length..];
                    body
                }
                None => {
                    self.head.extend_from_slice(read);
                    return Ok(None);
                }
            },
            None => {
                let before = self.head.len();
                self.head.extend_from_slice(read);
                let head = std::mem::take(&mut self.head);
                let Some((length, body)) = self.parse(&head)? else {
                    self.head = head;
                    return Ok(None);
                };
                read = &read[length - before..];
                body
            }
        };
        let left = left.checked_sub(read.len() as u64).ok_or_else(|| invalid("more than one answer"))?;
        self.body = (left > 0).then_some(left);
        Ok((left == 0).then_some(self.status))
    }

    /// The length of the head and of the body, if the head is whole.
    fn parse(&mut self, bytes: &[u8]) -> Result<Option<(usize, u64)>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(bytes).map_err(invalid)? {
            httparse::Status::Complete(length) => {
                self.status = response.code.unwrap_or_default();
                let body = response
                    .headers
                    .iter()
                    .find(|header| header.name.eq_ignore_ascii_case("content-length"))
                    .and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse().ok())
                    .ok_or_else(|| invalid("an answer without Content-Length"))?;
                Ok(Some((length, body)))
            }
            httparse::Status::Partial if bytes.len() > LONGEST_HEAD => Err(invalid("an endless head")),
            httparse::Status::Partial => Ok(None),
        }
    }
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

    #[test]
    fn an_answer_may_come_in_any_two_pieces() {
        for at in 0..ANSWER.len() {
            let mut response = Response::default();
            assert_eq!(response.take(&ANSWER[..at]).unwrap(), None, "{at}");
            assert_eq!(response.take(&ANSWER[at..]).unwrap(), Some(200), "{at}");
            assert_eq!(response.take(ANSWER).unwrap(), Some(200), "the next one");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_an_error() {
        assert!(Response::default().take(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(Response::default().take(b"SSH-2.0-x\r\n\r\n").is_err());
        assert!(Response::default().take(&[ANSWER, b"!"].concat()).is_err());
    }
}
