//! The examples of all languages, as `examples.json` lists them.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use serde::Deserialize;

/// All examples, and what builds them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// What is run before, in order.
    pub build: Vec<Build>,
    /// The examples.
    pub examples: Vec<Example>,
}

/// A command that builds examples.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The folder where it runs, from the root of the workspace.
    #[serde(rename = "in")]
    pub folder: String,
    /// The command.
    pub command: String,
}

/// One example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Its source, from the root of the workspace.
    pub source: String,
    /// The command that runs it, from there too; `${target}` is cargo's build folder.
    pub command: String,
    /// What it does.
    pub does: Purpose,
    /// Whether it has a route `/ping` of its own.
    #[serde(default)]
    pub ping: bool,
    /// Whether it serves the management API.
    #[serde(default = "yes")]
    pub management: bool,
}

/// What an example does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Serves a route with two backends until it is told to end.
    Serve,
    /// Adds and removes a backend, one step for each line of its input.
    Change,
    /// Serves, and prints what happens until it is told to end.
    Hear,
    /// Serves, and writes a log until it is told to end.
    Log,
    /// Manages a running quick start.
    Manage,
    /// Serves in TLS with the files that it is given, and reads them again at SIGHUP.
    Secure,
}

fn yes() -> bool {
    true
}

/// Reads the list.
///
/// # Errors
/// A sentence with the place in the file.
pub fn load() -> Result<Examples, String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("examples.json: {error}"))
}

impl Build {
    /// The command, ready to run.
    pub fn command(&self) -> Command {
        command(&self.command, &self.folder)
    }
}

impl Example {
    /// The command, ready to run. It expects to be called from a program in cargo's build folder.
    ///
    /// # Errors
    /// The program does not know where it is.
    pub fn command(&self) -> Result<Command, String> {
        let this = env::current_exe().map_err(|error| error.to_string())?;
        let target = this.ancestors().nth(2).ok_or("this program is in no build folder")?;
        Ok(command(&self.command.replace("${target}", &target.display().to_string()), "."))
    }
}

fn command(text: &str, folder: &str) -> Command {
    let mut words = text.split(' ');
    let program = words.next().unwrap_or_default();
    let program = if program.contains('/') { crate::root().join(program) } else { program.into() };
    let mut command = Command::new(program);
    command.args(words).current_dir(crate::root().join(folder));
    command
}
