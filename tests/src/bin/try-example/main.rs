//! Tries one example as a user would: `try-example SOURCE`, a source of `examples.json`.
//!
//! It starts two sample backends on the ports that the examples name, the example itself, and asks with curl. All
//! ports are fixed, so that it is best run in a network namespace of its own (`unshare -rn`).

mod program;

use std::process::{Command, ExitCode};

use nix::sys::signal::Signal;
use proxykit_tests::backend::Backend;
use proxykit_tests::examples::{self, Example, Purpose};
use proxykit_tests::tls::{Authority, Folder};
use proxykit_tests::wait;
use serde_json::Value;

use program::Program;

type Result<T = ()> = std::result::Result<T, String>;

const PROXY: &str = "http://127.0.0.1:8080";

fn main() -> ExitCode {
    match try_example(&std::env::args().nth(1).unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write;
            // A standard error that is closed hears nothing; the exit code is said all the same.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn try_example(source: &str) -> Result {
    let list = examples::load()?.examples;
    let find = |source: &str| {
        list.iter().find(|example| example.source == source).ok_or(format!("no such example: {source:?}"))
    };
    let sample_backend =
        std::env::current_exe().map_err(|error| error.to_string())?.with_file_name("sample-backend");
    let sample_backend = sample_backend.display().to_string();
    let start = |name, port| Backend::start_at(&sample_backend, name, &format!("127.0.0.1:{port}"), &[]);
    let _backends = (start("a", 8081)?, start("b", 8082)?);
    let example = find(source)?;
    match example.does {
        Purpose::Serve => serve(example),
        Purpose::Change => change(example),
        Purpose::Secure => secure(example),
        Purpose::Hear => hear(
            example,
            [
                &["route_added /proxy/", "backend_added /proxy/ http://localhost:8082", "started"],
                &["backend_removed /proxy/ http://localhost:8081"],
                &["stopped"],
            ],
        ),
        // Each language's loggers have a form of their own.
        Purpose::Log => {
            hear(example, [&["route added", "backend added", "started"], &["backend removed"], &["stopped"]])
        }
        Purpose::Manage => manage(example, find("examples/rust/quickstart.rs")?),
    }
}

/// Both backends answer; what the example serves beside them does; SIGTERM ends it.
fn serve(example: &Example) -> Result {
    let program = Program::start(example)?;
    wait_until_it_serves()?;
    expect_backends(&["a", "b"])?;
    let answer = ask("/proxy/a%2Fb?q=1")?;
    expect("the target", &answer["target"], &"/a%2Fb?q=1".into())?;
    expect("X-Forwarded-For", &answer["headers"]["x-forwarded-for"][0], &"127.0.0.1".into())?;
    if example.ping {
        let pong = curl(&format!("{PROXY}/ping"))?;
        if !pong.contains("pong") {
            return Err(format!("/ping answers {pong:?}"));
        }
    }
    if example.management {
        let list = ask("/endpoints/list?prefixPath=/proxy/")?;
        expect("the listed prefix", &list["prefixPath"], &"/proxy/".into())?;
        expect("the listed target", &list["targets"][1]["target"], &"http://localhost:8082".into())?;
    }
    program.terminate()
}

/// Each line is a step: one is added, both are listed, the other is removed, the one is listed.
fn change(example: &Example) -> Result {
    let mut program = Program::start(example)?;
    wait_until_it_serves()?;
    expect_backends(&["a"])?;
    program.step(&["add", "1"], &[])?;
    expect_backends(&["a", "b"])?;
    program.step(&["http://localhost:8081", "http://localhost:8082"], &[])?;
    program.step(&["remove", "1"], &[])?;
    expect_backends(&["b"])?;
    program.step(&["http://localhost:8082"], &["http://localhost:8081"])?;
    program.expect_success()
}

/// What happens is printed, to the end.
fn hear(example: &Example, [begun, removed, ended]: [&[&str]; 3]) -> Result {
    let program = Program::start(example)?;
    wait_until_it_serves()?;
    expect_backends(&["a", "b"])?;
    program.expect_printed(begun)?;
    let removal = r#"{"prefixPath": "/proxy/", "targets": ["http://localhost:8081"]}"#;
    curl_with(&["--data", removal], &format!("{PROXY}/endpoints/remove"))?;
    program.expect_printed(removed)?;
    expect_backends(&["b"])?;
    program.signal(Signal::SIGTERM)?;
    program.expect_printed(ended)?;
    program.expect_success()
}

/// The calls of the example have their effect on a quick start.
fn manage(example: &Example, quickstart: &Example) -> Result {
    let program = Program::start(quickstart)?;
    wait_until_it_serves()?;
    let output = example.command()?.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let expected =
        ["http://localhost:8081", "\"addedCount\":2", "http://localhost:8083", "\"removedCount\":2"];
    if let Some(missing) = expected.iter().find(|part| !text.contains(**part)) {
        return Err(format!("no {missing} in {text:?}"));
    }
    if !output.status.success() {
        return Err(format!("it ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    program.terminate()
}

/// Both backends answer in TLS, before and after there is another certificate.
fn secure(example: &Example) -> Result {
    let folder = Folder::new();
    let (one, other) = (Authority::new("one"), Authority::new("other"));
    let (chain, key) = folder.put("site", &one.issue(&["localhost"]));
    let program = Program::start_with(example, &[&chain, &key])?;
    let ask = |authority: &Authority| {
        let trusted = folder.write("ca.pem", authority.pem()).display().to_string();
        curl_with(&["--cacert", &trusted], "https://localhost:8443/proxy/x")
    };
    wait::until(|| ask(&one).map(drop))?;
    folder.put("site", &other.issue(&["localhost"]));
    program.signal(Signal::SIGHUP)?;
    let answer = wait::until(|| ask(&other))?;
    let answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error} in {answer:?}"))?;
    expect("X-Forwarded-Proto", &answer["headers"]["x-forwarded-proto"][0], &"https".into())?;
    program.terminate()
}

fn wait_until_it_serves() -> Result {
    wait::until(|| ask("/proxy/").map(drop))
}

/// Enough requests to see which backends answer.
fn expect_backends(expected: &[&str]) -> Result {
    let mut names = Vec::new();
    for _ in 0..6 {
        names.push(ask("/proxy/")?["backend"].as_str().unwrap_or_default().to_owned());
    }
    names.sort();
    names.dedup();
    if names == expected { Ok(()) } else { Err(format!("expected answers of {expected:?}, got {names:?}")) }
}

fn expect(what: &str, actual: &Value, expected: &Value) -> Result {
    if actual == expected { Ok(()) } else { Err(format!("{what}: expected {expected}, got {actual}")) }
}

fn ask(target: &str) -> Result<Value> {
    let text = curl(&format!("{PROXY}{target}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{target}: {error} in {text:?}"))
}

fn curl(url: &str) -> Result<String> {
    curl_with(&[], url)
}

fn curl_with(options: &[&str], url: &str) -> Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "10", url]).args(options);
    let output = curl.output().map_err(|error| format!("curl: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("{url}: {} {text}", String::from_utf8_lossy(&output.stderr)))
    }
}
