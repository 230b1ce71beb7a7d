use crate::config::invalid_option;
use crate::error::{Error, Result};

/// How the value of an option is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionKind {
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Number,
    /// A number from 0 to 1, or a little above.
    Share,
    /// A time with its unit: `5s`, `200ms`, `1m30s`.
    Time,
    /// A number of bytes, or of `KiB`, `MiB`, `GiB`.
    Size,
    /// One of a few words, or a text of its own form.
    Word,
    /// Any text.
    Text,
    /// Texts with commas between them.
    List,
}

impl OptionKind {
    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            OptionKind::Switch => "switch",
            OptionKind::Number => "number",
            OptionKind::Share => "share",
            OptionKind::Time => "time",
            OptionKind::Size => "size",
            OptionKind::Word => "word",
            OptionKind::Text => "text",
            OptionKind::List => "list",
        }
    }
}

/// Reads, checks and shows the values of an option.
pub(in crate::config) trait Kind<T> {
    fn label(&self) -> OptionKind;
    /// # Errors
    /// `invalid_option` if the text does not have the form of such a value.
    fn read(&self, name: &str, text: &str) -> Result<T>;
    /// # Errors
    /// `invalid_option` if the value is out of its range.
    fn check(&self, _name: &str, _value: &T) -> Result<()> {
        Ok(())
    }
    /// As it would be written; nothing of a secret.
    fn show(&self, value: &T) -> String;
}

pub(super) fn malformed(name: &str, text: &str, rule: &str) -> Error {
    invalid_option(name, format_args!("{text:?}"), rule)
}
