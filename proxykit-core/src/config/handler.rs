use std::time::Duration;

use super::options::{Size, TIME, options};
use super::{ManagerOptions, OptionInfo, document, split_setting, unknown_option};
use crate::error::Result;

options! {
    /// What a handler may be told. Every field has a default.
    #[derive(Copy)]
    HandlerOptions "handler_" {
        /// The time that a request may take, from its head to the handler's answer, its body and waiting for a thread
        /// included: 1 ms to 10 years, 30 s by default. Then: 504, or 408 if the body is not there yet.
        timeout: Duration = Duration::from_secs(30), TIME;
        /// The largest body of a request, in bytes: 1 to 1 GiB, 1 MiB by default. Then: 413. It is read before the handler
        /// is called.
        body_limit: u64 = 1 << 20, Size { least: 1, most: 1 << 30 };
    }
}

impl HandlerOptions {
    /// What each option is called, how it is written, and what it means.
    pub fn all() -> Vec<OptionInfo> {
        HandlerOptions::infos()
    }

    /// Sets an option by its name, as [`HandlerOptions::all`] lists them.
    ///
    /// # Errors
    /// `invalid_option`, with the name and the value in the message. Nothing was changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        self.set_field(name, value)
            .unwrap_or_else(|| Err(unknown_option(name, ManagerOptions::all(), "the manager")))
    }

    /// Sets an option that is written `NAME=VALUE`.
    ///
    /// # Errors
    /// As [`HandlerOptions::set`].
    pub fn apply(&mut self, setting: &str) -> Result<()> {
        let (name, value) = split_setting(setting)?;
        self.set(name, value)
    }

    /// Sets options from a JSON object, as [`ManagerOptions::set_json`] does.
    ///
    /// # Errors
    /// `invalid_option`, with the option and its value, or the place in the document, in the message. Nothing was changed then.
    pub fn set_json(&mut self, document: &str) -> Result<()> {
        let mut next = *self;
        document::each(document, |name, value| next.set(name, value))?;
        *self = next;
        Ok(())
    }

    /// Checks each field's range.
    ///
    /// # Errors
    /// `invalid_option`, with the field and its value in the message.
    pub fn validate(&self) -> Result<()> {
        self.check_fields()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_names() {
        let mut options = HandlerOptions::default();
        options.apply("handler_timeout=2s").unwrap();
        options.set("handler_body_limit", "64KiB").unwrap();
        assert_eq!(options, HandlerOptions { timeout: Duration::from_secs(2), body_limit: 64 << 10 });
        options.set_json(r#"{"handler_timeout": "3s"}"#).unwrap();
        assert_eq!(options.timeout, Duration::from_secs(3));
        assert!(options.set_json(r#"{"handler_timeout": "4s", "workers": 1}"#).is_err());
        assert_eq!(options.timeout, Duration::from_secs(3), "nothing of it was taken");
        for (name, value, message) in [
            ("handler_timeout", "0", "invalid handler_timeout 0ns: it must be from 1ms to 10 years"),
            (
                "handler_body_limit",
                "2GiB",
                "invalid handler_body_limit 2147483648: it must be from 1 to 1GiB",
            ),
            (
                "handler_threads",
                "1",
                "\"handler_threads\" is an option of the manager, and cannot be set here",
            ),
            ("timeout", "1s", "there is no option \"timeout\""),
        ] {
            assert_eq!(options.set(name, value).unwrap_err().to_string(), message);
        }
    }
}
