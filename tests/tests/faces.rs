//! No language may lack what the core can do: each operation of the manager has its name in C, Go and Python, and C++ has all
//! that C has.

use std::collections::BTreeSet;
use std::fs;

/// An operation of the core, and what it is called in C, in Go and in Python.
struct Operation {
    rust: &'static str,
    c: &'static str,
    go: &'static str,
    python: &'static str,
}

const fn operation(rust: &'static str, c: &'static str, go: &'static str, python: &'static str) -> Operation {
    Operation { rust, c, go, python }
}

const OPERATIONS: &[Operation] = &[
    operation("new", "pk_manager_new", "NewManager", "__init__"),
    operation("add_route", "pk_add_route", "AddRouteWith", "add_route"),
    operation("remove_route", "pk_remove_route", "RemoveRoute", "remove_route"),
    operation("add_backends", "pk_add_backends", "AddBackends", "add_backends"),
    operation("remove_backends", "pk_remove_backends", "RemoveBackends", "remove_backends"),
    operation("routes", "pk_list_routes", "Routes", "routes"),
    operation("list_backends", "pk_list_backends", "ListBackends", "list_backends"),
    operation("totals", "pk_get_totals", "Totals", "totals"),
    operation("report_load", "pk_backend_report", "ReportLoad", "report_load"),
    operation("get_backend", "pk_get_backend", "GetBackend", "get_backend"),
    operation("handle", "pk_handle", "Handle", "handle"),
    operation("manage", "pk_manage", "Manage", "manage"),
    operation(
        "reload_certificates",
        "pk_manager_reload_certificates",
        "ReloadCertificates",
        "reload_certificates",
    ),
    operation("events", "pk_events_open", "Events", "events"),
    // Go and Python have a way of their own to hear of each event: a range over a channel, a loop.
    operation("on_event", "pk_on_event", "Events", "events"),
    operation("log", "pk_log_open", "Log", "log"),
    // So have they for each record: a logger of their standard library's.
    operation("on_log", "pk_on_log", "SetLogger", "set_logger"),
    operation("start", "pk_start", "Start", "start"),
    operation("start_without_listener", "pk_start", "Start", "start"),
    operation("address", "pk_address", "Address", "address"),
    operation("management_address", "pk_management_address", "ManagementAddress", "management_address"),
    operation("wait", "pk_wait", "Wait", "wait"),
    operation("serve", "pk_serve", "Serve", "serve"),
    operation("stop", "pk_stop", "Stop", "stop"),
];

/// What only a host in Rust can use: types of its own.
const RUST_ALONE: [&str; 2] = ["control", "service"];

/// What the header for C++ has no use for: it knows the number of an error from the call that answered it.
const NOT_IN_CPP: [&str; 2] = ["pk_error_code", "pk_error_name"];

fn read(path: &str) -> String {
    fs::read_to_string(proxykit_tests::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The sources of a folder in one text, without tests.
fn sources(folder: &str, ending: &str) -> String {
    let files = fs::read_dir(proxykit_tests::root().join(folder)).unwrap().map(|file| file.unwrap().path());
    let is_meant = |name: &str| name.ends_with(ending) && !name.ends_with("_test.go");
    let files = files.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_meant));
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The names behind this beginning of a declaration.
fn declared(text: &str, beginning: &str) -> BTreeSet<String> {
    let names = text.split(beginning).skip(1).map(|rest| {
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
    });
    names.collect()
}

#[test]
fn every_operation_of_the_core_is_known_here() {
    let manager = read("proxykit-core/src/host/mod.rs");
    let known: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.rust).chain(RUST_ALONE).collect();
    let there = declared(&manager, "\n    pub fn ");
    let there: BTreeSet<_> = there.iter().map(String::as_str).collect();
    assert_eq!(there, known);
}

#[test]
fn every_operation_has_its_name_in_every_language() {
    let c = declared(&read("include/proxykit.h"), "\npk_status ");
    let go = sources("proxykit-go", ".go");
    let mut go_names = declared(&go, "\nfunc (m *RouteManager) ");
    go_names.extend(declared(&go, "\nfunc "));
    let python = declared(&sources("proxykit-py/python/proxykit", ".py"), "\n    def ");
    let mut lacking = BTreeSet::new();
    for operation in OPERATIONS {
        for (language, names, name) in
            [("C", &c, operation.c), ("Go", &go_names, operation.go), ("Python", &python, operation.python)]
        {
            if !names.contains(name) {
                lacking.insert((language, name));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// The fields of the structs of C that hold options.
fn fields_of_options(header: &str) -> BTreeSet<String> {
    let structs = header.split("\ntypedef struct {\n").skip(1).filter_map(|rest| {
        let (fields, name) = rest.split_once("\n} ")?;
        let name = name.split(';').next()?;
        (name.ends_with("_options") || name == "pk_health_check").then_some(fields)
    });
    let fields = structs.flat_map(str::lines).filter_map(|line| line.strip_suffix(';'));
    let names = fields.filter_map(|field| field.rsplit([' ', '*']).next()).map(str::to_owned);
    names.filter(|name| name != "struct_size").collect()
}

/// The name as Go writes it: `ConnectFailures`.
fn in_go(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect()
}

#[test]
fn every_counter_has_its_name_in_every_language() {
    let counters = declared(&read("proxykit-core/src/counters/mod.rs"), "\n    pub ");
    let places = ["counters", "connections"];
    let counters: Vec<_> = counters.iter().filter(|name| !places.contains(&name.as_str())).collect();
    assert!(counters.len() > 10, "{counters:?}");
    let (c, go) = (read("include/proxykit.h"), read("proxykit-go/counters.go"));
    let (cpp, python) = (sources("include/proxykit", ".hpp"), read("proxykit-py/python/proxykit/_values.py"));
    for name in counters {
        assert!(c.contains(&format!("\n    uint64_t {name};")), "{name} in C");
        assert!(cpp.contains(&format!("\n    std::uint64_t {name} = 0;")), "{name} in C++");
        assert!(go.contains(&format!("\n\t{} uint64", in_go(name))), "{name} in Go");
        assert!(python.contains(&format!("\n    {name}: int = 0")), "{name} in Python");
    }
}

#[test]
fn cpp_has_what_c_has() {
    let (c, cpp) = (read("include/proxykit.h"), sources("include/proxykit", ".hpp"));
    let called = declared(&cpp, "pk_");
    let functions = read("tests/abi/symbols.txt");
    for function in functions.lines().filter(|function| !NOT_IN_CPP.contains(function)) {
        assert!(called.contains(function.trim_start_matches("pk_")), "{function} is not called");
    }
    let named = declared(&cpp, "PK_");
    for constant in declared(&c, "\n#define PK_") {
        if ["EVENT_", "BALANCER_", "HOST_HEADER_", "LOG_"].iter().any(|kind| constant.starts_with(kind)) {
            assert!(named.contains(&constant), "PK_{constant} has no name");
        }
    }
    let (set, fields) = (declared(&cpp, "."), fields_of_options(&c));
    assert!(fields.len() > 20, "{fields:?}");
    assert!(fields.is_subset(&set), "not set: {:?}", fields.difference(&set));
}
