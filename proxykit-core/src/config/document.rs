use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::invalid_option;
use crate::error::{Error, ErrorKind, Result};

/// Options as one JSON object: names, and their values as JSON has them.
struct Document(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Options)
    }
}

struct Options;

impl<'de> Visitor<'de> for Options {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of options")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Document, A::Error> {
        let mut options: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            // Readers of JSON differ in which of the two they take (RFC 8259, section 4).
            if options.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom(format_args!("the option {name:?} is there twice")));
            }
            options.push((name, value));
        }
        Ok(Document(options))
    }
}

/// Gives `set` each option of a document, with its value as it is written elsewhere.
///
/// # Errors
/// `invalid_option`, with the place in the document, or the option. Of `set`, the first.
pub(super) fn each(text: &str, mut set: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
    let malformed =
        |why: String| Error::new(ErrorKind::InvalidOption, format!("invalid JSON of options: {why}"));
    if !text.trim_start().starts_with('{') {
        // The parser would show what is there instead, be it a secret. Of an object it shows places and names.
        return Err(malformed("it must be an object".into()));
    }
    let document: Document = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    // A check is switched on or off before it is told how: an object has no order.
    let (switches, others): (Vec<_>, Vec<_>) =
        document.0.into_iter().partition(|(name, _)| name == "health_check");
    for (name, value) in switches.into_iter().chain(others) {
        set(&name, &written(&name, value)?)?;
    }
    Ok(())
}

fn written(name: &str, value: Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(is_on) => Ok(is_on.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Array(values) => {
            let words = values.into_iter().map(|value| match value {
                Value::String(text) if !text.contains(',') => Ok(text),
                _ => Err(invalid_option(name, "in JSON", "its list must be of texts without commas")),
            });
            Ok(words.collect::<Result<Vec<_>>>()?.join(","))
        }
        Value::Null | Value::Object(_) => {
            Err(invalid_option(name, "in JSON", "its value must be a text, a number, true, false or a list"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::config::{ManagerOptions, RouteOptions};

    #[test]
    fn options_are_set_by_their_names() {
        let mut options = ManagerOptions::default();
        options
            .set_json(
                r#"{"workers": 3, "idle_timeout": "30s", "trusted_proxies": ["10.0.0.0/8", "::1"],
                    "tls_reload_interval": "5s"}"#,
            )
            .unwrap();
        assert_eq!((options.workers, options.idle_timeout), (3, Duration::from_secs(30)));
        assert_eq!(options.trusted_proxies.len(), 2);
    }

    #[test]
    fn a_check_has_no_place_in_the_order() {
        let mut options = RouteOptions::default();
        options.set_json(r#"{"health_rise": 3, "health_check": true, "strip_prefix": false}"#).unwrap();
        assert!(options.health_check.unwrap().rise == 3 && !options.strip_prefix);
        let error = options.set_json(r#"{"health_rise": 4, "health_check": false}"#).unwrap_err();
        assert_eq!(error.to_string(), "invalid health_rise \"4\": health_check is false");
        // Nothing of it was taken.
        assert_eq!(options.health_check.unwrap().rise, 3);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (document, message) in [
            ("[]", "invalid JSON of options: it must be an object"),
            ("{\"workers\": 1", "invalid JSON of options: EOF while parsing an object at line 1 column 13"),
            ("{} {}", "invalid JSON of options: trailing characters at line 1 column 4"),
            (
                r#"{"workers": 1, "workers": 2}"#,
                "invalid JSON of options: the option \"workers\" is there twice at line 1 column 28",
            ),
            (r#"{"speed": 9}"#, "there is no option \"speed\""),
            (r#"{"balancer": "ip_hash"}"#, "\"balancer\" is an option of routes, and cannot be set here"),
            (
                r#"{"workers": null}"#,
                "invalid workers in JSON: its value must be a text, a number, true, false or a list",
            ),
            (
                r#"{"trusted_proxies": ["a,b"]}"#,
                "invalid trusted_proxies in JSON: its list must be of texts without commas",
            ),
            (
                r#"{"idle_timeout": 30}"#,
                "invalid idle_timeout \"30\": write it as \"5s\", \"200ms\" or \"1m30s\"",
            ),
        ] {
            let mut options = ManagerOptions::default();
            let error = options.set_json(document).unwrap_err();
            assert_eq!(error.to_string(), message, "{document}");
            assert!(options == ManagerOptions::default());
        }
    }
}
