//! Makes the generated files of this repository, or checks that they are as they would be made.
//!
//! `cargo run -p proxykit-tools -- header` writes `include/proxykit.h`, `-- reference` `docs/reference-c.md`, `-- docs` the blocks
//! of code in the documentation; with `--check` they only compare.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people, not a part of the library"
)]

mod generated;
mod header;
mod reference;
mod snippets;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "usage: proxykit-tools header|reference|docs [--check]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["header"] => header::HEADER.write(),
        ["header", "--check"] => header::HEADER.check(),
        ["reference"] => reference::REFERENCE.write(),
        ["reference", "--check"] => reference::REFERENCE.check(),
        ["docs"] => snippets::write(),
        ["docs", "--check"] => snippets::check(),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(done) => {
            println!("{done}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
