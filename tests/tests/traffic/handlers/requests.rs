//! What a handler gets.

use std::sync::mpsc::channel;

use proxykit_core::{BackendStatus, ErrorKind, HandlerOptions, RouteOptions};
use proxykit_tests::client::Request;

use super::{handling, refused, text};
use crate::{Proxy, backend, unchecked};

#[test]
fn a_handler_gets_what_a_backend_would() {
    let (sender, got) = channel();
    let proxy = handling(&[], move |request, responder| {
        let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_vec()));
        let headers: Vec<_> = headers.collect();
        let head = (request.method().to_owned(), request.target().to_owned());
        sender.send((head, headers, request.body().to_vec(), request.client_address())).unwrap();
        text(&responder, "done");
    });
    let mut request = Request::post("/a%2Fb//c?q=%20", "body");
    for (name, value) in
        [("X-One", "1"), ("Connection", "x-hop"), ("X-Hop", "a"), ("X-One", "2"), ("TE", "trailers")]
    {
        request = request.header(name, value);
    }
    assert_eq!(proxy.send(&request).text(), "done");
    let (head, headers, body, address) = got.recv().unwrap();
    assert_eq!(head, ("POST".to_owned(), "/a%2Fb//c?q=%20".to_owned()));
    assert_eq!((&body[..], address), (&b"body"[..], Some([127, 0, 0, 1].into())));
    let values = |name: &str| {
        let found = headers.iter().filter(|(given, _)| given == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values("x-one"), ["1", "2"]);
    assert_eq!(values("host"), ["localhost"]);
    assert_eq!(values("x-forwarded-for"), ["127.0.0.1"]);
    for gone in ["connection", "x-hop", "te", "transfer-encoding"] {
        assert!(values(gone).is_empty(), "{gone}: {headers:?}");
    }
}

/// A handler cannot be the end of a tunnel: who asks for one is answered like any other.
#[test]
fn an_upgrade_does_not_come_about() {
    let proxy = handling(&[], |request, responder| {
        assert!(request.header("upgrade").is_none() && request.header("connection").is_none());
        text(&responder, "no tunnel");
    });
    let request = Request::get("/").header("Connection", "Upgrade").header("Upgrade", "websocket");
    let mut connection = proxy.connect();
    for _ in 0..2 {
        assert_eq!(connection.exchange(&request).unwrap().text(), "no tunnel");
    }
    let inner = handling(&[], |_, responder| text(&responder, "never"));
    let outer = Proxy::serve([format!("h2c://{}", inner.address)], unchecked());
    assert_eq!(refused(&outer.send(&request)), (501, "method_not_supported"));
}

#[test]
fn bodies_come_whole_and_are_bounded() {
    let proxy = handling(&[("handler_body_limit", "1MiB")], |request, responder| {
        text(&responder, &request.body().len().to_string());
    });
    let most = 1 << 20;
    assert_eq!(proxy.send(&Request::post("/", vec![b'a'; most])).text(), most.to_string());
    let chunked = |size: usize| {
        let mut body = format!("{size:x}\r\n").into_bytes();
        body.resize(body.len() + size, b'a');
        body.extend(b"\r\n0\r\n\r\n");
        Request::post("/", body).header("Transfer-Encoding", "chunked")
    };
    assert_eq!(proxy.send(&chunked(most)).text(), most.to_string());
    for too_large in [Request::post("/", vec![b'a'; most + 1]), chunked(most + 1)] {
        let mut connection = proxy.connect();
        // The proxy may answer before all of it was taken.
        connection.write(&too_large.to_bytes()).ok();
        let answer = connection.read_response("POST").unwrap();
        assert_eq!(refused(&answer), (413, "request_too_large"));
    }
}

