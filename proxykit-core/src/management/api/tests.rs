use serde_json::{Value, json};

use super::*;
use crate::config::{HealthCheck, RouteOptions};

fn api() -> Api {
    let control = Control::default();
    let targets = vec!["http://localhost:8081".parse().unwrap()];
    let options = RouteOptions {
        health_check: Some(HealthCheck { rise: 4, ..Default::default() }),
        ..Default::default()
    };
    control.apply(Command::AddRoute { prefix: "/api/".parse().unwrap(), targets, options }).unwrap();
    Api::new(Arc::new(control), None)
}

fn call(api: &Api, method: &str, target: &str, body: &str) -> (u16, Value) {
    let reply = api.answer(method, target, body.as_bytes());
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

fn targets(api: &Api) -> Vec<String> {
    let (_, list) = call(api, "GET", "/endpoints/list?prefixPath=/api/", "");
    list["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["target"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_guide_works() {
    let api = api();
    let list =
        json!({"prefixPath": "/api/", "targets": [{"target": "http://localhost:8081", "healthy": true}]});
    assert_eq!(call(&api, "GET", "/endpoints/list?prefixPath=/api/", ""), (200, list.clone()));
    assert_eq!(call(&api, "GET", "/endpoints/list?prefixPath=%2Fapi", ""), (200, list));
    let body = r#"{"prefixPath": "/api/", "targets": ["http://localhost:8083", "http://localhost:8084", "http://localhost:8083/"]}"#;
    let (status, answer) = call(&api, "POST", "/endpoints/add", body);
    assert_eq!((status, &answer["addedCount"]), (200, &json!(2)));
    assert!(answer["message"].is_string());
    assert_eq!(call(&api, "POST", "/endpoints/add", body).1["addedCount"], json!(0));
    let body = r#"{"prefixPath": "/api/", "targets": ["http://localhost:8081", "http://localhost:9"]}"#;
    assert_eq!(call(&api, "POST", "/endpoints/remove", body).1["removedCount"], json!(1));
    assert_eq!(targets(&api), ["http://localhost:8083", "http://localhost:8084"]);
    let one = "/endpoints?prefixPath=/api/&target=http%3A%2F%2Flocalhost:8083";
    assert_eq!(
        call(&api, "GET", one, ""),
        (200, json!({"target": "http://localhost:8083", "healthy": true}))
    );
    let body = r#"{"prefixPath": "/api/", "targets": ["http://localhost:8083", "http://localhost:8084"]}"#;
    call(&api, "POST", "/endpoints/remove", body);
    assert_eq!(call(&api, "GET", "/endpoints/list?prefixPath=/api/", "").1["targets"], json!([]));
}

#[test]
fn all_that_is_known_is_shown() {
    let api = api();
    let report = r#"{"prefixPath": "api", "target": "http://localhost:8081/", "load": 2.5}"#;
    assert_eq!(call(&api, "POST", "/endpoints/report", report).0, 200);
    let counters = json!({
        "requests": 0, "responses2xx": 0, "responses3xx": 0, "responses4xx": 0, "responses5xx": 0,
        "connectFailures": 0, "timeouts": 0, "brokenResponses": 0, "retries": 0,
    });
    let target = json!({
        "target": "http://localhost:8081", "healthy": true, "inFlight": 0, "load": 2.5, "counters": counters,
    });
    let route = json!({
        "prefixPath": "/api/", "balancer": "round_robin", "isHandler": false, "counters": counters,
        "targets": [target],
    });
    let status = (200, json!({"routes": [route]}));
    assert_eq!(call(&api, "GET", "/endpoints/status", ""), status);
    assert_eq!(call(&api, "GET", "/endpoints/status?prefixPath=api", ""), status);
    assert_eq!(call(&api, "GET", "/endpoints/status?prefixPath=/b", "").0, 404);
    let connections = json!({"open": 0, "accepted": 0, "refused": 0});
    let totals = json!({"counters": counters, "connections": connections});
    assert_eq!(call(&api, "GET", "/endpoints/totals", ""), (200, totals));
}

#[test]
fn routes_come_and_go() {
    let api = api();
    let body = r#"{"prefixPath": "b", "targets": ["http://h"], "options": {"balancer": "ip_hash", "health_check": false}}"#;
    let (status, answer) = call(&api, "POST", "/endpoints/routes/add", body);
    assert_eq!((status, &answer["addedCount"]), (200, &json!(1)));
    let route = api.control.route(&"/b".parse().unwrap()).unwrap();
    assert_eq!((route.options().balancer.name(), route.options().health_check), ("ip_hash", None));
    assert_eq!(call(&api, "POST", "/endpoints/routes/add", body).1["error"]["code"], "route_exists");
    for (body, code) in [
        (r#"{"prefixPath": "/c", "options": {"balancer": "fastest"}}"#, "invalid_option"),
        (
            r#"{"prefixPath": "/c", "options": {"connect_timeout": "1s", "connect_timeout": "2s"}}"#,
            "invalid_option",
        ),
        (r#"{"prefixPath": "/c", "options": []}"#, "invalid_option"),
        (r#"{"prefixPath": "/c", "targets": ["ftp://h"]}"#, "invalid_target"),
        (r#"{"prefixPath": "/c", "target": "http://h"}"#, "invalid_request"),
        (r#"{"targets": []}"#, "invalid_request"),
    ] {
        assert_eq!(call(&api, "POST", "/endpoints/routes/add", body).1["error"]["code"], code, "{body}");
    }
    let body = r#"{"prefixPath": "/b/"}"#;
    assert_eq!(call(&api, "POST", "/endpoints/routes/remove", body).1["removedCount"], json!(1));
    assert_eq!(call(&api, "POST", "/endpoints/routes/remove", body).0, 404);
    assert_eq!(api.control.snapshot().len(), 1);
}

#[test]
fn what_no_load_is_changes_nothing() {
    let api = api();
    for (target, load, status) in [
        ("http://localhost:8081", "-1", 400),
        ("http://localhost:8081", "\"1\"", 400),
        ("http://localhost:8081", "1e999", 400),
        ("http://localhost:1", "1", 404),
        ("ftp://localhost", "1", 400),
    ] {
        let body = format!(r#"{{"prefixPath": "/api/", "target": "{target}", "load": {load}}}"#);
        assert_eq!(call(&api, "POST", "/endpoints/report", &body).0, status, "{body}");
    }
    let (_, body) = call(&api, "GET", "/endpoints/status", "");
    assert_eq!(body["routes"][0]["targets"][0]["load"], json!(1.0));
}

#[test]
fn times_are_nanoseconds_or_text_and_the_rest_is_the_routes() {
    let api = api();
    let add = |target: &str, check: &str| {
        let body = format!(r#"{{"prefixPath": "/api/", "targets": ["{target}"], "healthCheck": {check}}}"#);
        assert_eq!(call(&api, "POST", "/endpoints/add", &body).0, 200, "{check}");
        *api.control
            .backend(&"/api".parse().unwrap(), &target.parse().unwrap())
            .unwrap()
            .health_check()
            .unwrap()
    };
    let check = add("http://a", r#"{"interval": 3000000000, "timeout": 1000000000}"#);
    assert_eq!((check.interval.as_secs(), check.timeout.as_secs(), check.rise), (3, 1, 4));
    let check = add("http://b", r#"{"interval": "1m30s", "fall": 3}"#);
    assert_eq!((check.interval.as_secs(), check.timeout.as_secs(), check.fall), (90, 2, 3));
    let check = add("http://c", r#"{"interval": 0, "timeout": 0}"#);
    assert_eq!((check.interval.as_secs(), check.timeout.as_secs()), (5, 2));
}

#[test]
fn bad_calls_are_refused_and_change_nothing() {
    let api = api();
    for (method, target, body, status, code) in [
        ("GET", "/endpoints/add", "", 405, "method_not_allowed"),
        ("POST", "/endpoints/list?prefixPath=/api/", "", 405, "method_not_allowed"),
        ("DELETE", "/endpoints", "", 405, "method_not_allowed"),
        ("GET", "/endpoints/nothing", "", 404, "not_found"),
        ("GET", "/endpoints/", "", 404, "not_found"),
        ("GET", "/endpoints/list", "", 400, "invalid_request"),
        ("GET", "/endpoints/list?prefixPath=", "", 400, "invalid_request"),
        ("GET", "/endpoints/list?prefixPath=%zz", "", 400, "invalid_request"),
        ("GET", "/endpoints/list?prefixPath=%ff", "", 400, "invalid_request"),
        ("GET", "/endpoints/list?prefixPath=/a%20b", "", 400, "invalid_prefix"),
        ("GET", "/endpoints/list?prefixPath=/none/", "", 404, "route_not_found"),
        ("GET", "/endpoints?prefixPath=/api/", "", 400, "invalid_request"),
        ("GET", "/endpoints?prefixPath=/api/&target=http://none", "", 404, "backend_not_found"),
        ("GET", "/endpoints?prefixPath=/api/&target=ftp://x", "", 400, "invalid_target"),
        ("POST", "/endpoints/add", "", 400, "invalid_request"),
        ("POST", "/endpoints/add", "{", 400, "invalid_request"),
        ("POST", "/endpoints/add", "[]", 400, "invalid_request"),
        ("POST", "/endpoints/add", r#"{"prefixPath": "/api/"}"#, 400, "invalid_request"),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/api/", "targets": "http://a"}"#,
            400,
            "invalid_request",
        ),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/api/", "targets": [], "weight": 1}"#,
            400,
            "invalid_request",
        ),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/no/", "targets": ["http://a"]}"#,
            404,
            "route_not_found",
        ),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/api/", "targets": ["http://a", "ftp://b"]}"#,
            400,
            "invalid_target",
        ),
        (
            "POST",
            "/endpoints/remove",
            r#"{"prefixPath": "/api/", "targets": ["http://localhost:8081", ""]}"#,
            400,
            "invalid_target",
        ),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/api/", "targets": ["http://a"], "healthCheck": {"interval": -1}}"#,
            400,
            "invalid_request",
        ),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/api/", "targets": ["http://a"], "healthCheck": {"interval": "soon"}}"#,
            400,
            "invalid_option",
        ),
        (
            "POST",
            "/endpoints/add",
            r#"{"prefixPath": "/api/", "targets": ["http://a"], "healthCheck": {"rise": 0}}"#,
            400,
            "invalid_option",
        ),
    ] {
        let (given, answer) = call(&api, method, target, body);
        assert_eq!(
            (given, &answer["error"]["code"]),
            (status, &json!(code)),
            "{method} {target} {body}: {answer}"
        );
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(targets(&api), ["http://localhost:8081"]);
    assert_eq!(api.answer("GET", "/endpoints/add", b"").allow, Some("POST"));
    assert_eq!(api.answer("POST", "/endpoints", b"").allow, Some("GET"));
}
