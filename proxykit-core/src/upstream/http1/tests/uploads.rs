use super::*;

#[tokio::test]
async fn bodies_are_framed_as_announced() {
    for (length, pieces, expected) in [
        (None, &["he", "llo"][..], Ok("2\r\nhe\r\n3\r\nllo\r\n0\r\nx-sum: 1\r\n\r\n")),
        (Some("5"), &["he", "llo"], Ok("hello")),
        (Some("0"), &["hello"], Ok("")),
        (Some("4"), &["he", "llo"], Err(ErrorKind::ClientClosed)),
        (Some("6"), &["he", "llo"], Err(ErrorKind::ClientClosed)),
        (Some("x"), &["he", "llo"], Err(ErrorKind::BadRequest)),
    ] {
        let (connection, mut far) = connected();
        let (mut request, sender) = post();
        if let Some(length) = length {
            request.headers_mut().insert("content-length", length.parse().unwrap());
        }
        for text in pieces {
            sender.send(piece(text)).unwrap();
        }
        let trailers = [("x-sum", "1"), ("host", "other")]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        sender.send(Frame::trailers(trailers.into_iter().collect())).unwrap();
        let telling = async {
            let Ok(body) = expected else { return };
            let head = read_head(&mut far).await;
            assert_eq!(head.contains("transfer-encoding: chunked"), length.is_none(), "{head}");
            let mut received = vec![0; body.len()];
            far.read_exact(&mut received).await.unwrap();
            assert_eq!(String::from_utf8(received).unwrap(), body);
            far.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        };
        let (answer, ()) = tokio::join!(send(connection, &mut request), telling);
        match expected {
            Ok(_) => assert!(taken(&mut answer.unwrap().into_body()).is_some()),
            Err(kind) => assert_eq!(answer.err().unwrap().kind(), kind, "{length:?}"),
        }
    }
}

#[tokio::test]
async fn a_head_leaves_together_with_the_beginning_of_its_body() {
    // Takes whole writes only.
    let (connection, mut far) = connected();
    let (mut request, sender) = post();
    sender.send(piece("first")).unwrap();
    let telling = async {
        let mut bytes = [0; 1024];
        let count = far.read(&mut bytes).await.unwrap();
        assert!(bytes[..count].ends_with(b"\r\n\r\n5\r\nfirst\r\n"));
        drop(far);
    };
    let (answer, ()) = tokio::join!(send(connection, &mut request), telling);
    assert_eq!(answer.err().unwrap().kind(), ErrorKind::UpstreamClosed);
}

#[tokio::test]
async fn an_upload_goes_on_behind_an_early_answer() {
    let (connection, mut far) = connected();
    let (mut request, sender) = post();
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nearly";
    let (answer, _) = tokio::join!(send(connection, &mut request), say(&mut far, text));
    let mut answer = answer.unwrap().into_body();
    // Nobody reads the answer meanwhile.
    sender.send(piece("late")).unwrap();
    drop(sender);
    let mut upload = [0; 14];
    far.read_exact(&mut upload).await.unwrap();
    assert_eq!(&upload, b"4\r\nlate\r\n0\r\n\r\n");
    far.write_all(b"late").await.unwrap();
    assert_eq!(read(&mut answer).await.unwrap(), b"earlylate");
    assert!(taken(&mut answer).is_none());
}

#[tokio::test]
async fn what_is_left_of_an_early_answer_ends_its_upload() {
    let (connection, mut far) = connected();
    let (mut request, sender) = post();
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nearly";
    let (answer, _) = tokio::join!(send(connection, &mut request), say(&mut far, text));
    drop(answer.unwrap());
    sender.closed().await;
    let mut rest = Vec::new();
    far.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_connection_with_an_unfinished_upload_is_not_kept() {
    let (connection, mut far) = connected();
    let (mut request, sender) = post();
    sender.send(piece("half")).unwrap();
    let text = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n";
    let (answer, _) = tokio::join!(send(connection, &mut request), say(&mut far, text));
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 413);
    assert!(taken(&mut answer.into_body()).is_none());
    assert!(sender.is_closed(), "nobody reads the rest");
}

#[tokio::test]
async fn the_head_has_its_time_from_the_last_piece_of_the_request() {
    let limit = Duration::from_millis(100);
    let (connection, _far) = connected();
    let begin = Instant::now();
    let error = send_within(limit, connection, &mut get()).await.err().unwrap();
    assert_eq!((error.kind(), error.may_retry()), (ErrorKind::ResponseTimeout, Retry::Never));
    assert!(begin.elapsed() >= limit);

    let (connection, far) = connected();
    let (mut request, sender) = post();
    let feeding = async {
        let mut last = Instant::now();
        for _ in 0..20 {
            if sender.send(piece("x")).is_err() {
                break;
            }
            last = Instant::now();
            tokio::time::sleep(limit / 4).await;
        }
        last
    };
    let begin = Instant::now();
    let sending = async { (send_within(limit, connection, &mut request).await, Instant::now()) };
    let ((answer, end), last) = tokio::join!(sending, feeding);
    assert_eq!(answer.err().unwrap().kind(), ErrorKind::ResponseTimeout);
    assert!(end - last >= limit || end - begin >= limit);
    drop(far);
}

#[tokio::test]
async fn a_request_is_still_there_after_a_failure() {
    let (mut request, sender) = post();
    *request.method_mut() = http::Method::PUT;
    request.headers_mut().insert("content-length", "4".parse().unwrap());
    let limits = crate::upstream::BodyLimits { size: 0, stall: Duration::ZERO, replay: 100 };
    request.body().limit(limits).unwrap();
    sender.send(piece("body")).unwrap();
    let mut heads = Vec::new();
    for _ in 0..3 {
        let (connection, mut far) = connected();
        let reading = async {
            let head = read_head(&mut far).await;
            let mut body = [0; 4];
            far.read_exact(&mut body).await.unwrap();
            drop(far);
            (head, body)
        };
        let (answer, (head, body)) = tokio::join!(send(connection, &mut request), reading);
        assert_eq!(&body, b"body");
        heads.push(head);
        assert!(may_be_repeated(&request, &answer.err().unwrap()));
        request.body_mut().rewind();
    }
    assert!(heads[0] == heads[1] && heads[1] == heads[2], "{heads:?}");
    let error = Error::from(ErrorKind::UpstreamClosed).retry(Retry::IfIdempotent);
    *request.method_mut() = http::Method::POST;
    assert!(!may_be_repeated(&request, &error));
}
