use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The texts that `${NAME}` stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    pub(super) fn get(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).map(String::as_str).ok_or_else(|| format!("${{{name}}} has no value here"))
    }

    /// The text with the values of its variables.
    pub(super) fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("no end of ${{ in {text:?}"))?;
            filled += before;
            filled += self.get(name)?;
            rest = after;
        }
        Ok(filled + rest)
    }

    /// The same for every text in a value.
    pub(super) fn fill_value(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill(text)?.into(),
            Value::Array(items) => {
                items.iter().map(|item| self.fill_value(item)).collect::<Result<_, _>>()?
            }
            Value::Object(members) => {
                let mut filled = Map::new();
                for (name, value) in members {
                    filled.insert(self.fill(name)?, self.fill_value(value)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }
}
