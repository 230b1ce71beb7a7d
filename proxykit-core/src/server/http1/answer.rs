use http::response::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode, Version, header};
use http_body::SizeHint;
use hyper::ext::ReasonPhrase;

use super::date::Date;
use crate::http1::{Framing, Outgoing, Passed, RequestHead, write_header, write_status_line};

/// What a request says of the form of its answer.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    is_head: bool,
    is_http11: bool,
    takes_trailers: bool,
    /// Whether the connection goes on afterwards.
    pub(super) persists: bool,
}

/// The form of an answer's body.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) framing: Framing,
    pub(super) takes_trailers: bool,
    pub(super) persists: bool,
}

impl Asked {
    pub(super) fn by<B>(head: &RequestHead<B>) -> Self {
        Asked {
            is_head: head.request.method() == Method::HEAD,
            is_http11: head.request.version() == Version::HTTP_11,
            takes_trailers: head.takes_trailers(),
            persists: head.persists,
        }
    }

    /// What is asked by who was not understood.
    pub(super) fn by_nobody() -> Self {
        Asked { is_head: false, is_http11: true, takes_trailers: false, persists: false }
    }
}

/// Writes the head of an answer, and says what form its body has.
pub(super) fn write_head(
    out: &mut Outgoing,
    answer: &Parts,
    size: &SizeHint,
    passed: &Passed,
    asked: Asked,
    date: &Date,
) -> Form {
    let (status, headers) = (answer.status, &answer.headers);
    let out = out.head_of(128 + headers.len() * 32 + passed.len());
    write_status_line(out, status, answer.extensions.get().map(ReasonPhrase::as_bytes));
    // One walk for all: to ask the map for a field costs as much as to write one.
    let (mut length, mut has_date, mut is_closed) = (None, false, false);
    let (mut has_options, mut has_trailer) = (false, false);
    for (name, value) in headers {
        match *name {
            // What frames the message, or depends on that, is said below.
            header::CONTENT_LENGTH => length = length.or(Some(value)),
            header::TRANSFER_ENCODING => {}
            header::TRAILER => has_trailer = true,
            header::CONNECTION => {
                has_options = true;
                is_closed |= value.as_bytes().eq_ignore_ascii_case(b"close");
            }
            _ => {
                has_date |= *name == header::DATE;
                write_header(out, name.as_str(), value.as_bytes());
            }
        }
    }
    has_date |= passed.has_date();
    passed.write_to(out);
    let has_no_body = asked.is_head
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let known = length.and_then(|length| length.to_str().ok()?.parse().ok()).or(size.exact());
    let framing = match known {
        _ if has_no_body => Framing::EMPTY,
        Some(length) => Framing::Length(length),
        None if asked.is_http11 => Framing::Chunked,
        None => Framing::UntilClose,
    };
    let persists = asked.persists && framing != Framing::UntilClose && !is_closed;
    let is_change = status == StatusCode::SWITCHING_PROTOCOLS;
    if has_options && (persists || is_change) {
        write_all(out, headers, &header::CONNECTION);
    }
    if has_trailer && framing == Framing::Chunked {
        write_all(out, headers, &header::TRAILER);
    }
    match framing {
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        // RFC 9110, section 8.6: not in answers that have no body by their status, but for the one that says what it would be.
        Framing::Length(_) if has_no_body && !asked.is_head && status != StatusCode::NOT_MODIFIED => {}
        Framing::Length(known) => match length {
            Some(length) => write_header(out, "content-length", length.as_bytes()),
            None if has_no_body => {}
            None => write_header(out, "content-length", itoa::Buffer::new().format(known).as_bytes()),
        },
        Framing::UntilClose => {}
    }
    if !is_change {
        match (persists, asked.is_http11) {
            (false, true) => out.extend_from_slice(b"connection: close\r\n"),
            (true, false) => out.extend_from_slice(b"connection: keep-alive\r\n"),
            _ => {}
        }
    }
    if !has_date {
        // RFC 9110, section 6.6.1: who passes an answer on without one adds it.
        date.write_to(out);
    }
    out.extend_from_slice(b"\r\n");
    Form { framing, takes_trailers: asked.takes_trailers, persists }
}

