use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};

use super::chunked::{Chunked, Part};
use super::framing::Framing;
use super::malformed::Malformed;

/// Reads the body of one message from what has come of a connection.
#[derive(Debug)]
pub(crate) struct Decoder(State);

#[derive(Debug)]
enum State {
    /// How many bytes are left.
    Length(u64),
    Chunked(Chunked),
    /// Whether the connection has ended.
    UntilClose(bool),
}

impl Decoder {
    pub(crate) fn new(framing: Framing) -> Self {
        Decoder(match framing {
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Chunked(Chunked::new()),
            Framing::UntilClose => State::UntilClose(false),
        })
    }

    /// The next part of the body that is in the buffer; none if more must be read first, or the body is done.
    pub(crate) fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame<Bytes>>, Malformed> {
        match &mut self.0 {
            State::Chunked(chunked) => Ok(chunked.decode(buffer)?.map(|part| match part {
                Part::Data(bytes) => Frame::data(bytes),
                Part::Trailers(trailers) => Frame::trailers(trailers),
            })),
            State::Length(left) => {
                let count = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= count as u64;
                Ok((count > 0).then(|| Frame::data(buffer.split_to(count).freeze())))
            }
            State::UntilClose(_) => Ok((!buffer.is_empty()).then(|| Frame::data(buffer.split().freeze()))),
        }
    }

    /// How many bytes are left of a body that is nothing but its bytes, if their number is known.
    pub(crate) fn left(&self) -> Option<u64> {
        if let State::Length(left) = self.0 { Some(left) } else { None }
    }

    /// Counts bytes as read that went another way than through the buffer.
    pub(crate) fn skip(&mut self, count: usize) {
        if let State::Length(left) = &mut self.0 {
            *left = left.saturating_sub(count as u64);
        }
    }

    /// Says that the connection has ended, when all that came of it was decoded.
    ///
    /// # Errors
    /// The body goes on.
    pub(crate) fn end_of_stream(&mut self) -> Result<(), Malformed> {
        if let State::UntilClose(is_done) = &mut self.0 {
            *is_done = true;
        }
        if self.is_done() {
            Ok(())
        } else {
            Err(Malformed::Syntax("the connection ended before the message"))
        }
    }

    /// Whether the body was read to its end.
    pub(crate) fn is_done(&self) -> bool {
        match &self.0 {
            State::Length(left) => *left == 0,
            State::Chunked(chunked) => chunked.is_done(),
            State::UntilClose(is_done) => *is_done,
        }
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        match &self.0 {
            State::Length(left) => SizeHint::with_exact(*left),
            _ if self.is_done() => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_known_length_leaves_what_follows() {
        let mut decoder = Decoder::new(Framing::Length(5));
        let mut buffer = BytesMut::from("hel");
        assert_eq!(decoder.size_hint().exact(), Some(5));
        assert_eq!(decoder.decode(&mut buffer).unwrap().unwrap().into_data().unwrap(), "hel");
        assert!(decoder.decode(&mut buffer).unwrap().is_none() && !decoder.is_done());
        assert!(Decoder::new(Framing::Length(5)).end_of_stream().is_err());
        buffer.extend_from_slice(b"loGET");
        assert_eq!(decoder.decode(&mut buffer).unwrap().unwrap().into_data().unwrap(), "lo");
        assert!(decoder.is_done() && decoder.end_of_stream().is_ok());
        assert!(decoder.decode(&mut buffer).unwrap().is_none());
        assert_eq!(&buffer[..], b"GET");
    }

    #[test]
    fn the_end_of_the_connection_is_an_end_where_nothing_else_is() {
        let mut decoder = Decoder::new(Framing::UntilClose);
        let mut buffer = BytesMut::from("all");
        assert_eq!(decoder.decode(&mut buffer).unwrap().unwrap().into_data().unwrap(), "all");
        assert!(!decoder.is_done());
        decoder.end_of_stream().unwrap();
        assert!(decoder.is_done() && decoder.size_hint().exact() == Some(0));
        assert!(Decoder::new(Framing::Chunked).end_of_stream().is_err());
    }
}
