use http::Request;

use super::*;

fn check(access: &Access, caller: Caller, headers: &[(&str, &str)]) -> Result<()> {
    let mut request = Request::builder().uri("/endpoints/list");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    access.check(&request.body(()).unwrap().into_parts().0, caller)
}

#[test]
fn without_a_token_direct_local_callers_are_answered() {
    let options = ManagerOptions { management_hosts: vec!["proxy.lan".into()], ..Default::default() };
    let access = Access::new(&options);
    let local = |headers: &[(&str, &str)]| check(&access, Caller::Loopback, headers);
    for host in [
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1:80",
        "127.1.2.3",
        "[::1]:80",
        "[::1]",
        "proxy.lan",
        "proxy.lan:81",
    ] {
        assert!(local(&[("host", host)]).is_ok(), "{host}");
    }
    for host in
        ["evil.example", "localhost.evil.example", "10.0.0.1:80", "127.0.0.1.evil.example", "", "[::2]"]
    {
        assert_eq!(local(&[("host", host)]).unwrap_err().kind(), ErrorKind::Forbidden, "{host}");
    }
    assert!(local(&[]).is_err());
    let host = ("host", "localhost:8080");
    for (name, value, allowed) in [
        ("origin", "http://localhost:8080", true),
        ("origin", "http://localhost:9999", false),
        ("origin", "http://evil.example", false),
        ("origin", "null", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "none", true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("x-forwarded-for", "127.0.0.1", false),
        ("forwarded", "for=127.0.0.1", false),
        ("via", "1.1 proxy", false),
    ] {
        assert_eq!(local(&[host, (name, value)]).is_ok(), allowed, "{name}: {value}");
    }
    assert!(check(&access, Caller::Other, &[host]).is_err());
    assert!(check(&access, Caller::UnixSocket, &[("host", "anything")]).is_ok());
}

#[test]
fn with_a_token_whoever_has_it_is_answered() {
    let access =
        Access::new(&ManagerOptions { management_token: Some("s3cret".into()), ..Default::default() });
    for caller in [Caller::Loopback, Caller::UnixSocket, Caller::Other] {
        let given = |value| check(&access, caller, &[("host", "any.example"), ("authorization", value)]);
        assert!(given("Bearer s3cret").is_ok());
        assert!(given("bearer s3cret").is_ok());
        for wrong in ["Bearer s3cre", "Bearer s3cret1", "Bearer S3CRET", "Basic s3cret", "s3cret", "Bearer "]
        {
            let error = given(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{wrong}");
            assert!(!error.to_string().contains("s3cre"), "{error}");
        }
        assert!(check(&access, caller, &[]).is_err());
    }
}
