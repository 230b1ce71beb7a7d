//! Backends that answer before they have the whole request.

use std::io::Write;
use std::thread;

use proxykit_tests::client::Connection;

use crate::{Proxy, scripted, unchecked};

/// Sends the head of an upload, and then its body from a thread until nobody takes it.
fn upload(connection: &mut Connection, length: usize) -> thread::JoinHandle<()> {
    let mut writer = connection.writer().unwrap();
    thread::spawn(move || {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        let body = vec![b'x'; 64 * 1024];
        let mut sent = writer.write_all(head.as_bytes());
        for _ in 0..length / body.len() {
            sent = sent.and_then(|()| writer.write_all(&body));
        }
        // The proxy takes for a while what nobody wants any more, and then closes.
        drop(sent);
    })
}

/// The close of a socket with unread bytes is a reset, which overtakes whatever is still written to it.
#[test]
fn an_answer_before_a_reset_is_not_lost() {
    for _ in 0..20 {
        let backend = scripted::backend(|script| {
            script.read_head();
            script.write(
                "HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much",
            );
        });
        let proxy = Proxy::serve([&backend.target], unchecked());
        let mut connection = proxy.connect();
        let uploading = upload(&mut connection, 64 << 20);
        let answer = connection.read_response("POST").unwrap();
        assert_eq!((answer.status(), answer.text().as_str()), (413, "too much"));
        backend.end();
        uploading.join().unwrap();
    }
}

/// A backend that answers and reads on gets the rest.
#[test]
fn an_upload_goes_on_behind_an_early_answer() {
    let backend = scripted::backend(|script| {
        script.read_head();
        script.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n");
        script.read_exact(1 << 20);
        script.write("4\r\nlate\r\n0\r\n\r\n");
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
    connection.write(head.as_bytes()).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 200);
    assert_eq!(connection.read_chunk().unwrap().unwrap(), b"early");
    connection.write(&vec![b'x'; 1 << 20]).unwrap();
    assert_eq!(connection.read_chunk().unwrap().unwrap(), b"late");
    assert_eq!(connection.read_chunk().unwrap(), None);
    backend.end();
}
