//! What a request looks like in each version of HTTP. It has the form of HTTP/1.1, whatever the client speaks; a backend of
//! HTTP/2 gets a copy, since a request that fails may go to another backend.

use http::header::{self, HeaderValue};
use http::uri::{Authority, Scheme};
use http::{Request, Uri, Version};

use super::RequestBody;
use super::tunnel::Tunnel;
use crate::error::{Error, ErrorKind, Result};

/// RFC 9113, section 8.2.3: HTTP/2 lets a client cut its cookies into many fields, HTTP/1.1 knows one.
pub(super) fn for_http1(request: &mut Request<RequestBody>) {
    if request.version() < Version::HTTP_2 {
        return;
    }
    let headers = request.headers_mut();
    let mut cookies = headers.get_all(header::COOKIE).iter();
    let (Some(_), Some(_)) = (cookies.next(), cookies.next()) else { return };
    let parts: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    // Parts that were valid make a valid whole.
    if let Ok(joined) = HeaderValue::from_bytes(&parts.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// RFC 9113, section 8: scheme and name are part of the target, and nothing is said of the connection. Says so if the
/// request is for a tunnel.
pub(super) fn for_http2(request: &mut Request<RequestBody>, scheme: &str) -> Result<Option<Tunnel>> {
    let tunnel = Tunnel::take_from(request);
    *request.version_mut() = Version::HTTP_2;
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE] {
        request.headers_mut().remove(name);
    }
    if let Some(host) = request.headers_mut().remove(header::HOST) {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::try_from(scheme).map_err(bad)?);
        parts.authority = Some(Authority::try_from(host.as_bytes()).map_err(bad)?);
        *request.uri_mut() = Uri::from_parts(parts).map_err(bad)?;
    }
    Ok(tunnel)
}

fn bad(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(ErrorKind::BadRequest).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request<RequestBody> {
        let mut request = Request::builder().uri("/p?q");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(RequestBody::Empty).unwrap()
    }

    #[test]
    fn scheme_and_name_are_part_of_the_target_in_http2() {
        let mut request =
            request(&[("host", "shop.example:81"), ("upgrade", "x"), ("cookie", "a=1"), ("cookie", "b=2")]);
        for_http2(&mut request, "https").unwrap();
        assert_eq!(request.uri(), "https://shop.example:81/p?q");
        assert!(!request.headers().contains_key("host") && !request.headers().contains_key("upgrade"));
        assert_eq!(request.headers().get_all("cookie").iter().count(), 2);
    }

    #[test]
    fn cookies_become_one_field_in_http1() {
        let mut request = request(&[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")]);
        for_http1(&mut request);
        assert_eq!(request.headers().get_all("cookie").iter().count(), 2);
        *request.version_mut() = Version::HTTP_2;
        for_http1(&mut request);
        assert_eq!(request.headers()["cookie"], "a=1; b=2");
        assert_eq!(request.headers().get_all("cookie").iter().count(), 1);
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        let error = for_http2(&mut request(&[("host", "a/b c")]), "http").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest);
    }
}
