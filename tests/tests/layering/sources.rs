//! Reading the workspace's sources, as far as the layers need it.

use std::fs;
use std::path::Path;

/// A source file.
pub(crate) struct Source {
    /// Its path from the root of the workspace.
    pub(crate) path: String,
    text: String,
}

/// The Rust, Go and Python sources below a folder, without what was built or fetched.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&proxykit_tests::root().join(folder), &mut sources);
    assert!(!sources.is_empty(), "no sources below {folder:?}");
    sources
}

/// The text of one file.
pub(crate) fn read(path: &str) -> String {
    let path = proxykit_tests::root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_symlink() || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if !matches!(&*name, "target" | "build" | "dist") {
                collect(&path, sources);
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "go" || extension == "py")
        {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(proxykit_tests::root()).unwrap().display().to_string();
            sources.push(Source { path, text });
        }
    }
}

impl Source {
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The module of the crate that it belongs to; none for the crate's root.
    pub(crate) fn module(&self) -> Option<String> {
        let (_, inner) = self.path.split_once("/src/")?;
        let module = inner.split('/').next()?.trim_end_matches(".rs");
        (module != "lib").then(|| module.to_owned())
    }

    /// The modules that it names from the root of its crate, each with its line: `crate::a::B`, `crate::{a, b::C}`.
    pub(crate) fn imports(&self) -> Vec<(usize, String)> {
        let code = self.code().map(|(_, line)| line).collect::<Vec<_>>().join("\n");
        let mut imports = Vec::new();
        for (index, _) in code.match_indices("crate::") {
            if code[..index].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let line = code[..index].matches('\n').count() + 1;
            let rest = &code[index + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => imports.extend(first_names(group).into_iter().map(|name| (line, name))),
                None => imports.push((line, identifier(rest))),
            }
        }
        imports
    }

    /// The places where it has one of these words outside of comments.
    pub(crate) fn mentions(&self, words: &[&str]) -> Vec<String> {
        let has = |code: &str, word: &str| {
            code.match_indices(word).any(|(index, _)| {
                let is_part = |c: char| c.is_alphanumeric() || c == '_';
                !code[..index].ends_with(is_part) && !code[index + word.len()..].starts_with(is_part)
            })
        };
        let lines = self.code().filter(|(_, code)| words.iter().any(|word| has(code, word)));
        lines.map(|(line, code)| format!("{}:{line}: {}", self.path, code.trim())).collect()
    }

    /// The lines up to the tests, without comments.
    pub(crate) fn code_before_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take_while(|(_, code)| !code.contains("#[cfg(test)]"))
    }

    /// The lines with their numbers; comments are empty.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| {
            let is_comment = line.trim_start().starts_with("//");
            (index + 1, if is_comment { "" } else { line })
        })
    }
}

/// The first names of the paths in a group, up to the brace that closes it.
fn first_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                names.extend(Some(identifier(group[start..index].trim())).filter(|name| !name.is_empty()));
                start = index + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_are_found() {
    let text = "use crate::a::B;\nuse crate::{c::{D, e::F}, g};\n// crate::no\nfn f() { crate::h::i(); other_crate::j(); }";
    let source = Source { path: "core/src/x/y.rs".into(), text: text.into() };
    let imports: Vec<_> = source.imports().into_iter().map(|(line, name)| format!("{line}{name}")).collect();
    assert_eq!(imports, ["1a", "2c", "2g", "4h"]);
    assert_eq!(source.module().as_deref(), Some("x"));
}

#[test]
fn words_are_found_whole() {
    let text = "use tokio::net;\n// tokio\nlet my_tokio = tokios;\neprintln!(\"x\");";
    let source = Source { path: "x.rs".into(), text: text.into() };
    assert_eq!(source.mentions(&["tokio", "println!"]), ["x.rs:1: use tokio::net;"]);
    assert_eq!(source.mentions(&["eprintln!"]), ["x.rs:4: eprintln!(\"x\");"]);
}
