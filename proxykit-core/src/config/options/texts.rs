//! Switches, words, texts, lists.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use http::HeaderName;
use ipnet::IpNet;
use rustls_pki_types::ServerName;

use super::kind::{Kind, OptionKind, malformed};
use crate::config::{HealthCheck, Origin, invalid_option};
use crate::error::{Error, Result};

/// On or off.
pub(crate) struct Switch;

impl Kind<bool> for Switch {
    fn label(&self) -> OptionKind {
        OptionKind::Switch
    }

    fn read(&self, name: &str, text: &str) -> Result<bool> {
        text.parse().map_err(|_| malformed(name, text, "it must be true or false"))
    }

    fn show(&self, value: &bool) -> String {
        value.to_string()
    }
}

/// On or off, with options of its own when it is on.
pub(crate) struct Checked;

impl Kind<Option<HealthCheck>> for Checked {
    fn label(&self) -> OptionKind {
        OptionKind::Switch
    }

    fn read(&self, name: &str, text: &str) -> Result<Option<HealthCheck>> {
        Switch.read(name, text).map(|on| on.then(HealthCheck::default))
    }

    fn check(&self, _: &str, value: &Option<HealthCheck>) -> Result<()> {
        value.as_ref().map_or(Ok(()), HealthCheck::validate)
    }

    fn show(&self, value: &Option<HealthCheck>) -> String {
        value.is_some().to_string()
    }
}

/// A type that reads itself, with an error that names the option.
pub(crate) struct Word;

impl<T: FromStr<Err = Error> + Display> Kind<T> for Word {
    fn label(&self) -> OptionKind {
        OptionKind::Word
    }

    fn read(&self, _: &str, text: &str) -> Result<T> {
        text.parse()
    }

    fn show(&self, value: &T) -> String {
        value.to_string()
    }
}

/// The same, or none.
pub(crate) struct Maybe;

impl<T: FromStr<Err = Error> + Display> Kind<Option<T>> for Maybe {
    fn label(&self) -> OptionKind {
        OptionKind::Word
    }

    fn read(&self, _: &str, text: &str) -> Result<Option<T>> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
    }

    fn show(&self, value: &Option<T>) -> String {
        value.as_ref().map(T::to_string).unwrap_or_default()
    }
}

/// The name of a header field, or none.
pub(crate) struct Header;

impl Kind<Option<HeaderName>> for Header {
    fn label(&self) -> OptionKind {
        OptionKind::Text
    }

    fn read(&self, name: &str, text: &str) -> Result<Option<HeaderName>> {
        let read = (!text.is_empty()).then(|| text.parse()).transpose();
        read.map_err(|_| malformed(name, text, "it must be the name of a header"))
    }

    fn show(&self, value: &Option<HeaderName>) -> String {
        value.as_ref().map(HeaderName::to_string).unwrap_or_default()
    }
}

/// A name that a certificate can be for, or none.
pub(crate) struct ServerNameText;

impl Kind<Option<String>> for ServerNameText {
    fn label(&self) -> OptionKind {
        OptionKind::Text
    }

    fn read(&self, _: &str, text: &str) -> Result<Option<String>> {
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn check(&self, name: &str, value: &Option<String>) -> Result<()> {
        match value {
            Some(text) if ServerName::try_from(text.as_str()).is_err() => {
                Err(malformed(name, text, "it must be a host name or an address"))
            }
            _ => Ok(()),
        }
    }

    fn show(&self, value: &Option<String>) -> String {
        value.clone().unwrap_or_default()
    }
}

/// A text that is never shown.
pub(crate) struct Secret;

impl Kind<Option<String>> for Secret {
    fn label(&self) -> OptionKind {
        OptionKind::Text
    }

    fn read(&self, _: &str, text: &str) -> Result<Option<String>> {
        Ok(Some(text.to_owned()))
    }

    fn check(&self, name: &str, value: &Option<String>) -> Result<()> {
        match value {
            Some(text) if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                let rule = "it must be one or more visible ASCII characters, without spaces";
                Err(invalid_option(name, "(not shown)", rule))
            }
            _ => Ok(()),
        }
    }

    fn show(&self, value: &Option<String>) -> String {
        value.as_ref().map_or("", |_| "(not shown)").into()
    }
}

/// Texts with commas between them, each of which `is_valid`.
pub(crate) struct Names {
    pub(crate) is_valid: fn(&str) -> bool,
    pub(crate) rule: &'static str,
}

impl Kind<Vec<String>> for Names {
    fn label(&self) -> OptionKind {
        OptionKind::List
    }

    fn read(&self, _: &str, text: &str) -> Result<Vec<String>> {
        Ok(words(text).map(str::to_owned).collect())
    }

    fn check(&self, name: &str, value: &Vec<String>) -> Result<()> {
        match value.iter().find(|word| !(self.is_valid)(word)) {
            Some(word) => Err(malformed(name, word, self.rule)),
            None => Ok(()),
        }
    }

    fn show(&self, value: &Vec<String>) -> String {
        value.join(",")
    }
}

/// Networks and addresses with commas between them.
pub(crate) struct Networks;

impl Kind<Vec<IpNet>> for Networks {
    fn label(&self) -> OptionKind {
        OptionKind::List
    }

    fn read(&self, name: &str, text: &str) -> Result<Vec<IpNet>> {
        words(text).map(|word| self.read_one(name, word)).collect()
    }

    fn show(&self, value: &Vec<IpNet>) -> String {
        value.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

impl Networks {
    pub(crate) fn read_one(&self, name: &str, text: &str) -> Result<IpNet> {
        let address = text.parse::<std::net::IpAddr>().map(IpNet::from);
        address
            .or_else(|_| text.parse())
            .map_err(|_| malformed(name, text, "it must be an address or a network such as 10.0.0.0/8"))
    }
}

/// Networks, addresses, and the word `unix`, with commas between them.
pub(crate) struct Origins;

impl Kind<Vec<Origin>> for Origins {
    fn label(&self) -> OptionKind {
        OptionKind::List
    }

    fn read(&self, name: &str, text: &str) -> Result<Vec<Origin>> {
        let read = |word| Origin::read(word).ok_or_else(|| malformed(name, word, Origin::RULE));
        words(text).map(read).collect()
    }

    fn show(&self, value: &Vec<Origin>) -> String {
        value.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

/// A file, or none.
pub(crate) struct File;

impl Kind<Option<PathBuf>> for File {
    fn label(&self) -> OptionKind {
        OptionKind::Text
    }

    fn read(&self, _: &str, text: &str) -> Result<Option<PathBuf>> {
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn show(&self, value: &Option<PathBuf>) -> String {
        value.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    }
}

/// Files with commas between them.
pub(crate) struct Files;

impl Kind<Vec<PathBuf>> for Files {
    fn label(&self) -> OptionKind {
        OptionKind::List
    }

    fn read(&self, _: &str, text: &str) -> Result<Vec<PathBuf>> {
        Ok(words(text).map(PathBuf::from).collect())
    }

    fn show(&self, value: &Vec<PathBuf>) -> String {
        value.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(",")
    }
}

/// The parts between the commas, of which there are none in an empty text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(move |_| !text.is_empty())
}
