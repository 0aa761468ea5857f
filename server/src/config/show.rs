//! `config check`: what is in force, and where it comes from.

use figment::value::Value;

use super::keys::KEYS;
use super::{Config, Loaded};

impl Loaded {
    /// The configuration as TOML with dotted keys; a comment behind each value tells its origin.
    /// Keys without a value are comments. Passwords are left out.
    pub(crate) fn show(&self) -> String {
        let mut config = self.config.clone();
        let url = config.database_url().map(|url| url.to_string());
        config.database.url = url.map(super::SecretUrl);
        KEYS.iter().map(|(key, _)| self.line(&config, key)).collect()
    }

    fn line(&self, config: &Config, key: &str) -> String {
        let value = Value::serialize(config).ok().and_then(|values| values.find(key));
        let setting = match value.as_ref().and_then(written) {
            Some(value) => format!("{key} = {value}"),
            None => format!("# {key} is not set"),
        };
        let origin = self.origins.get(key).map_or("default", String::as_str);
        format!("{setting:<52} # {origin}\n")
    }
}

/// As it is written in TOML; [`None`] for a value that is not set.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(toml::Value::String(text.clone()).to_string()),
        Value::Bool(_, switch) => Some(switch.to_string()),
        Value::Num(_, number) => number.to_u128_lossy().map(|number| number.to_string()),
        Value::Array(_, values) if !values.is_empty() => {
            Some(format!("[{}]", values.iter().filter_map(written).collect::<Vec<_>>().join(", ")))
        }
        _ => None,
    }
}
