//! A file that is made: it is written, or compared with what would be written.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) type Result<T> = std::result::Result<T, String>;

/// A file of the repository, what makes its text, and the command that runs that.
pub(crate) struct Generated {
    pub(crate) path: &'static str,
    pub(crate) generate: fn() -> Result<String>,
    pub(crate) command: &'static str,
}

impl Generated {
    /// Writes the file, unless it is already as it must be.
    pub(crate) fn write(&self) -> Result<String> {
        let text = (self.generate)()?;
        if self.read().is_ok_and(|old| old == text) {
            return Ok(format!("{} is up to date", self.path));
        }
        fs::write(root().join(self.path), text).map_err(|error| format!("{}: {error}", self.path))?;
        Ok(format!("{} is written", self.path))
    }

    /// Compares the file with what would be written.
    pub(crate) fn check(&self) -> Result<String> {
        let (old, text) = (self.read()?, (self.generate)()?);
        if old == text {
            return Ok(format!("{} is up to date", self.path));
        }
        let same = old.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
        Err(format!("{}:{}: not as it is generated; run `{}`", self.path, same + 1, self.command))
    }

    fn read(&self) -> Result<String> {
        fs::read_to_string(root().join(self.path)).map_err(|error| format!("{}: {error}", self.path))
    }
}

pub(crate) fn root() -> PathBuf {
    // The tool is run from its sources only.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
