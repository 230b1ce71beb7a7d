use bytes::BytesMut;
use http::{HeaderValue, Method, Request, Uri, Version, header};

use super::framing::{Framing, Seen, ends_chunked};
use super::head::{HeadLimits, Places, take_head, usize_of, within};
use super::malformed::Malformed;
use super::passed::{Passed, Runs};

/// The head of a request, and what it says of the connection.
#[derive(Debug)]
pub(crate) struct RequestHead<B> {
    /// With an empty body, whose place is here so that the request need not be moved into another form.
    pub(crate) request: Request<B>,
    /// Those of its fields that nobody has asked for.
    pub(crate) passed: Passed,
    pub(crate) framing: Framing,
    /// Whether the client lets the connection go on afterwards.
    pub(crate) persists: bool,
    has_te: bool,
    has_upgrade: bool,
}

/// Takes the head of a request from the beginning of the buffer; false if it is not there to its end. It is put where it is to be:
/// it is large, and would be copied on each step of the way there.
pub(crate) fn parse_request<B>(
    buffer: &mut BytesMut,
    limits: HeadLimits,
    into: &mut RequestHead<B>,
) -> Result<bool, Malformed> {
    let (mut places, mut runs) = (Places::new(), Runs::default());
    let taken = take_head(buffer, limits, |bytes, room| {
        let mut parsed = httparse::Request::new(&mut []);
        let len = match parsed.parse_with_uninit_headers(bytes, room)? {
            httparse::Status::Complete(len) => len,
            httparse::Status::Partial => return Ok(None),
        };
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Malformed::Syntax("the method is malformed"))?;
        let target = within(bytes, target.as_bytes());
        places.note(bytes, parsed.headers, Some(&mut runs));
        Ok(Some((len, (method, target, parsed.version == Some(1)))))
    });
    let Some((head, (method, target, is_http11))) = taken? else { return Ok(false) };
    let mut seen = Seen::default();
    let request = &mut into.request;
    places.put_into(request.headers_mut(), &head, &mut seen)?;
    into.passed = Passed::of(&head, runs);
    if seen.has_options {
        // One of them may be for this hop only.
        std::mem::take(&mut into.passed).put_into(request.headers_mut())?;
    }
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_maybe_shared(head.slice(usize_of(&target)))
        .map_err(|_| Malformed::Syntax("the target is malformed"))?;
    *request.version_mut() = if is_http11 { Version::HTTP_11 } else { Version::HTTP_10 };
    (into.has_te, into.has_upgrade, into.persists) =
        (seen.has_te, seen.has_upgrade, seen.persists(is_http11));
    into.framing = if seen.has_coding {
        let headers = request.headers_mut();
        if !is_http11 {
            return Err(Malformed::Syntax("HTTP/1.0 has no transfer codings"));
        }
        if !ends_chunked(headers) {
            return Err(Malformed::Syntax("the message has a transfer coding other than chunked"));
        }
        if headers.remove(header::CONTENT_LENGTH).is_some() {
            // RFC 9112, section 6.3: the coding counts, and who said both is not trusted with more.
            into.persists = false;
        }
        Framing::Chunked
    } else {
        seen.lengths.agreed()?.map_or(Framing::EMPTY, Framing::Length)
    };
    Ok(true)
}

impl<B: Default> Default for RequestHead<B> {
    fn default() -> Self {
        let request = Request::new(B::default());
        RequestHead {
            request,
            passed: Passed::default(),
            framing: Framing::EMPTY,
            persists: false,
            has_te: false,
            has_upgrade: false,
        }
    }
}

impl<B> RequestHead<B> {
    /// Whether the client holds its body back until it is told to send it (RFC 9110, section 10.1.1).
    pub(crate) fn is_held_back(&self) -> bool {
        let expects = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
        self.request.version() == Version::HTTP_11
            && !self.framing.is_empty()
            && self.request.headers().get(header::EXPECT).is_some_and(expects)
    }

    /// Whether the client would change the protocol.
    pub(crate) fn asks_for_upgrade(&self) -> bool {
        self.has_upgrade && self.request.version() == Version::HTTP_11
    }

    /// Whether the client takes fields behind the body of the answer (RFC 9110, section 6.5.1).
    pub(crate) fn takes_trailers(&self) -> bool {
        let takes_trailers = |value: &HeaderValue| {
            let mut codings = value.as_bytes().split(|byte| *byte == b',');
            codings.any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
        };
        self.has_te && self.request.headers().get_all(header::TE).iter().any(takes_trailers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 1024, fields: 30 };

    fn parse(text: &str) -> Result<Option<RequestHead<()>>, Malformed> {
        parse_from(&mut BytesMut::from(text))
    }

    fn parse_from(buffer: &mut BytesMut) -> Result<Option<RequestHead<()>>, Malformed> {
        let mut head = RequestHead::default();
        Ok(parse_request(buffer, LIMITS, &mut head)?.then_some(head))
    }

    #[test]
    fn a_head_is_taken_and_the_rest_stays() {
        let mut buffer =
            BytesMut::from("POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-Empty:\r\n\r\nabcGET");
        let head = parse_from(&mut buffer).unwrap().unwrap();
        assert_eq!((head.request.method(), head.request.uri()), (&Method::POST, &Uri::from_static("/a?b")));
        assert_eq!((head.framing, head.persists), (Framing::Length(3), true));
        assert_eq!(head.passed.host().unwrap(), "h");
        assert_eq!(head.request.headers()["x-empty"], "");
        assert_eq!(head.passed.len(), "Host: h\r\n".len());
        assert_eq!(&buffer[..], b"abcGET");
    }

    #[test]
    fn many_fields_are_read_as_few_are() {
        let fields: String = (0..30).map(|number| format!("x-{number}: {number}\r\n")).collect();
        let mut head = parse(&format!("GET / HTTP/1.1\r\n{fields}\r\n")).unwrap().unwrap();
        assert_eq!(head.request.headers().len(), 0);
        head.passed.put_into(head.request.headers_mut()).unwrap();
        assert_eq!(head.request.headers()["x-29"], "29");
        let more = parse(&format!("GET / HTTP/1.1\r\n{fields}a: b\r\n\r\n"));
        assert_eq!(more.unwrap_err(), Malformed::TooManyHeaders);
        let roomy = HeadLimits { bytes: 100_000, fields: 200 };
        let fields: String = (0..200).map(|number| format!("x-{number}:{number}\r\n")).collect();
        let mut buffer = BytesMut::from(&*format!("GET / HTTP/1.1\r\n{fields}\r\n"));
        let mut head = RequestHead::<()>::default();
        assert!(parse_request(&mut buffer, roomy, &mut head).unwrap());
        assert_eq!(head.request.headers().len(), 200);
    }

    #[test]
    fn what_connection_lists_is_found_in_the_map() {
        let head = parse("GET / HTTP/1.1\r\na: 1\r\nconnection: close, b\r\nb: 2\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.passed.len(), head.request.headers().len()), (0, 3));
        let head = parse("GET / HTTP/1.1\r\na: 1\r\nconnection: close\r\nb: 2\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.passed.len(), head.request.headers().len()), (12, 0));
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
