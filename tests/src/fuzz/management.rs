//! The management API without a server: method and target in the first line, the body behind it.

use proxykit_core::{Manager, ManagerOptions, RouteOptions};

/// Makes one call.
pub fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(line) = std::str::from_utf8(&data[..end]) else { return };
    let (method, target) = line.split_once(' ').unwrap_or((line, ""));
    let body = data.get(end + 1..).unwrap_or_default();
    let manager = Manager::new(ManagerOptions::default()).expect("good options");
    let targets = ["http://a.example:81", "unix:/run/b.sock"];
    manager.add_route("/x/", targets, RouteOptions::default()).expect("a good route");
    let before = manager.routes();
    let reply = manager.manage(method, target, body);
    let text = String::from_utf8_lossy(&reply.body);
    let value: serde_json::Value =
        serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    assert!(reply.body.ends_with(b"\n"), "{text:?}");
    assert_eq!(reply.allow.is_some(), reply.status == 405, "{text:?}");
    let after = manager.routes();
    if reply.status != 200 {
        assert!((400..500).contains(&reply.status), "{} {text:?}", reply.status);
        let error = &value["error"];
        assert!(error["code"].is_string() && error["message"].is_string(), "{text:?}");
        assert_eq!(before, after, "a call that failed has changed something: {text:?}");
        return;
    }
    let count = |name: &str| value[name].as_u64().unwrap_or(0) as usize;
    let change = before[0].backends.len() + count("addedCount") - count("removedCount");
    assert_eq!(after[0].backends.len(), change, "{text:?}");
    assert_eq!(method == "GET", value.get("message").is_none(), "{text:?}");
    for backend in &after[0].backends {
        // What was taken in is found again by its own name.
        manager.get_backend("/x/", &backend.target).expect("a backend that is listed");
    }
}
