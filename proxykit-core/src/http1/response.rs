use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Response, StatusCode, Version};
use hyper::ext::ReasonPhrase;

use super::framing::{Framing, Seen, ends_chunked};
use super::head::{HeadLimits, Places, take_head, usize_of, within};
use super::malformed::Malformed;
use super::passed::{Passed, Runs};

/// The head of an answer, and what it says of the connection.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) response: Response<()>,
    pub(crate) framing: Framing,
    /// Whether the backend lets the connection go on afterwards.
    pub(crate) persists: bool,
}

/// Takes the head of an answer to a request of this method from the beginning of the buffer; none if it is not there to its
/// end. Interim answers (1xx) are taken one by one, and have no body. The final one's fields go into the map that `spare`
/// gives. If there is a place for what is `passed` on, those that nobody asks for go there instead, and the length of its body is
/// left out.
pub(crate) fn parse_response(
    buffer: &mut BytesMut,
    method: &Method,
    limits: HeadLimits,
    passed: Option<&mut Passed>,
    spare: impl FnOnce() -> HeaderMap,
) -> Result<Option<ResponseHead>, Malformed> {
    let (mut places, mut runs) = (Places::new(), Runs::default());
    let taken = take_head(buffer, limits, |bytes, room| {
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let len = match config.parse_response_with_uninit_headers(&mut parsed, bytes, room)? {
            httparse::Status::Complete(len) => len,
            httparse::Status::Partial => return Ok(None),
        };
        let status = StatusCode::from_u16(parsed.code.unwrap_or_default())
            .map_err(|_| Malformed::Syntax("the status is malformed"))?;
        let reason = parsed.reason.unwrap_or_default();
        let reason = (Some(reason) != status.canonical_reason()).then(|| within(bytes, reason.as_bytes()));
        let is_passed = passed.is_some() && !status.is_informational();
        places.note(bytes, parsed.headers, is_passed.then_some(&mut runs));
        Ok(Some((len, (status, reason, parsed.version == Some(1)))))
    });
    let Some((head, (status, reason, is_http11))) = taken? else { return Ok(None) };
    let mut response = Response::new(());
    let mut seen = Seen::default();
    seen.drops_length = passed.is_some() && !has_no_body(status, method);
    if !status.is_informational() {
        // It has its memory already.
        *response.headers_mut() = spare();
        response.headers_mut().clear();
    }
    places.put_into(response.headers_mut(), &head, &mut seen)?;
    let mut fields = Passed::of(&head, runs);
    if seen.has_options {
        // One of them may be for this hop only.
        std::mem::take(&mut fields).put_into(response.headers_mut())?;
    }
    *response.status_mut() = status;
    *response.version_mut() = if is_http11 { Version::HTTP_11 } else { Version::HTTP_10 };
    if let Some(reason) = reason {
        tell_reason(&mut response, head.slice(usize_of(&reason)));
    }
    let persists = seen.persists(is_http11);
    let framing = framing(&response, method, seen)?;
    let persists = persists && framing != Framing::UntilClose && status != StatusCode::SWITCHING_PROTOCOLS;
    if let Some(passed) = passed.filter(|_| !status.is_informational()) {
        *passed = fields;
    }
    Ok(Some(ResponseHead { response, framing, persists }))
}

/// A reason that is not the usual one is passed on.
fn tell_reason(response: &mut Response<()>, reason: Bytes) {
    if let Ok(reason) = ReasonPhrase::try_from(reason) {
        response.extensions_mut().insert(reason);
    }
}

/// Whether such an answer to such a request ends with its head, whatever that says.
fn has_no_body(status: StatusCode, method: &Method) -> bool {
    status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || method == Method::HEAD
        || method == Method::CONNECT && status.is_success()
}

fn framing(response: &Response<()>, method: &Method, seen: Seen) -> Result<Framing, Malformed> {
    let status = response.status();
    let has_no_body = has_no_body(status, method);
    if seen.has_coding || status.is_informational() {
        return Ok(match response.version() {
            _ if has_no_body => Framing::EMPTY,
            Version::HTTP_10 => return Err(Malformed::Syntax("HTTP/1.0 has no transfer codings")),
            _ if ends_chunked(response.headers()) => Framing::Chunked,
            _ => Framing::UntilClose,
        });
    }
    // Also where it frames nothing: it is passed on.
    let length = seen.lengths.agreed()?;
    Ok(if has_no_body { Framing::EMPTY } else { length.map_or(Framing::UntilClose, Framing::Length) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 1024, fields: 30 };

    fn parse(text: &str, method: Method) -> Result<Option<ResponseHead>, Malformed> {
        parse_response(&mut BytesMut::from(text), &method, LIMITS, None, HeaderMap::new)
    }

    #[test]
    fn what_has_no_body_has_none_whatever_it_says() {
        for (status, method, expected) in [
            (200, Method::GET, Framing::Length(5)),
            (200, Method::HEAD, Framing::EMPTY),
            (204, Method::GET, Framing::EMPTY),
            (304, Method::GET, Framing::EMPTY),
            (103, Method::GET, Framing::EMPTY),
        ] {
            let head =
                parse(&format!("HTTP/1.1 {status} X\r\ncontent-length: 5\r\n\r\n"), method).unwrap().unwrap();
            assert_eq!(head.framing, expected, "{status}");
            assert_eq!(head.response.extensions().get::<ReasonPhrase>().unwrap().as_bytes(), b"X");
        }
        let two = "content-length: 5\r\ncontent-length: 6\r\n\r\n";
        assert!(parse(&format!("HTTP/1.1 304 X\r\n{two}"), Method::GET).is_err());
        assert!(parse(&format!("HTTP/1.1 200 X\r\n{two}"), Method::HEAD).is_err());
    }

    #[test]
    fn an_answer_without_a_length_ends_with_the_connection() {
        let head = parse("HTTP/1.1 200 OK\r\n\r\n", Method::GET).unwrap().unwrap();
        assert_eq!((head.framing, head.persists), (Framing::UntilClose, false));
        let head = parse("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n", Method::GET).unwrap().unwrap();
        assert_eq!((head.framing, head.persists), (Framing::Length(1), false));
        assert!(head.response.extensions().get::<ReasonPhrase>().is_none());
        assert!(
            parse("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", Method::GET).is_err()
        );
        assert!(parse("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", Method::GET).is_err());
        assert!(parse("SSH-2.0", Method::GET).is_err());
    }
}