/// All bodies together have a bound as well, however many connections they come on.
#[test]
fn all_bodies_together_are_bounded() {
    let (sender, waiting) = channel();
    let options = [("handler_memory", "1MiB"), ("handler_body_limit", "1MiB")];
    let proxy = handling(&options, move |request, responder| sender.send((request, responder)).unwrap());
    let held = proxy.begin(Request::post("/", vec![b'a'; 600_000]));
    let (request, responder) = waiting.recv().unwrap();
    let mut connection = proxy.connect();
    connection.write(&Request::post("/", vec![b'a'; 600_000]).to_bytes()).ok();
    assert_eq!(refused(&connection.read_response("POST").unwrap()), (503, "handler_busy"));
    drop(request);
    let next = proxy.begin(Request::post("/", vec![b'a'; 600_000]));
    text(&waiting.recv().unwrap().1, "next");
    assert_eq!(next.join().unwrap().unwrap().text(), "next");
    text(&responder, "held");
    assert_eq!(held.join().unwrap().unwrap().text(), "held");
}

#[test]
fn a_body_that_is_held_back_is_asked_for() {
    let proxy = handling(&[], |request, responder| {
        assert_eq!(request.header("Expect"), None);
        text(&responder, &String::from_utf8_lossy(request.body()));
    });
    let mut connection = proxy.connect();
    connection
        .write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    assert_eq!(connection.read_head().unwrap().status, 100);
    connection.write(b"body").unwrap();
    assert_eq!(connection.read_response("POST").unwrap().text(), "body");
}

#[test]
fn it_is_a_route_among_others() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let handle = |prefix: &str, name: &'static str| {
        proxy.manager.handle(prefix, HandlerOptions::default(), move |_, responder| text(&responder, name))
    };
    handle("/api", "outer").unwrap();
    handle("/api/deep/", "inner").unwrap();
    for (path, expected) in
        [("/api", "outer"), ("/api/x", "outer"), ("/api/deep", "inner"), ("/api/deep/er?q", "inner")]
    {
        assert_eq!(proxy.send(&Request::get(path)).text(), expected, "{path}");
    }
    assert_eq!(proxy.send(&Request::get("/apis")).backend(), Some("a"));
    assert_eq!(handle("/api/", "again").unwrap_err().kind(), ErrorKind::RouteExists);
    assert_eq!(handle("/", "again").unwrap_err().kind(), ErrorKind::RouteExists);
    let again = proxy.manager.add_route("/api", [a.target()], RouteOptions::default());
    assert_eq!(again.unwrap_err().kind(), ErrorKind::RouteExists);

    let listed: Vec<_> = proxy.manager.routes().into_iter().map(|it| (it.prefix, it.is_handler)).collect();
    assert_eq!(listed, [("/".into(), false), ("/api/".into(), true), ("/api/deep/".into(), true)]);
    assert_eq!(proxy.manager.list_backends("/api").unwrap(), Vec::<BackendStatus>::new());
    let error = proxy.manager.add_backends("/api", [a.target()], None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RouteIsHandler);
    assert_eq!(error.message(), "the route \"/api/\" has a handler, and takes no backends");
    let error = proxy.manager.remove_backends("/api", [a.target()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RouteIsHandler);
    let reply = proxy.manager.manage("GET", "/endpoints/list?prefixPath=/api", b"");
    assert_eq!(reply.body, b"{\"prefixPath\":\"/api/\",\"targets\":[],\"isHandler\":true}\n");

    proxy.manager.remove_route("/api").unwrap();
    assert_eq!(proxy.send(&Request::get("/api")).backend(), Some("a"));
    assert_eq!(proxy.send(&Request::get("/api/deep")).text(), "inner");
}

#[test]
fn management_comes_before_handlers() {
    let proxy = handling(&[], |_, responder| text(&responder, "handled"));
    assert_eq!(proxy.send(&Request::get("/endpoints/list?prefixPath=/")).json()["prefixPath"], "/");
    assert_eq!(proxy.send(&Request::get("/endpoint")).text(), "handled");
}

#[test]
fn clients_of_http2_are_answered_too() {
    let inner = handling(&[], |request, responder| {
        text(&responder, &format!("{} {}", request.target(), request.body().len()));
    });
    let outer = Proxy::serve([format!("h2c://{}", inner.address)], unchecked());
    assert_eq!(outer.send(&Request::post("/x?y", vec![b'a'; 300_000])).text(), "/x?y 300000");
    let head = outer.send(&Request::new("HEAD", "/x"));
    assert_eq!((head.status(), head.header("content-length"), head.text().as_str()), (200, Some("4"), ""));
}
