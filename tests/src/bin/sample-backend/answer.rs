//! The answers: a description of the request, or what its `x-sample` asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;

pub(crate) use crate::body::Answer;
use crate::connection::Connection;
use crate::plan::{Body, Plan};
use crate::state::Active;

/// Bodies are sent in pieces of this size.
const PIECE: u64 = 64 * 1024;

/// An answer to the test itself.
pub(crate) fn text(status: StatusCode, text: String) -> Response<Answer> {
    let mut response = Response::new(Answer::whole(text));
    *response.status_mut() = status;
    response
}

/// Answers one request; an error closes the connection. `closes` tells whether it is the connection's last.
pub(crate) async fn answer(
    connection: &Connection,
    request: Request<Incoming>,
    closes: bool,
) -> Result<Response<Answer>, String> {
    let state = &connection.state;
    let mut active = Active::new(state.clone());
    let asked = request.headers().get("x-sample").map(HeaderValue::as_bytes).unwrap_or_default();
    let plan = match Plan::parse(&String::from_utf8_lossy(asked)) {
        Ok(plan) => plan,
        Err(error) => {
            active.finish();
            return Ok(text(StatusCode::BAD_REQUEST, error));
        }
    };
    if let Some(delay) = plan.delay {
        tokio::time::sleep(delay).await;
    }
    if let Some(gate) = &plan.gate {
        state.pass_gate(gate).await;
    }
    if plan.close {
        active.finish();
        return Err("asked to close".into());
    }
    if plan.close_at.as_ref() == Some(&state.name) {
        count(request.into_body()).await?;
        active.finish();
        return Err("asked to close".into());
    }
    let (method, wanted) = (request.method().clone(), reply_headers(request.headers()));
    let mut response = respond(connection, request, &plan).await?;
    if let Some(status) = plan.status {
        *response.status_mut() = StatusCode::from_u16(status).map_err(|error| error.to_string())?;
    }
    let headers = response.headers_mut();
    if let Ok(name) = HeaderValue::from_str(&state.name) {
        headers.insert("x-sample-backend", name);
    }
    headers.extend(wanted);
    if method == Method::HEAD || matches!(plan.status, Some(204 | 304)) {
        active.finish();
    }
    let close = closes.then(|| connection.close.clone());
    Ok(response.map(|body| body.of(active, close)))
}

async fn respond(
    connection: &Connection,
    request: Request<Incoming>,
    plan: &Plan,
) -> Result<Response<Answer>, String> {
    if matches!(plan.status, Some(204 | 304)) {
        return Ok(Response::new(Answer::whole("")));
    }
    Ok(match plan.body {
        Body::Description => describe(connection, request).await?,
        Body::Count => Response::new(count(request.into_body()).await?),
        Body::Echo => Response::new(echo(request.into_body())),
        Body::Events(number) => events(number, plan.every),
        Body::Bytes(length) => Response::new(fill(connection, plan, length, Some(length))),
        Body::Chunks(length) => Response::new(fill(connection, plan, length, None)),
        Body::Die(length) => Response::new(fill(connection, plan, length, Some(length * 2))),
    })
}

async fn count(mut body: Incoming) -> Result<Answer, String> {
    let mut count = 0;
    while let Some(frame) = body.frame().await {
        count += frame.map_err(|error| error.to_string())?.data_ref().map_or(0, Bytes::len);
    }
    Ok(Answer::whole(count.to_string()))
}

fn echo(mut body: Incoming) -> Answer {
    Answer::streamed(None, |frames| async move {
        while let Some(frame) = body.frame().await {
            if let Ok(piece) = frame?.into_data() {
                frames.send(piece).await?;
            }
        }
        Ok(())
    })
}

fn events(count: u64, every: Duration) -> Response<Answer> {
    let body = Answer::streamed(None, move |frames| async move {
        for number in 1..=count {
            frames.send(format!("data: {number}\n\n")).await?;
            tokio::time::sleep(every).await;
        }
        Ok(())
    });
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

/// So many bytes, half of them behind the gate if there is one; short of what is announced, it breaks off.
fn fill(connection: &Connection, plan: &Plan, length: u64, announced: Option<u64>) -> Answer {
    let (state, gate) = (connection.state.clone(), plan.body_gate.clone());
    Answer::streamed(announced, move |frames| async move {
        let first = if gate.is_some() { length / 2 } else { length };
        frames.send_bytes(first, PIECE).await?;
        if let Some(gate) = gate {
            state.pass_gate(&gate).await;
            frames.send_bytes(length - first, PIECE).await?;
        }
        if announced.is_some_and(|announced| announced > length) {
            Err("asked to die".into())
        } else {
            Ok(())
        }
    })
}

async fn describe(connection: &Connection, request: Request<Incoming>) -> Result<Response<Answer>, String> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    let mut headers = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in &head.headers {
        headers.entry(name.as_str()).or_default().push(String::from_utf8_lossy(value.as_bytes()));
    }
    let description = json!({
        "backend": connection.state.name,
        "method": head.method.as_str(),
        "target": head.uri.to_string(),
        "version": format!("{:?}", head.version),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    let mut response = Response::new(Answer::whole(description.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The header fields that the request's `x-sample-reply: NAME: VALUE` fields ask for.
fn reply_headers(headers: &HeaderMap) -> HeaderMap {
    let mut wanted = HeaderMap::new();
    for field in headers.get_all("x-sample-reply") {
        let (name, value) = field.to_str().unwrap_or_default().split_once(':').unwrap_or_default();
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.trim().parse::<HeaderValue>()) {
            wanted.append(name, value);
        }
    }
    wanted
}
