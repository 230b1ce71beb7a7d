use bytes::BytesMut;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header};

use super::framing::{Framing, Seen, ends_chunked, one_length};
use super::head::{Places, usize_of, with_room, within};
use super::malformed::Malformed;

/// What the head of a message may have at most.
#[derive(Clone, Copy)]
pub(crate) struct HeadLimits {
    pub(crate) bytes: usize,
    pub(crate) fields: usize,
}

/// The head of a request, and what it says of the connection.
#[derive(Debug)]
pub(crate) struct RequestHead<B> {
    /// With an empty body, whose place is here so that the request need not be moved into another form.
    pub(crate) request: Request<B>,
    pub(crate) framing: Framing,
    /// Whether the client lets the connection go on afterwards.
    pub(crate) persists: bool,
}

/// Takes the head of a request from the beginning of the buffer; none if it is not there to its end.
pub(crate) fn parse_request<B: Default>(
    buffer: &mut BytesMut,
    limits: HeadLimits,
) -> Result<Option<RequestHead<B>>, Malformed> {
    let bytes = &buffer[..];
    let mut places = Places::new();
    let parsed = with_room(limits.fields, |room| {
        let mut parsed = httparse::Request::new(&mut []);
        let len = match parsed.parse_with_uninit_headers(bytes, room)? {
            httparse::Status::Complete(len) => len,
            httparse::Status::Partial => return Ok(None),
        };
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Malformed::Syntax("the method is malformed"))?;
        let target = within(bytes, target.as_bytes());
        places.note(bytes, parsed.headers);
        Ok(Some((len, method, target, parsed.version == Some(1))))
    });
    let (len, method, target, is_http11) = match parsed {
        Ok(Some(parsed)) => parsed,
        Ok(None) if buffer.len() >= limits.bytes => return Err(Malformed::HeadTooLarge),
        Ok(None) => return Ok(None),
        Err(error) => return Err(error),
    };
    if len > limits.bytes {
        return Err(Malformed::HeadTooLarge);
    }
    let head = buffer.split_to(len).freeze();
    let mut request = Request::new(B::default());
    let mut seen = Seen::default();
    *request.headers_mut() = places.to_headers(&head, &mut seen, HeaderMap::new())?;
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_maybe_shared(head.slice(usize_of(&target)))
        .map_err(|_| Malformed::Syntax("the target is malformed"))?;
    *request.version_mut() = if is_http11 { Version::HTTP_11 } else { Version::HTTP_10 };
    let headers = request.headers_mut();
    let mut persists = seen.persists(is_http11);
    let framing = if seen.has_coding {
        if !is_http11 {
            return Err(Malformed::Syntax("HTTP/1.0 has no transfer codings"));
        }
        if !ends_chunked(headers) {
            return Err(Malformed::Syntax("the message has a transfer coding other than chunked"));
        }
        if headers.remove(header::CONTENT_LENGTH).is_some() {
            // RFC 9112, section 6.3: the coding counts, and who said both is not trusted with more.
            persists = false;
        }
        Framing::Chunked
    } else if seen.has_length {
        Framing::Length(one_length(headers)?.unwrap_or(0))
    } else {
        Framing::EMPTY
    };
    Ok(Some(RequestHead { request, framing, persists }))
}

impl<B> RequestHead<B> {
    /// Whether the client holds its body back until it is told to send it (RFC 9110, section 10.1.1).
    pub(crate) fn is_held_back(&self) -> bool {
        let expects = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
        self.request.version() == Version::HTTP_11
            && !self.framing.is_empty()
            && self.request.headers().get(header::EXPECT).is_some_and(expects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 1024, fields: 30 };

    fn parse(text: &str) -> Result<Option<RequestHead<()>>, Malformed> {
        parse_request(&mut BytesMut::from(text), LIMITS)
    }

    #[test]
    fn a_head_is_taken_and_the_rest_stays() {
        let mut buffer =
            BytesMut::from("POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-Empty:\r\n\r\nabcGET");
        let head = parse_request::<()>(&mut buffer, LIMITS).unwrap().unwrap();
        assert_eq!((head.request.method(), head.request.uri()), (&Method::POST, &Uri::from_static("/a?b")));
        assert_eq!((head.framing, head.persists), (Framing::Length(3), true));
        assert_eq!(head.request.headers()["host"], "h");
        assert_eq!(head.request.headers()["x-empty"], "");
        assert_eq!(&buffer[..], b"abcGET");
    }

    #[test]
    fn many_fields_are_read_as_few_are() {
        let fields: String = (0..30).map(|number| format!("x-{number}: {number}\r\n")).collect();
        let head = parse(&format!("GET / HTTP/1.1\r\n{fields}\r\n")).unwrap().unwrap();
        assert_eq!(head.request.headers()["x-29"], "29");
        let more = parse(&format!("GET / HTTP/1.1\r\n{fields}a: b\r\n\r\n"));
        assert_eq!(more.unwrap_err(), Malformed::TooManyHeaders);
        let roomy = HeadLimits { bytes: 100_000, fields: 200 };
        let fields: String = (0..200).map(|number| format!("x-{number}: {number}\r\n")).collect();
        let mut buffer = BytesMut::from(&*format!("GET / HTTP/1.1\r\n{fields}\r\n"));
        assert_eq!(parse_request::<()>(&mut buffer, roomy).unwrap().unwrap().request.headers().len(), 200);
    }

    #[test]
    fn a_head_grows_up_to_its_limit() {
        assert!(parse("").unwrap().is_none());
        assert!(parse("GET / HTTP/1.1\r\nhost: h\r\n").unwrap().is_none());
        let long = "a".repeat(1024);
        assert_eq!(parse(&format!("GET /{long}")).unwrap_err(), Malformed::HeadTooLarge);
        assert_eq!(
            parse(&format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n")).unwrap_err(),
            Malformed::HeadTooLarge
        );
    }

    #[test]
    fn who_says_two_things_of_the_end_is_refused_or_not_trusted() {
        let framing = |headers: &str| {
            parse(&format!("POST / HTTP/1.1\r\n{headers}\r\n"))
                .ok()
                .flatten()
                .map(|head| (head.framing, head.persists))
        };
        assert_eq!(framing("transfer-encoding: chunked\r\n"), Some((Framing::Chunked, true)));
        let both = framing("content-length: 5\r\ntransfer-encoding: chunked\r\n");
        assert_eq!(both, Some((Framing::Chunked, false)));
        assert_eq!(framing("transfer-encoding: gzip\r\n"), None);
        assert_eq!(framing("content-length: 5\r\ncontent-length: 6\r\n"), None);
        assert!(parse("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
