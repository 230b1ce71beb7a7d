//! Runs every example of every language as a user would, on the ports that it names, each in a network of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use proxykit_tests::examples;

#[test]
fn every_example_is_listed() {
    let listed: BTreeSet<_> =
        examples::load().unwrap().examples.into_iter().map(|example| example.source).collect();
    let mut found = BTreeSet::new();
    collect(&proxykit_tests::root().join("examples"), &mut found);
    assert_eq!(listed, found);
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_source = ["rs", "c", "cpp", "go", "py", "sh"]
            .iter()
            .any(|ending| path.extension().is_some_and(|extension| extension == *ending));
        if path.is_dir() {
            collect(&path, found);
        } else if is_source {
            found.insert(path.strip_prefix(proxykit_tests::root()).unwrap().display().to_string());
        }
    }
}

/// `PROXYKIT_EXAMPLE` narrows the run to the examples whose source contains it.
#[test]
#[ignore = "needs the libraries and the Python package built: make test-examples"]
fn every_example_does_what_it_says() {
    require_namespaces();
    let list = examples::load().unwrap();
    let filter = env::var("PROXYKIT_EXAMPLE").unwrap_or_default();
    for build in &list.build {
        let status = build.command().status().unwrap_or_else(|error| panic!("{}: {error}", build.command));
        assert!(status.success(), "{} in {} ended with {status}", build.command, build.folder);
    }
    let chosen: Vec<_> = list.examples.iter().filter(|example| example.source.contains(&filter)).collect();
    assert!(!chosen.is_empty(), "no example is named so: {filter:?}");
    let failures: Vec<_> = chosen
        .into_iter()
        .filter_map(|example| {
            let output =
                isolated().args([env!("CARGO_BIN_EXE_try-example"), &example.source]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            (!output.status.success()).then(|| format!("{}: {said}", example.source))
        })
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// A command that runs its arguments in a network namespace of their own, where no port is taken.
fn isolated() -> Command {
    let mut command = Command::new("unshare");
    command.args(["-rn", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    command
}

fn require_namespaces() {
    let said = match isolated().arg("true").output() {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!(
        "the examples have fixed ports and need a network namespace (unshare -rn), which is not to be had: {said}"
    );
}
