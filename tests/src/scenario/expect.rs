//! What must come back, against what came.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use proxykit_core::ErrorKind;
use serde_json::Value;

use super::step::{ExpectAnswer, ExpectCall};
use super::variables::Variables;
use crate::client::Response;
use crate::host::Answer;

type Result<T = ()> = std::result::Result<T, String>;

impl ExpectCall {
    pub(super) fn check(&self, answer: &Answer, variables: &Variables) -> Result {
        let values = match (answer, &self.error) {
            (Answer::Error { code, name, message }, Some(expected)) => {
                let kind = kind(expected)?;
                equal("the error", expected, name)?;
                equal("the error's number", &kind.code(), code)?;
                let part = variables.fill(self.message_contains.as_deref().unwrap_or_default())?;
                contains("the message", message, &part)?;
                return match &self.message_lacks {
                    Some(secret) if message.contains(secret) => Err(format!("the message tells {secret:?}")),
                    _ => Ok(()),
                };
            }
            (Answer::Ok(values), None) => values,
            (Answer::Ok(values), Some(expected)) => {
                return Err(format!("expected the error {expected}, got ok {values:?}"));
            }
            (Answer::Error { code, name, message }, None) => {
                return Err(format!("expected no error, got {code} {name}: {message}"));
            }
        };
        if let Some(expected) = &self.values {
            let expected: Vec<_> = expected.iter().map(|text| variables.fill(text)).collect::<Result<_>>()?;
            equal("the values", &expected, values)?;
        }
        if let Some(expected) = &self.json {
            let body = values.get(1).ok_or_else(|| format!("expected a body, got {values:?}"))?;
            let body = serde_json::from_str(body).map_err(|error| format!("{error} in the body {body:?}"))?;
            holds("body", &variables.fill_value(expected)?, &body)?;
        }
        Ok(())
    }
}

impl ExpectAnswer {
    /// Checks one exchange, and gives the answer if one was expected.
    pub(super) fn check(
        &self,
        outcome: io::Result<Response>,
        variables: &Variables,
    ) -> Result<Option<Response>> {
        match outcome {
            Ok(answer) if self.broken => {
                Err(format!("expected a break, got {} {:?}", answer.status(), answer.text()))
            }
            Ok(answer) => self.check_answer(&answer, variables).map(|()| Some(answer)),
            Err(_) if self.broken => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn check_answer(&self, answer: &Response, variables: &Variables) -> Result {
        let status = match (&self.error, &self.proxy_error) {
            _ if self.status.is_some() => self.status,
            (Some(name), _) | (None, Some(name)) => Some(kind(name)?.http_status()),
            (None, None) => None,
        };
        equal("the status", &status.unwrap_or(200), &answer.status())
            .map_err(|error| format!("{error}; the body: {:?}", answer.text()))?;
        for (name, expected) in &self.headers {
            let expected = expected.as_ref().map(|text| variables.fill(text)).transpose()?;
            equal(&format!("the header {name}"), &expected.as_deref(), &answer.header(name))?;
        }
        if let Some(expected) = &self.json {
            holds("body", &variables.fill_value(expected)?, &answer.json())?;
        }
        contains(
            "the body",
            &answer.text(),
            &variables.fill(self.body_contains.as_deref().unwrap_or_default())?,
        )?;
        if let Some(name) = &self.error {
            check_management_error(answer, kind(name)?)?;
        }
        if let Some(name) = &self.proxy_error {
            check_proxy_error(answer, kind(name)?)?;
        }
        Ok(())
    }

    /// What is expected of all answers together.
    pub(super) fn check_backends(&self, answers: &[Response]) -> Result {
        let mut backends = BTreeMap::<_, usize>::new();
        for name in answers.iter().filter_map(Response::backend) {
            *backends.entry(name.to_owned()).or_default() += 1;
        }
        if let Some(expected) = &self.backends {
            equal("the backends that answered", expected, &backends)?;
        }
        if let Some(expected) = self.distinct_backends {
            let names: BTreeSet<_> = backends.keys().collect();
            equal("the number of backends that answered", &expected, &names.len())?;
        }
        Ok(())
    }
}

/// `{"error": {"code": NAME, "message": …}}`, with a message that tells something.
fn check_management_error(answer: &Response, kind: ErrorKind) -> Result {
    let body = answer.json();
    let error = &body["error"];
    equal("the error's code", &Value::from(kind.name()), &error["code"])?;
    match error["message"].as_str() {
        Some(message) if !message.is_empty() => Ok(()),
        _ => Err(format!("the error has no message: {body}")),
    }
}

/// A short text, and `Proxy-Status` (RFC 9209) with the kind's name among its details.
fn check_proxy_error(answer: &Response, kind: ErrorKind) -> Result {
    let status = answer.header("proxy-status").ok_or("no proxy-status in the answer")?;
    contains("proxy-status", status, "proxykit; error=")?;
    contains("proxy-status", status, &format!("details=\"{}\"", kind.name()))?;
    let text = answer.text();
    // Nothing behind the summary: the causes tell of the network behind the proxy.
    if !text.trim_end().ends_with(kind.summary()) || text.len() > 200 || text.trim().contains('\n') {
        return Err(format!("expected one short line that ends with {:?}, got {text:?}", kind.summary()));
    }
    let media_type = answer.header("content-type").unwrap_or_default();
    contains("content-type", media_type, "text/plain")
}

fn kind(name: &str) -> Result<ErrorKind> {
    let found = ErrorKind::ALL.iter().find(|kind| kind.name() == name);
    found.copied().ok_or_else(|| format!("the scenario names an unknown error: {name}"))
}

/// Whether `actual` has all of `expected`: of objects these members, null for one that must not be there.
fn holds(place: &str, expected: &Value, actual: &Value) -> Result {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => expected.iter().try_for_each(|(name, value)| {
            let actual = actual.get(name).unwrap_or(&Value::Null);
            holds(&format!("{place}.{name}"), value, actual)
        }),
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let pairs = expected.iter().zip(actual).enumerate();
            let mut checks =
                pairs.map(|(index, (one, other))| holds(&format!("{place}[{index}]"), one, other));
            checks.try_for_each(|check| check)
        }
        _ if expected == actual => Ok(()),
        _ => Err(format!("{place}: expected {expected}, got {actual}")),
    }
}

fn equal<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, expected: &T, actual: &T) -> Result {
    if expected == actual { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {actual:?}")) }
}

fn contains(what: &str, whole: &str, part: &str) -> Result {
    if whole.contains(part) { Ok(()) } else { Err(format!("{what}: expected …{part:?}…, got {whole:?}")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subset_is_held() {
        let actual = json!({"a": {"b": [1, {"c": "x", "d": 2}]}, "e": true});
        for held in [json!({}), json!({"a": {"b": [1, {"c": "x"}]}}), json!({"f": null})] {
            assert_eq!(holds("body", &held, &actual), Ok(()), "{held}");
        }
        for (missed, place) in [
            (json!({"e": null}), "body.e"),
            (json!({"a": {"b": [1]}}), "body.a.b"),
            (json!({"a": {"b": [1, {"c": "y"}]}}), "body.a.b[1].c"),
            (json!([]), "body"),
        ] {
            let error = holds("body", &missed, &actual).unwrap_err();
            assert!(error.starts_with(&format!("{place}:")), "{error}");
        }
    }
}
