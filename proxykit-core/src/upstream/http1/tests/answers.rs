use super::*;

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let (mut connection, mut far) = connected();
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ] {
        let mut request = get();
        let (answer, head) = tokio::join!(send(connection, &mut request), say(&mut far, text));
        assert_eq!(head, "GET /a?b HTTP/1.1\r\nhost: h\r\nx-origin-host: backend:1\r\n\r\n");
        let mut answer = answer.unwrap().into_body();
        assert_eq!(read(&mut answer).await.unwrap(), b"ok");
        connection = taken(&mut answer).expect("it goes on");
        assert_eq!(connection.buffer.bytes.capacity(), 0, "an idle connection holds no buffer");
    }
}

#[tokio::test]
async fn an_answer_may_come_in_pieces() {
    let text = "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let (connection, mut far) = connected();
    let mut request = get();
    let telling = async {
        read_head(&mut far).await;
        for byte in text.bytes() {
            far.write_u8(byte).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let reading = async {
        let mut answer = send(connection, &mut request).await.unwrap().into_body();
        assert_eq!(read(&mut answer).await.unwrap(), b"ok");
        assert!(taken(&mut answer).is_some());
    };
    tokio::join!(telling, reading);
}

#[tokio::test]
async fn what_ends_with_the_connection_is_the_last_on_it() {
    let (body, connection) = exchange("HTTP/1.1 200 OK\r\n\r\nall of it", true).await.unwrap();
    assert_eq!(body.unwrap(), b"all of it");
    assert!(connection.is_none());
}

#[tokio::test]
async fn a_connection_is_kept_if_both_sides_agree_on_its_state() {
    for (text, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\na", true),
        ("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", false),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\na", false),
        // Bytes that nobody asked for.
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", false),
        ("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n", false),
    ] {
        let (body, connection) = exchange(text, false).await.unwrap();
        assert!(body.is_ok(), "{text}");
        assert_eq!(connection.is_some(), expected, "{text}");
    }
}

#[tokio::test]
async fn what_breaks_off_is_told() {
    for text in ["", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let error = error_of(text, true).await;
        assert_eq!(
            (error.kind(), error.may_retry()),
            (ErrorKind::UpstreamClosed, Retry::IfIdempotent),
            "{text}"
        );
    }
    for body in [
        "content-length: 3\r\n\r\nab",
        "transfer-encoding: chunked\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n5\r\nab",
        "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n",
    ] {
        let (read, connection) = exchange(&format!("HTTP/1.1 200 OK\r\n{body}"), true).await.unwrap();
        assert!(read.is_err() && connection.is_none(), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told() {
    let fields: String = (0..101).map(|number| format!("x-{number}: {number}\r\n")).collect();
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    let many = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    let endless = "HTTP/1.1 102 Processing\r\n\r\n".repeat(1001);
    for text in
        ["SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", &huge, &many, &endless]
    {
        let error = error_of(text, false).await;
        assert_eq!(
            (error.kind(), error.may_retry()),
            (ErrorKind::UpstreamProtocol, Retry::Never),
            "{text:.40}"
        );
    }
}

#[tokio::test]
async fn interim_answers_are_told_in_order_and_without_an_end() {
    let (connection, mut far) = connected();
    let (told, mut request) = (Mutex::new(Vec::new()), get());
    let interim = |status: StatusCode, headers: &HeaderMap| {
        told.lock().unwrap().push((status.as_u16(), headers.len()));
    };
    let clock = Clock::default();
    let terms = Terms {
        announced: [None; 3],
        opening: None,
        connect: LONG,
        response_head: LONG,
        clock: &clock,
        interim: &interim,
    };
    let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    let (answer, _) = tokio::join!(connection.send(&mut request, None, &terms, &NAME), say(&mut far, text));
    assert_eq!(answer.unwrap().status(), 204);
    assert_eq!(*told.lock().unwrap(), [(100, 0), (103, 1)]);
}

#[tokio::test]
async fn the_protocol_changes_behind_the_request() {
    let text = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nbehind";
    let (connection, mut far) = connected();
    let (mut request, _sender) = post();
    let (answer, _) = tokio::join!(send(connection, &mut request), say(&mut far, text));
    assert_eq!(answer.err().unwrap().kind(), ErrorKind::UpstreamProtocol);

    let (connection, mut far) = connected();
    let mut request = get();
    let (answer, _) = tokio::join!(send(connection, &mut request), say(&mut far, text));
    let mut stream = answer.unwrap().into_body().into_stream().unwrap();
    far.write_all(b" it").await.unwrap();
    let mut bytes = [0; 9];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"behind it");
}
