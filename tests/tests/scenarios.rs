//! Runs every scenario in every language that `PROXYKIT_LANGUAGES` names (separated by commas; `rust` by default).
//!
//! The host programs of the other languages come from `PROXYKIT_HOST_C`, `PROXYKIT_HOST_CPP`, `PROXYKIT_HOST_GO` and
//! `PROXYKIT_HOST_PYTHON`; a language that is named and has no program fails. `PROXYKIT_SCENARIO` narrows the run
//! to the scenarios whose `file/name` contains it.

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use proxykit_core::{ManagerOptions, OptionInfo, RouteOptions};
use proxykit_tests::scenario::{self, File, Programs, Scenario};
use serde_json::{Map, Value, json};

/// Scenarios wait for each other's backends and clocks more than they compute.
const THREADS: usize = 4;

struct Trial<'a> {
    name: String,
    host: &'a str,
    scenario: &'a Scenario,
}

#[test]
fn all_languages_do_the_same() {
    let hosts: Vec<_> = languages().into_iter().map(|language| (host(&language), language)).collect();
    let mut files = scenario::load().unwrap();
    files.push(File { name: "every_option".into(), scenarios: vec![every_option()] });
    let filter = env::var("PROXYKIT_SCENARIO").unwrap_or_default();
    let mut trials = Vec::new();
    for (host, language) in &hosts {
        for file in &files {
            for scenario in &file.scenarios {
                let name = format!("{language}: {}/{}", file.name, scenario.name);
                let is_meant = scenario.languages.is_empty() || scenario.languages.contains(language);
                if is_meant && name.contains(&filter) {
                    trials.push(Trial { name, host, scenario });
                }
            }
        }
    }
    assert!(!trials.is_empty(), "no scenario is named so: {filter:?}");
    let failures = run_all(&trials);
    let (failed, all) = (failures.len(), trials.len());
    assert!(failures.is_empty(), "{failed} of {all} scenarios failed\n{}", failures.join("\n"));
}

/// No language may lack an option of the core: each takes all of them by their names, with their defaults as they are written.
fn every_option() -> Scenario {
    let value = |option: &OptionInfo| match option.name {
        // By default there is none, which their own fields say in another way than an empty text.
        "trusted_proxies" => "10.0.0.0/8".to_owned(),
        "management_hosts" => "proxy.example".to_owned(),
        "management_token" => "token".to_owned(),
        _ => option.default.clone(),
    };
    let all = |options: Vec<OptionInfo>| -> Map<String, Value> {
        options.iter().map(|option| (option.name.to_owned(), value(option).into())).collect()
    };
    let (manager, route) = (all(ManagerOptions::all()), all(RouteOptions::all()));
    let steps = json!([
        {"call": "new", "options": manager},
        {"call": "add_route", "arguments": ["/x", ["http://127.0.0.1:1"]], "options": route},
        {"call": "list_routes", "expect": {"values": ["/x/", "round_robin"]}},
    ]);
    serde_json::from_value(json!({"name": "every option in every language", "steps": steps})).unwrap()
}

/// Runs all trials on a few threads, and gives a line for each that failed.
fn run_all(trials: &[Trial]) -> Vec<String> {
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((index, trial)) = take(trials, &next) {
                    let programs =
                        Programs { backend: env!("CARGO_BIN_EXE_sample-backend"), host: trial.host };
                    let result = scenario::run(trial.scenario, programs, index);
                    let line = result.map_err(|error| format!("{}: {error}", trial.name));
                    failures.lock().unwrap().extend(line.err());
                }
            });
        }
    });
    failures.into_inner().unwrap()
}

fn take<'a>(trials: &'a [Trial<'a>], next: &AtomicUsize) -> Option<(usize, &'a Trial<'a>)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    trials.get(index).map(|trial| (index, trial))
}

fn languages() -> Vec<String> {
    let named = env::var("PROXYKIT_LANGUAGES").unwrap_or_else(|_| "rust".into());
    named
        .split(',')
        .map(|language| language.trim().to_owned())
        .filter(|language| !language.is_empty())
        .collect()
}

fn host(language: &str) -> String {
    let variable = match language {
        "rust" => return env!("CARGO_BIN_EXE_scenario-host").into(),
        "c" => "PROXYKIT_HOST_C",
        "cpp" => "PROXYKIT_HOST_CPP",
        "go" => "PROXYKIT_HOST_GO",
        "python" => "PROXYKIT_HOST_PYTHON",
        _ => panic!("PROXYKIT_LANGUAGES names {language:?}, and knows rust, c, cpp, go and python"),
    };
    env::var(variable)
        .unwrap_or_else(|_| panic!("{language} is to be tested, and {variable} names no program"))
}
