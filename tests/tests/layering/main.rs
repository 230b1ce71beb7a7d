//! Holds what the architecture promises: the floors of the core, what the bindings know, and the size of files.

mod sources;

use std::collections::BTreeSet;

use sources::Source;

/// The modules of the core, from the lowest floor up. A module imports from lower floors only; those of one floor
/// know nothing of each other.
const FLOORS: [&[&str]; 13] = [
    &["error", "clock", "proxy_protocol"],
    &["config", "counters"],
    &["events"],
    &["tls"],
    &["backend", "handler"],
    &["balance"],
    &["control"],
    &["http1"],
    &["upstream"],
    &["health", "management"],
    &["proxy"],
    &["server"],
    &["host"],
];

/// Below this floor nothing knows of a runtime.
const FIRST_ASYNC_FLOOR: &str = "http1";

/// What holds beside the floors: the first imports nothing from the second.
const STRANGERS: [(&str, &str); 1] = [("management", "upstream")];

/// The most lines of a file.
const MOST_LINES: usize = 400;

#[test]
fn modules_import_from_lower_floors_only() {
    let mut wrong = Vec::new();
    for source in sources::below("proxykit-core/src") {
        let Some(module) = source.module() else { continue };
        let Some(own) = floor(&module) else {
            wrong.push(format!("{}: the module {module} stands on no floor", source.path));
            continue;
        };
        for (line, import) in source.imports() {
            let allowed = module == import || floor(&import).is_some_and(|floor| floor < own);
            if !allowed || STRANGERS.contains(&(&module, &import)) {
                wrong.push(format!("{}:{line}: {module} imports from {import}", source.path));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn every_module_of_the_floors_is_there() {
    let sources = sources::below("proxykit-core/src");
    let modules: BTreeSet<_> = sources.iter().filter_map(Source::module).collect();
    let floors: BTreeSet<_> = FLOORS.concat().into_iter().map(str::to_owned).collect();
    assert_eq!(modules, floors);
}

#[test]
fn another_module_is_named_from_the_root() {
    // `super` would get round the floors.
    let mut wrong = Vec::new();
    for source in sources::below("proxykit-core/src") {
        let is_top = source.path.ends_with("/mod.rs") || source.module().is_none();
        for (line, code) in source.code_before_tests() {
            if code.contains("super::super") || is_top && code.contains("super::") {
                wrong.push(format!("{}:{line}: {}", source.path, code.trim()));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn the_lower_floors_know_no_runtime() {
    let first = floor(FIRST_ASYNC_FLOOR).unwrap();
    let mut wrong = Vec::new();
    for source in sources::below("proxykit-core/src") {
        let own = source.module().and_then(|module| floor(&module));
        if own.is_some_and(|own| own < first) {
            // What tokio has for waiting is as good as the standard library's: it needs no runtime.
            let mentions = source.mentions(&["tokio", "hyper", "hyper_util"]).into_iter();
            wrong.extend(mentions.filter(|mention| !mention.contains(": use tokio::sync::")));
        }
        if own != floor("host") {
            wrong.extend(source.mentions(&["Runtime", "new_current_thread", "new_multi_thread"]));
        }
    }
    assert_none(wrong);
}

#[test]
fn bindings_know_the_host_and_no_runtime() {
    for binding in ["proxykit-ffi", "proxykit-py"] {
        let manifest = sources::read(&format!("{binding}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        assert!(dependencies.contains("proxykit-core"), "{binding}");
        assert!(
            !dependencies.contains("tokio") && !dependencies.contains("hyper"),
            "{binding}: {dependencies}"
        );
        let sources = sources::below(&format!("{binding}/src"));
        assert_none(
            sources.iter().flat_map(|source| source.mentions(&["tokio", "hyper", "hyper_util"])).collect(),
        );
    }
}

#[test]
fn a_guest_neither_speaks_nor_exits_nor_takes_signals() {
    let words = [
        "tokio::signal",
        "ctrl_c",
        "process::exit",
        "process::abort",
        "print!",
        "println!",
        "eprint!",
        "eprintln!",
        "dbg!",
        "set_hook",
    ];
    for folder in ["proxykit-core/src", "proxykit-ffi/src", "proxykit-py/src"] {
        assert_none(sources::below(folder).iter().flat_map(|source| source.mentions(&words)).collect());
    }
}

#[test]
fn the_core_forbids_unsafe_code() {
    assert!(sources::read("proxykit-core/src/lib.rs").contains("\n#![forbid(unsafe_code)]\n"));
}

#[test]
fn files_stay_small() {
    let sources = sources::below("");
    assert!(sources.len() > 50, "only {} sources were found", sources.len());
    let long = sources.iter().filter(|source| source.lines() > MOST_LINES);
    assert_none(long.map(|source| format!("{} has {} lines", source.path, source.lines())).collect());
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
