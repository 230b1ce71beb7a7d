//! What users write: one thing on each line, with its kind before it (`target http://a`, `route connect_timeout=5s`).

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proxykit_core::{Error, ErrorKind, Listen, ManagerOptions, Prefix, RouteOptions, Target, parse_duration};

/// Reads every line.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (mut manager, mut route) = (ManagerOptions::default(), RouteOptions::default());
    for line in text.lines() {
        let (kind, value) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "target" => come_back::<Target>(value, ErrorKind::InvalidTarget),
            "prefix" => come_back::<Prefix>(value, ErrorKind::InvalidPrefix),
            "listen" => come_back::<Listen>(value, ErrorKind::InvalidAddress),
            "duration" => {
                if let Err(error) = parse_duration(value) {
                    names(&error, ErrorKind::InvalidOption, value);
                }
            }
            "manager" => set(value, &mut manager, ManagerOptions::apply, ManagerOptions::validate),
            "route" => set(value, &mut route, RouteOptions::apply, RouteOptions::validate),
            _ => {}
        }
    }
}

/// What is read is written in a form that is read as the same.
fn come_back<T: FromStr<Err = Error> + Display + Debug + PartialEq>(text: &str, kind: ErrorKind) {
    match text.parse::<T>() {
        Ok(read) => {
            let written = read.to_string();
            let again = written.parse::<T>();
            assert_eq!(
                again.as_ref().ok(),
                Some(&read),
                "{text:?} is written as {written:?}, which is {again:?}"
            );
            assert_eq!(again.map(|again| again.to_string()).ok(), Some(written), "{text:?} has no last form");
        }
        Err(error) => names(&error, kind, text),
    }
}

/// An option is taken, and the whole is good, or it is refused, and nothing has changed.
fn set<O: Clone + PartialEq + Debug>(
    setting: &str,
    options: &mut O,
    apply: impl Fn(&mut O, &str) -> Result<(), Error>,
    validate: impl Fn(&O) -> Result<(), Error>,
) {
    let before = options.clone();
    match apply(options, setting) {
        Ok(()) => {
            if let Err(error) = validate(options) {
                // Options that need each other are seen together only.
                assert!(!error.to_string().is_empty());
                *options = before;
            }
        }
        Err(error) => {
            assert_eq!(*options, before, "{setting:?} was refused, and has changed something");
            assert!(matches!(error.kind(), ErrorKind::InvalidOption), "{setting:?}: {error:?}");
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            if name == "management_token" && value.len() > 3 {
                assert!(!error.to_string().contains(value), "a secret is shown: {error}");
            }
        }
    }
}

/// An error is of its kind, and quotes what it is about.
fn names(error: &Error, kind: ErrorKind, text: &str) {
    assert_eq!(error.kind(), kind, "{text:?}: {error}");
    // A password is not shown.
    let is_secret = text.contains('@');
    assert!(is_secret || error.to_string().contains(&format!("{text:?}")), "{text:?} is not named: {error}");
}
