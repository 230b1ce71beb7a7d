use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::{HealthCheck, RouteOptions};

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn targets(texts: &[&str]) -> Vec<Target> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn add_route(control: &Control, text: &str, names: &[&str]) -> Result<Outcome> {
    let (prefix, targets) = (prefix(text), targets(names));
    control.apply(Command::AddRoute { prefix, targets, options: RouteOptions::default() })
}

fn found(control: &Control, path: &str) -> Option<String> {
    control.table().find(path).map(|route| route.prefix().to_string())
}

#[test]
fn the_longest_prefix_wins_by_segment() {
    let control = Control::default();
    for prefix in ["/x/", "/x/y/", "/long/way/down/"] {
        add_route(&control, prefix, &[]).unwrap();
    }
    for (path, expected) in [
        ("/x", Some("/x/")),
        ("/x/", Some("/x/")),
        ("/x/yz", Some("/x/")),
        ("/x/y", Some("/x/y/")),
        ("/x/y/z/", Some("/x/y/")),
        ("/xy", None),
        ("//x", None),
        ("/x//y", Some("/x/")),
        ("/X", None),
        ("/%78", None),
        ("/long/way", None),
        ("/", None),
        ("*", None),
        ("", None),
    ] {
        assert_eq!(found(&control, path).as_deref(), expected, "{path}");
    }
    add_route(&control, "/", &[]).unwrap();
    assert_eq!(found(&control, "/long/way").as_deref(), Some("/"));
}

#[test]
fn a_duplicate_route_is_an_error_and_changes_nothing() {
    let control = Control::default();
    add_route(&control, "/x", &["http://a"]).unwrap();
    let before = control.snapshot();
    let error = add_route(&control, "x/", &["http://b"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RouteExists);
    assert_eq!(error.message(), "there is a route \"/x/\" already");
    assert!(Arc::ptr_eq(&before, &control.snapshot()));
}

#[test]
fn backends_keep_their_identity_and_health() {
    let control = Control::default();
    add_route(&control, "/x", &["http://a", "http://a/", "http://b"]).unwrap();
    let b = control.backend(&prefix("/x"), &targets(&["http://b"])[0]).unwrap();
    b.set_healthy(false);
    let add = Command::AddBackends {
        prefix: prefix("/x"),
        targets: targets(&["http://b", "http://c"]),
        health_check: None,
    };
    assert_eq!(control.apply(add.clone()).unwrap(), Outcome::BackendsAdded(1));
    assert_eq!(control.apply(add).unwrap(), Outcome::BackendsAdded(0));
    let remove =
        Command::RemoveBackends { prefix: prefix("/x"), targets: targets(&["http://a", "http://z"]) };
    assert_eq!(control.apply(remove).unwrap(), Outcome::BackendsRemoved(1));
    let route = control.route(&prefix("/x")).unwrap();
    let names: Vec<_> = route.backends().iter().map(|backend| backend.target().as_str()).collect();
    assert_eq!(names, ["http://b", "http://c"]);
    assert!(Arc::ptr_eq(route.backends()[0], &b) && !b.live().is_healthy() && !b.live().is_removed());
    control.apply(Command::RemoveRoute { prefix: prefix("/x") }).unwrap();
    assert!(b.live().is_removed());
}

#[test]
fn new_backends_inherit_the_check_unless_the_call_names_one() {
    let control = Control::default();
    add_route(&control, "/x", &["http://a"]).unwrap();
    let own = HealthCheck { rise: 7, ..HealthCheck::default() };
    for (name, health_check) in [("http://b", None), ("http://c", Some(own))] {
        control
            .apply(Command::AddBackends { prefix: prefix("/x"), targets: targets(&[name]), health_check })
            .unwrap();
    }
    let route = control.route(&prefix("/x")).unwrap();
    let rises: Vec<_> = route.backends().iter().map(|backend| backend.health_check().unwrap().rise).collect();
    assert_eq!(rises, [1, 1, 7]);
}

#[test]
fn unknown_names_are_in_the_message() {
    let control = Control::default();
    add_route(&control, "/x", &[]).unwrap();
    let error = control.route(&prefix("/y")).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::RouteNotFound, "there is no route \"/y/\""));
    let error = control.backend(&prefix("/x"), &targets(&["http://a"])[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BackendNotFound);
    assert_eq!(error.message(), "the route \"/x/\" has no backend \"http://a\"");
}

