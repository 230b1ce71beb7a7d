//! The code in the documentation: each block below a `<!-- file: PATH -->` line is that file, word for word, so that what a
//! reader copies is what the tests run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::generated::root;

const MARKER: &str = "<!-- file: ";
/// Before a table of options, which ends with the next empty line.
const OPTIONS_MARKER: &str = "<!-- options: ";

/// Writes the blocks anew.
pub(crate) fn write() -> Result<String, String> {
    let mut written = 0;
    for page in pages()? {
        let (present, renewed) = renew(&page)?;
        if present != renewed {
            fs::write(&page, renewed).map_err(|error| format!("{}: {error}", page.display()))?;
            written += 1;
        }
    }
    Ok(format!("{written} pages written"))
}

/// Compares the blocks with their files.
pub(crate) fn check() -> Result<String, String> {
    for page in pages()? {
        let (present, renewed) = renew(&page)?;
        if present != renewed {
            return Err(format!(
                "{}: a block of code is not what its file says; run `make docs`",
                page.display()
            ));
        }
    }
    Ok("the documentation shows the code that is run".to_owned())
}

fn pages() -> Result<Vec<PathBuf>, String> {
    let mut pages = vec![root().join("README.md")];
    let docs = fs::read_dir(root().join("docs")).map_err(|error| format!("docs: {error}"))?;
    for entry in docs {
        let path = entry.map_err(|error| format!("docs: {error}"))?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// The page as it is, and as it must be.
fn renew(page: &Path) -> Result<(String, String), String> {
    let name = page.display();
    let present = fs::read_to_string(page).map_err(|error| format!("{name}: {error}"))?;
    let mut renewed = String::with_capacity(present.len());
    let mut lines = present.lines();
    while let Some(line) = lines.next() {
        renewed.push_str(line);
        renewed.push('\n');
        if let Some(of) = line.strip_prefix(OPTIONS_MARKER).and_then(|rest| rest.strip_suffix(" -->")) {
            renewed.push_str(&options_table(of).ok_or_else(|| format!("{name}: no options of {of:?}"))?);
            lines.by_ref().find(|line| line.is_empty());
            continue;
        }
        let Some(path) = line.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let fence = lines.next().filter(|line| line.starts_with("```"));
        let fence = fence.ok_or_else(|| format!("{name}: no block of code follows the marker of {path}"))?;
        let code =
            fs::read_to_string(root().join(path)).map_err(|error| format!("{name}: {path}: {error}"))?;
        renewed.push_str(&format!("{fence}\n{}\n```\n", code.trim_end()));
        if !lines.by_ref().any(|line| line == "```") {
            return Err(format!("{name}: the block of {path} does not end"));
        }
    }
    Ok((present, renewed))
}

/// The options of a manager, a route or a handler, as a table with an empty line behind it.
fn options_table(of: &str) -> Option<String> {
    let options = match of {
        "manager" => proxykit_core::ManagerOptions::all(),
        "route" => proxykit_core::RouteOptions::all(),
        "handler" => proxykit_core::HandlerOptions::all(),
        _ => return None,
    };
    let mut table = String::from("| option | written as | default | meaning |\n| --- | --- | --- | --- |\n");
    for option in options {
        let default = match option.default.as_str() {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let meaning = option.description.split_whitespace().collect::<Vec<_>>().join(" ");
        // Links to Rust's documentation lead nowhere here.
        let meaning = meaning.replace("[`", "`").replace("`]", "`");
        table += &format!("| `{}` | {} | {default} | {meaning} |\n", option.name, option.kind.name());
    }
    Some(table + "\n")
}
