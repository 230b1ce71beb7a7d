//! The reference of the C ABI, made from the header: what stands there above a declaration stands there below its name.

use std::collections::BTreeMap;
use std::fs;

use crate::generated::{Generated, Result, root};

pub(crate) const REFERENCE: Generated =
    Generated { path: "docs/reference-c.md", generate, command: "make reference" };

const HEAD: &str = "# The C ABI\n\nEach function, struct and constant of `proxykit.h`, with the words of the header. What a host may \
rely on beside them stands in [Embedding Proxy Kit](embedding.md). This page is made by `make reference`.\n\n";

/// Something that the header declares: the comment above it, and its code.
struct Declaration<'a> {
    comment: String,
    code: &'a str,
}

fn generate() -> Result<String> {
    let path = root().join("include/proxykit.h");
    let header = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let declarations = declarations(&header);
    let names: BTreeMap<&str, String> = declarations
        .iter()
        .filter(|declaration| !declaration.code.starts_with("#define"))
        .filter_map(|declaration| declaration.name())
        .map(|name| (name, format!("[`{name}`](#{name})")))
        .collect();
    let mut page = HEAD.to_owned() + "## Rules\n" + &rules(&header)?;
    page += "\n## Functions\n";
    for function in declarations.iter().filter(|declaration| declaration.is_function()) {
        page += &function.section(&names)?;
    }
    page += "\n## Types\n";
    for kind in declarations.iter().filter(|declaration| declaration.code.starts_with("typedef")) {
        page += &kind.section(&names)?;
    }
    page += "\n## Constants\n| name | value | meaning |\n| --- | --- | --- |\n";
    for constant in declarations.iter().filter(|declaration| declaration.code.starts_with("#define")) {
        page += &constant.rows(&names)?;
    }
    Ok(page)
}

/// The preface of the header as paragraphs, and its example as a block of code.
fn rules(header: &str) -> Result<String> {
    let preface = header.split("*/").next().and_then(|text| text.strip_prefix("/*\n"));
    let preface = preface.ok_or("the header has no preface")?;
    let mut text = String::new();
    let mut in_code = false;
    for line in preface.lines().map(|line| line.trim_start().trim_start_matches('*')) {
        let is_code = line.starts_with("     ");
        if is_code != in_code {
            text += if is_code { "```c\n" } else { "```\n" };
            in_code = is_code;
        }
        let line = if is_code { &line[5..] } else { line.trim() };
        let rule =
            line.split_once(". ").filter(|(name, _)| !is_code && name.chars().all(char::is_alphabetic));
        match rule {
            Some((name, rest)) => text += &format!("**{name}.** {rest}\n"),
            None => text += &format!("{line}\n"),
        }
    }
    let end = text.find("This file is generated").unwrap_or(text.len());
    Ok(text[..end].trim_end().to_owned() + "\n")
}

fn declarations(header: &str) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    for (start, _) in header.match_indices("\n/**") {
        let Some((comment, after)) = header[start + 4..].split_once("*/") else { continue };
        let after = after.trim_start_matches('\n');
        let end = match after {
            after if after.starts_with("#define") => after.find("\n\n"),
            after if after.starts_with("typedef struct {") => {
                after.find("\n}").and_then(|brace| after[brace..].find(';').map(|end| brace + end + 1))
            }
            after => after.find(';').map(|end| end + 1),
        };
        let lines = comment.lines().map(|line| line.trim().trim_start_matches('*').trim());
        let comment = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
        found.push(Declaration { comment, code: after[..end.unwrap_or(after.len())].trim_end() });
    }
    found
}

impl<'a> Declaration<'a> {
    fn is_function(&self) -> bool {
        self.code.ends_with(");") && !self.code.starts_with("typedef")
    }

    fn name(&self) -> Option<&'a str> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = match self.code {
            code if code.starts_with("#define") => code.split_whitespace().nth(1)?,
            // A function of the host's: typedef void (*pk_handler)(pk_request *request, void *userdata);
            code if code.contains("(*") => code.split("(*").nth(1)?.split(')').next()?,
            code if code.starts_with("typedef") => code.trim_end_matches(';'),
            code => code.split('(').next()?,
        };
        before.rsplit(|c| !is_name(c)).next().filter(|name| !name.is_empty())
    }

    fn section(&self, names: &BTreeMap<&str, String>) -> Result<String> {
        let name = self.name().ok_or_else(|| format!("no name in: {}", self.code))?;
        let mut text = String::new();
        for line in linked(&self.comment, name, names).lines() {
            let part =
                ["Ownership: ", "Threads: ", "Errors: "].into_iter().find(|part| line.starts_with(part));
            match part {
                Some(part) => text += &format!("- **{}** {}\n", part.trim(), &line[part.len()..]),
                None => text += &format!("{line}\n"),
            }
        }
        Ok(format!("\n### {name}\n```c\n{}\n```\n{text}", self.code))
    }

    fn rows(&self, names: &BTreeMap<&str, String>) -> Result<String> {
        let mut rows = String::new();
        for line in self.code.lines() {
            let constant = line.strip_prefix("#define ").and_then(|line| line.split_once(' '));
            let (name, value) = constant.ok_or_else(|| format!("no constant: {line}"))?;
            let meaning = linked(&self.comment, name, names).replace('\n', " ");
            rows += &format!("| `{name}` | {value} | {meaning} |\n");
        }
        Ok(rows)
    }
}

/// The text with links where it speaks of others: `pk_stop()` and `pk_route`.
fn linked(text: &str, own: &str, names: &BTreeMap<&str, String>) -> String {
    let mut linked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("pk_") {
        let len = rest[start..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len() - start);
        let (name, after) = rest[start..].split_at(len);
        linked += &rest[..start];
        match names.get(name).filter(|_| name != own) {
            Some(link) => linked += link,
            None => linked += name,
        }
        rest = after.strip_prefix("()").filter(|_| names.contains_key(name)).unwrap_or(after);
    }
    linked + rest
}