#[test]
fn watchers_hear_of_success_only() {
    let control = Control::default();
    let calls = Arc::new(AtomicU64::new(0));
    let counter = calls.clone();
    control.watch(move |_, _, _| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    add_route(&control, "/x", &[]).unwrap();
    add_route(&control, "/x", &[]).unwrap_err();
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[derive(Clone, Debug)]
enum Step {
    AddRoute(u8, Vec<u8>),
    RemoveRoute(u8),
    AddBackends(u8, Vec<u8>),
    RemoveBackends(u8, Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    let names = || prop::collection::vec(0u8..5, 0..4);
    prop_oneof![
        (0u8..4, names()).prop_map(|(route, names)| Step::AddRoute(route, names)),
        (0u8..4).prop_map(Step::RemoveRoute),
        (0u8..4, names()).prop_map(|(route, names)| Step::AddBackends(route, names)),
        (0u8..4, names()).prop_map(|(route, names)| Step::RemoveBackends(route, names)),
    ]
}

proptest! {
    /// The reducer against the plainest thing that could be right: a map of lists.
    #[test]
    fn the_reducer_agrees_with_a_map(steps in prop::collection::vec(step(), 0..40)) {
        let routes = ["/", "/a", "/a/b", "/c"].map(prefix);
        let control = Control::default();
        let mut model: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let to_targets = |names: &[u8]| -> Vec<Target> { names.iter().map(|n| format!("http://h{n}").parse().unwrap()).collect() };
        for step in steps {
            let (route, expected, command) = match step {
                Step::AddRoute(route, names) => {
                    let prefix = routes[route as usize].clone();
                    let mut fresh = Vec::new();
                    let count = insert(&mut fresh, &to_targets(&names));
                    let expected = (!model.contains_key(prefix.as_str())).then_some(count);
                    if expected.is_some() { model.insert(prefix.to_string(), fresh); }
                    (prefix.clone(), expected, Command::AddRoute { prefix, targets: to_targets(&names), options: RouteOptions::default() })
                }
                Step::RemoveRoute(route) => {
                    let prefix = routes[route as usize].clone();
                    (prefix.clone(), model.remove(prefix.as_str()).map(|list| list.len()), Command::RemoveRoute { prefix })
                }
                Step::AddBackends(route, names) => {
                    let prefix = routes[route as usize].clone();
                    let expected = model.get_mut(prefix.as_str()).map(|list| insert(list, &to_targets(&names)));
                    (prefix.clone(), expected, Command::AddBackends { prefix, targets: to_targets(&names), health_check: None })
                }
                Step::RemoveBackends(route, names) => {
                    let prefix = routes[route as usize].clone();
                    let expected = model.get_mut(prefix.as_str()).map(|list| {
                        let before = list.len();
                        list.retain(|name| !to_targets(&names).iter().any(|target| target.as_str() == name));
                        before - list.len()
                    });
                    (prefix.clone(), expected, Command::RemoveBackends { prefix, targets: to_targets(&names) })
                }
            };
            let outcome = control.apply(command).ok().map(Outcome::count);
            prop_assert_eq!(outcome, expected);
            let listed = control.route(&route).ok().map(|route| {
                route.backends().iter().map(|backend| backend.target().to_string()).collect::<Vec<_>>()
            });
            prop_assert_eq!(listed.as_ref(), model.get(route.as_str()));
            let table = control.snapshot();
            prop_assert_eq!(table.len(), model.len());
            let prefixes: Vec<_> = table.routes().iter().map(|route| route.prefix().to_string()).collect();
            prop_assert_eq!(prefixes, model.keys().cloned().collect::<Vec<_>>());
        }
    }

    /// The tree against a search through all prefixes.
    #[test]
    fn finding_agrees_with_a_search(
        prefixes in prop::collection::hash_set("(/[ab]{1,2}){0,3}", 0..6), path in "(/[ab]{0,3}){0,5}",
    ) {
        let control = Control::default();
        for text in &prefixes {
            add_route(&control, if text.is_empty() { "/" } else { text }, &[]).unwrap();
        }
        let expected = prefixes
            .iter()
            .filter(|text| path.starts_with('/') && (path == **text || path.starts_with(&format!("{text}/"))))
            .max_by_key(|text| text.len());
        prop_assert_eq!(found(&control, &path), expected.map(|text| format!("{text}/")));
    }
}

fn insert(list: &mut Vec<String>, targets: &[Target]) -> usize {
    let before = list.len();
    for target in targets {
        if !list.iter().any(|name| name == target.as_str()) {
            list.push(target.to_string());
        }
    }
    list.len() - before
}
