//! Scenarios: what Proxy Kit does, written once as data and run for every language.
//!
//! A file of `scenarios/` holds an array of scenarios. Each has a `name`, `steps`, and perhaps `languages` (all of
//! them if it names none). A step is one of:
//!
//! | step | what happens |
//! | --- | --- |
//! | `{"backend": "a", "listen"?, "tls"?}` | starts a sample backend |
//! | `{"certificate": NAME, "names": [NAME, …], "expired"?}` | makes `${dir}/NAME.pem`, `${dir}/NAME.key`, `${dir}/ca.pem` |
//! | `{"kill": "a"}`, `{"restart": "a"}` | as a crash would; where it was |
//! | `{"serve": {OPTIONS}}` | `new` with these options, and `start` on a free port |
//! | `{"call": COMMAND, "arguments"?, "options"?, "expect"?, "save"?}` | the host calls its Proxy Kit |
//! | `{"request": {…}, "times"?, "expect"?}` | the runner sends HTTP |
//! | `{"begin": NAME, "request": {…}}`, `{"finish": NAME, "expect"?}` | the same, with other steps between |
//! | `{"until": STEP}` | the step is repeated until it is as expected, or the deadline passes |
//!
//! Texts may hold variables: `${a}` (a backend's target), `${a.address}`, `${proxy}` and `${management}` (addresses),
//! `${n}` (which of the `times` it is), `${dir}` (a folder of the scenario's own), and what `save` kept.

mod expect;
mod run;
mod secrets;
mod step;
mod variables;

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

pub use run::{Programs, run};
pub use step::Step;

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in a few words.
    pub name: String,
    /// The languages that it is for; all if it names none.
    #[serde(default)]
    pub languages: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// The scenarios of one file.
#[derive(Clone, Debug)]
pub struct File {
    /// The file's name, without its ending.
    pub name: String,
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
}

/// Reads all files of `scenarios/`, in the order of their names.
///
/// # Errors
/// A sentence with the file's name and the place in it.
pub fn load() -> Result<Vec<File>, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let scenarios = serde_json::from_str(&text).map_err(|error| format!("{name}.json: {error}"))?;
        Ok(File { name, scenarios })
    };
    paths.into_iter().map(read).collect()
}
