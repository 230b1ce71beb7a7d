use http::response::Parts;
use http::{HeaderValue, Method, Request, StatusCode, Version, header};
use http_body::SizeHint;
use hyper::ext::ReasonPhrase;

use super::date::Date;
use crate::http1::{Framing, write_header, write_status_line};

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
    pub(super) fn by<B>(request: &Request<B>, persists: bool) -> Self {
        let takes_trailers = |value: &HeaderValue| {
            let mut codings = value.as_bytes().split(|byte| *byte == b',');
            codings.any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
        };
        Asked {
            is_head: request.method() == Method::HEAD,
            is_http11: request.version() == Version::HTTP_11,
            takes_trailers: request.headers().get_all(header::TE).iter().any(takes_trailers),
            persists,
        }
    }

    /// What is asked by who was not understood.
    pub(super) fn by_nobody() -> Self {
        Asked { is_head: false, is_http11: true, takes_trailers: false, persists: false }
    }
}

/// Writes the head of an answer, and says what form its body has.
pub(super) fn write_head(
    out: &mut Vec<u8>,
    answer: &Parts,
    size: &SizeHint,
    asked: Asked,
    date: &Date,
) -> Form {
    let (status, headers) = (answer.status, &answer.headers);
    let has_no_body = asked.is_head
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let length = headers.get(header::CONTENT_LENGTH);
    let known = length.and_then(|length| length.to_str().ok()?.parse().ok()).or(size.exact());
    let framing = match known {
        _ if has_no_body => Framing::EMPTY,
        Some(length) => Framing::Length(length),
        None if asked.is_http11 => Framing::Chunked,
        None => Framing::UntilClose,
    };
    let is_closed = || {
        headers
            .get_all(header::CONNECTION)
            .iter()
            .any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
    };
    let persists = asked.persists && framing != Framing::UntilClose && !is_closed();
    out.reserve(64 + headers.len() * 32);
    write_status_line(out, status, answer.extensions.get().map(ReasonPhrase::as_bytes));
    let mut has_date = false;
    for (name, value) in headers {
        match *name {
            // What frames the message is said below.
            header::CONTENT_LENGTH | header::TRANSFER_ENCODING => continue,
            header::CONNECTION if !persists && status != StatusCode::SWITCHING_PROTOCOLS => continue,
            header::TRAILER if framing != Framing::Chunked => continue,
            header::DATE => has_date = true,
            _ => {}
        }
        write_header(out, name.as_str(), value.as_bytes());
    }
    match framing {
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        // RFC 9110, section 8.6: not in answers that have no body by their status, but for the one that says what it would be.
        Framing::Length(_) if has_no_body && !asked.is_head && status != StatusCode::NOT_MODIFIED => {}
        Framing::Length(length) => match headers.get(header::CONTENT_LENGTH) {
            Some(length) => write_header(out, "content-length", length.as_bytes()),
            None if has_no_body => {}
            None => write_header(out, "content-length", length.to_string().as_bytes()),
        },
        Framing::UntilClose => {}
    }
    if status != StatusCode::SWITCHING_PROTOCOLS {
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

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    /// The lines of the head of an answer, without its date, and its form.
    fn head(
        method: &str,
        version: Version,
        answer: http::response::Builder,
        size: SizeHint,
    ) -> (String, Form) {
        let request = Request::builder().method(method).version(version).body(()).unwrap();
        let (answer, ()) = answer.header("date", "d").body(()).unwrap().into_parts();
        let mut out = Vec::new();
        let asked = Asked::by(&request, version == Version::HTTP_11);
        let form = write_head(&mut out, &answer, &size, asked, &Date::default());
        let text = String::from_utf8(out).unwrap();
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
        assert_eq!(text, "HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: x||");
    }
}
