use http::header::{self, HeaderMap, HeaderName};

/// The fields that the proxy asks for in a head.
///
/// They are found by one walk over the head: to ask the map for a name costs its hash and a look, which is more than to
/// compare all names of a usual head with it, and nearly all heads have hardly any of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Present(u16);

impl Present {
    pub(super) const CONNECTION: Present = Present(1);
    pub(super) const KEEP_ALIVE: Present = Present(1 << 1);
    pub(super) const PROXY_CONNECTION: Present = Present(1 << 2);
    pub(super) const PROXY_AUTHENTICATE: Present = Present(1 << 3);
    pub(super) const PROXY_AUTHORIZATION: Present = Present(1 << 4);
    pub(super) const TE: Present = Present(1 << 5);
    pub(super) const TRANSFER_ENCODING: Present = Present(1 << 6);
    pub(super) const UPGRADE: Present = Present(1 << 7);
    /// All above: what is for one hop.
    pub(super) const HOP_BY_HOP: Present = Present((1 << 8) - 1);
    pub(super) const FORWARDED: Present = Present(1 << 8);
    pub(super) const EXPECT: Present = Present(1 << 9);
    pub(super) const X_FORWARDED_FOR: Present = Present(1 << 10);
    pub(super) const X_FORWARDED_HOST: Present = Present(1 << 11);
    pub(super) const X_FORWARDED_PROTO: Present = Present(1 << 12);
    pub(super) const X_ORIGIN_HOST: Present = Present(1 << 13);
    pub(super) const HOST: Present = Present(1 << 14);
    /// Of which there is one, in a sound request.
    pub(super) const MORE_HOSTS: Present = Present(1 << 15);

    /// Those that are in a head.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        headers.iter().fold(Present(0), |present, (name, _)| match Self::named(name) {
            Self::HOST if present.has(Self::HOST) => Present(present.0 | Self::MORE_HOSTS.0),
            one => Present(present.0 | one.0),
        })
    }

    /// Whether this one, or one of these, is there.
    pub(super) fn has(self, any: Present) -> bool {
        self.0 & any.0 != 0
    }

    fn named(name: &HeaderName) -> Self {
        match *name {
            header::CONNECTION => Self::CONNECTION,
            header::PROXY_AUTHENTICATE => Self::PROXY_AUTHENTICATE,
            header::PROXY_AUTHORIZATION => Self::PROXY_AUTHORIZATION,
            header::TE => Self::TE,
            header::TRANSFER_ENCODING => Self::TRANSFER_ENCODING,
            header::UPGRADE => Self::UPGRADE,
            header::FORWARDED => Self::FORWARDED,
            header::EXPECT => Self::EXPECT,
            header::HOST => Self::HOST,
            // Nearly all others, of which the text need not be looked at.
            header::ACCEPT
            | header::ACCEPT_ENCODING
            | header::ACCEPT_LANGUAGE
            | header::CACHE_CONTROL
            | header::CONTENT_LENGTH
            | header::CONTENT_TYPE
            | header::COOKIE
            | header::DATE
            | header::ETAG
            | header::LAST_MODIFIED
            | header::REFERER
            | header::SERVER
            | header::SET_COOKIE
            | header::USER_AGENT
            | header::VARY => Present(0),
            _ => match name.as_str() {
                "keep-alive" => Self::KEEP_ALIVE,
                "proxy-connection" => Self::PROXY_CONNECTION,
                "x-forwarded-for" => Self::X_FORWARDED_FOR,
                "x-forwarded-host" => Self::X_FORWARDED_HOST,
                "x-forwarded-proto" => Self::X_FORWARDED_PROTO,
                "x-origin-host" => Self::X_ORIGIN_HOST,
                _ => Present(0),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::is_asked_for;

    #[test]
    fn each_is_found_by_its_own_name() {
        let all = [
            ("connection", Present::CONNECTION),
            ("keep-alive", Present::KEEP_ALIVE),
            ("proxy-connection", Present::PROXY_CONNECTION),
            ("proxy-authenticate", Present::PROXY_AUTHENTICATE),
            ("proxy-authorization", Present::PROXY_AUTHORIZATION),
            ("te", Present::TE),
            ("transfer-encoding", Present::TRANSFER_ENCODING),
            ("upgrade", Present::UPGRADE),
            ("forwarded", Present::FORWARDED),
            ("expect", Present::EXPECT),
            ("x-forwarded-for", Present::X_FORWARDED_FOR),
            ("x-forwarded-host", Present::X_FORWARDED_HOST),
            ("x-forwarded-proto", Present::X_FORWARDED_PROTO),
            ("x-origin-host", Present::X_ORIGIN_HOST),
            ("host", Present::HOST),
        ];
        for (name, expected) in all {
            assert!(is_asked_for(name.as_bytes()), "{name} would not be found in the map");
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static("server"), "h".parse().unwrap());
            assert!(all.iter().all(|(_, other)| !Present::of(&headers).has(*other)));
            headers.insert(HeaderName::from_static(name), "a".parse().unwrap());
            assert!(
                all.iter().all(|(_, other)| Present::of(&headers).has(*other) == (other.0 == expected.0))
            );
            headers.append(HeaderName::from_static(name), "b".parse().unwrap());
            assert_eq!(Present::of(&headers).has(Present::MORE_HOSTS), name == "host");
        }
    }
}