fn write_all(out: &mut Vec<u8>, headers: &HeaderMap, name: &HeaderName) {
    for value in headers.get_all(name) {
        write_header(out, name.as_str(), value.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;
    use crate::http1::{HeadLimits, parse_request};

    /// The lines of the head of an answer, without its date, and its form.
    fn head(
        method: &str,
        version: Version,
        answer: http::response::Builder,
        size: SizeHint,
    ) -> (String, Form) {
        let (answer, ()) = answer.header("date", "d").body(()).unwrap().into_parts();
        let (request, limits) =
            (format!("{method} / {version:?}\r\n\r\n"), HeadLimits { bytes: 100, fields: 1 });
        let mut asking = RequestHead::<()>::default();
        assert!(parse_request(&mut request.as_bytes().into(), limits, &mut asking).unwrap());
        let asked = Asked::by(&asking);
        let mut out = Outgoing::default();
        let form = write_head(&mut out, &answer, &size, &Passed::default(), asked, &Date::default());
        let text = String::from_utf8(out.head().clone()).unwrap();
        assert!(text.ends_with("\r\n\r\n"), "{text:?}");
        (text.replace("date: d\r\n", "").replace("\r\n", "|"), form)
    }

    #[test]
    fn each_answer_ends_in_one_way() {
        let (known, unknown) = (SizeHint::with_exact(3), SizeHint::default());
        let answer = |status: u16| Response::builder().status(status);
        for (method, version, answer, size, lines, framing) in [
            ("GET", Version::HTTP_11, answer(200), known, "200 OK|content-length: 3|", Framing::Length(3)),
            (
                "GET",
                Version::HTTP_11,
                answer(200),
                unknown,
                "200 OK|transfer-encoding: chunked|",
                Framing::Chunked,
            ),
            ("GET", Version::HTTP_10, answer(200), unknown, "200 OK|", Framing::UntilClose),
            (
                "GET",
                Version::HTTP_11,
                answer(204),
                SizeHint::with_exact(0),
                "204 No Content|",
                Framing::EMPTY,
            ),
            (
                "GET",
                Version::HTTP_11,
                answer(304).header("content-length", "9"),
                SizeHint::with_exact(0),
                "304 Not Modified|content-length: 9|",
                Framing::EMPTY,
            ),
            (
                "HEAD",
                Version::HTTP_11,
                answer(200).header("content-length", "9"),
                SizeHint::with_exact(0),
                "200 OK|content-length: 9|",
                Framing::EMPTY,
            ),
            (
                "GET",
                Version::HTTP_11,
                answer(200).header("content-length", "9").header("trailer", "x"),
                unknown,
                "200 OK|content-length: 9|",
                Framing::Length(9),
            ),
        ] {
            let (text, form) = head(method, version, answer, size);
            assert_eq!((&*text, form.framing), (&*format!("HTTP/1.1 {lines}|"), framing), "{method}");
            assert_eq!(form.persists, version == Version::HTTP_11);
        }
    }

    #[test]
    fn an_answer_that_says_close_closes_once() {
        let answer = Response::builder().header("connection", "close");
        let (text, form) = head("GET", Version::HTTP_11, answer, SizeHint::with_exact(0));
        assert_eq!(text, "HTTP/1.1 200 OK|content-length: 0|connection: close||");
        assert!(!form.persists);
        let answer = Response::builder().status(101).header("connection", "upgrade").header("upgrade", "x");
        let (text, _) = head("GET", Version::HTTP_11, answer, SizeHint::with_exact(0));
        assert_eq!(text, "HTTP/1.1 101 Switching Protocols|upgrade: x|connection: upgrade||");
    }
}
