use proptest::prelude::*;

use super::*;

#[test]
fn targets_have_one_normal_form() {
    for (text, normal) in [
        ("http://localhost:8081", "http://localhost:8081"),
        ("http://localhost:8081/", "http://localhost:8081"),
        ("HTTP://Example.COM:80", "http://example.com"),
        ("http://h/base/", "http://h/base"),
        ("http://[::1]:8080/a%2Fb", "http://[::1]:8080/a%2Fb"),
        ("h2c://H:80/x/", "h2c://h/x"),
        ("HTTPS://H:443/x/", "https://h/x"),
        ("https://h:80", "https://h:80"),
        ("unix:/run/app.sock", "unix:/run/app.sock"),
    ] {
        assert_eq!(text.parse::<Target>().unwrap().as_str(), normal);
    }
}

#[test]
fn parts_are_split() {
    let target: Target = "http://[::1]:8080/base".parse().unwrap();
    assert_eq!(target.scheme(), Scheme::Http);
    assert_eq!(target.endpoint(), &Endpoint::Tcp { host: "::1".into(), port: 8080 });
    assert_eq!(target.base_path(), "/base");
    assert_eq!(target.authority(), "[::1]:8080");
}

#[test]
fn bad_targets_name_themselves() {
    for text in [
        "",
        "localhost:8081",
        "localhost",
        "ftp://host",
        "http:host",
        "http://",
        "http://:80",
        "http:///path",
        "http://a b",
        "http://host:0",
        "http://host:65536",
        "http://host:+80",
        "http://host:http",
        "http://host?q",
        "http://host/#f",
        "http://[::g]",
        "http://ho\u{e9}st",
        "http://h_ö",
        "unix:",
        "unix:relative",
        "http://host\r\nX: y",
    ] {
        let error = text.parse::<Target>().expect_err(text);
        assert_eq!(error.kind(), ErrorKind::InvalidTarget, "{text}");
        assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
    }
}

#[test]
fn a_password_is_not_repeated() {
    let error = "http://user:secret@host:1".parse::<Target>().unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

proptest! {
    #[test]
    fn the_normal_form_is_stable(text in "(http://|unix:/)?[!-~]{0,16}") {
        if let Ok(target) = text.parse::<Target>() {
            prop_assert_eq!(target.as_str().parse::<Target>().unwrap(), target);
        }
    }
}
