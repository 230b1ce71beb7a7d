//! What the generated header must keep to, whatever its generator does.

use crate::status;

const HEADER: &str = include_str!("../../include/proxykit.h");

/// What the shared library exports, in the order of the alphabet.
const SYMBOLS: &str = include_str!("../../tests/abi/symbols.txt");

/// The name and value of each `#define`.
fn defines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = HEADER.lines().filter_map(|line| line.strip_prefix("#define "));
    lines.filter_map(|line| line.split_once(' '))
}

/// Each function with the comment above it.
fn functions() -> Vec<(&'static str, &'static str)> {
    let prototypes = HEADER.match_indices("(").filter_map(|(end, _)| {
        let start = HEADER[..end].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')? + 1;
        let line = &HEADER[HEADER[..start].rfind('\n')? + 1..start];
        let is_prototype =
            !line.is_empty() && !line.starts_with([' ', '/', '#', '*']) && !line.starts_with("typedef");
        is_prototype.then_some((&HEADER[start..end], &HEADER[..start]))
    });
    prototypes.map(|(name, before)| (name, &before[before.rfind("/*").unwrap_or(before.len())..])).collect()
}

#[test]
fn the_versions_are_cargos() {
    for (name, value) in [
        ("PK_VERSION_MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("PK_VERSION_MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PK_VERSION_PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        assert!(defines().any(|define| define == (name, value)), "{name} is not {value}");
    }
}

#[test]
fn each_error_is_called_as_its_name() {
    let mut count = 0;
    for (define, value) in defines().filter(|(define, _)| define.starts_with("PK_ERR_")) {
        let name = status::name(value.parse().unwrap()).to_str().unwrap();
        assert_eq!(define, format!("PK_ERR_{}", name.to_uppercase()));
        count += 1;
    }
    assert_eq!(count, proxykit_core::ErrorKind::ALL.len());
}

#[test]
fn what_is_exported_is_declared() {
    let mut names: Vec<_> = functions().into_iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, SYMBOLS.lines().collect::<Vec<_>>());
}

#[test]
fn each_function_tells_ownership_threads_and_errors() {
    for (name, comment) in functions() {
        for line in ["* Ownership: ", "* Threads: ", "* Errors: "] {
            assert!(comment.contains(line), "{name} lacks the line {line:?}");
        }
    }
}
