//! Reads the layers, lays them over each other, and collects what is wrong.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::keys::{KEYS, Kind, VARIABLE_PREFIX, kind, variable};
use super::{Config, Level, check};

/// Variables with our prefix that are no keys: the file's place, and where tests find the program.
const OTHER_VARIABLES: [&str; 2] = ["RENKEI_SERVER_CONFIG", "RENKEI_SERVER_BIN"];

/// What the command line sets. Not printable: a database URL may hold a password.
#[derive(Default)]
pub(crate) struct Flags {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) database_url: Option<String>,
    pub(crate) listen: Option<String>,
    pub(crate) log_level: Option<Level>,
    pub(crate) region: Option<String>,
    pub(crate) host_names: Vec<String>,
}

/// A configuration, and where each of its values comes from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(super) origins: BTreeMap<&'static str, String>,
}

/// Everything that is wrong with the configuration, a line each. Values are not repeated: one may be a
/// password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problems(pub(super) Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Reads the configuration from `file`, from environment `variables`, and from `flags`.
///
/// # Errors
/// All [`Problems`] at once.
pub(crate) fn load(
    file: Option<&Path>,
    variables: impl Iterator<Item = (OsString, OsString)>,
    flags: &Flags,
) -> Result<Loaded, Problems> {
    let mut problems = Vec::new();
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    if let Some(path) = file {
        figment = figment.merge(Layer::new(Origin::File(path.to_owned()), read_file(path, &mut problems)));
    }
    figment = figment.merge(Layer::new(Origin::Environment, read_variables(variables, &mut problems)));
    figment = figment.merge(Layer::new(Origin::Flags, read_flags(flags)));
    let origins = KEYS.iter().map(|(key, _)| (*key, origin(&figment, key))).collect();
    match figment.extract() {
        Ok(config) => {
            let loaded = Loaded { config, origins };
            problems.extend(check::problems(&loaded));
            if problems.is_empty() { Ok(loaded) } else { Err(Problems(problems)) }
        }
        Err(error) => {
            problems.push(describe(error));
            Err(Problems(problems))
        }
    }
}

/// Where a layer's values come from.
#[derive(Clone)]
enum Origin {
    File(PathBuf),
    Environment,
    Flags,
}

struct Layer {
    origin: Origin,
    values: Dict,
}

impl Layer {
    fn new(origin: Origin, values: Dict) -> Self {
        Self { origin, values }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        match &self.origin {
            Origin::File(path) => Metadata::from("file", path.as_path()),
            Origin::Environment => Metadata::named("environment"),
            Origin::Flags => Metadata::named("flag"),
        }
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

fn origin(figment: &Figment, key: &str) -> String {
    match figment.find_metadata(key) {
        Some(metadata) if metadata.name == "file" => match &metadata.source {
            Some(figment::Source::File(path)) => path.display().to_string(),
            _ => "file".to_owned(),
        },
        Some(metadata) if metadata.name == "environment" => variable(key),
        Some(metadata) if metadata.name == "flag" => "flag".to_owned(),
        _ => "default".to_owned(),
    }
}

fn read_file(path: &Path, problems: &mut Vec<String>) -> Dict {
    match Toml::file_exact(path).data() {
        Ok(mut profiles) => {
            let mut values = profiles.remove(&Profile::Default).unwrap_or_default();
            hold_to_kinds(path, "", &mut values, problems);
            values
        }
        Err(error) => {
            problems.push(format!("{}: {}", path.display(), error.kind));
            Dict::new()
        }
    }
}

/// Takes out unknown keys and values of the wrong kind, so that the rest can be checked further.
fn hold_to_kinds(path: &Path, section: &str, values: &mut Dict, problems: &mut Vec<String>) {
    values.retain(|name, value| {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        let is_section = KEYS.iter().any(|(known, _)| known.starts_with(&format!("{key}.")));
        let problem = match (kind(&key), value) {
            (None, Value::Dict(_, values)) if is_section => {
                hold_to_kinds(path, &key, values, problems);
                return true;
            }
            (None, _) if is_section => format!("{key}: must be a section, [{key}]"),
            (None, _) => format!("{key}: there is no such key"),
            (Some(kind), value) if !is_of(kind, value) => format!("{key}: must be {}", kind.description()),
            (Some(_), _) => return true,
        };
        problems.push(format!("{problem} (in {})", path.display()));
        false
    });
}

fn is_of(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Text, Value::String(..)) | (Kind::Switch, Value::Bool(..)) => true,
        (Kind::Number, Value::Num(_, number)) => number.to_u128_lossy().is_some(),
        (Kind::List, Value::Array(_, values)) => {
            values.iter().all(|value| matches!(value, Value::String(..)))
        }
        _ => false,
    }
}

fn read_variables(variables: impl Iterator<Item = (OsString, OsString)>, problems: &mut Vec<String>) -> Dict {
    let mut values = Dict::new();
    for (variable, text) in variables {
        let Some(variable) = variable.to_str().filter(|variable| variable.starts_with(VARIABLE_PREFIX))
        else {
            continue;
        };
        if OTHER_VARIABLES.contains(&variable) {
            continue;
        }
        let key = variable[VARIABLE_PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
        match (kind(&key), text.to_str()) {
            (None, _) => problems.push(format!("{variable}: there is no key {key}")),
            (Some(_), None) => problems.push(format!("{variable}: must be UTF-8")),
            (Some(kind), Some(text)) => match read_text(kind, text) {
                Some(value) => insert(&mut values, &key, value),
                None => problems.push(format!("{variable}: must be {}", kind.description())),
            },
        }
    }
    values
}

fn read_text(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::from(text)),
        Kind::Number => text.trim().parse::<u64>().ok().map(Value::from),
        Kind::Switch => text.trim().parse::<bool>().ok().map(Value::from),
        Kind::List => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(Value::from(parts.map(str::to_owned).collect::<Vec<_>>()))
        }
    }
}

fn read_flags(flags: &Flags) -> Dict {
    let mut values = Dict::new();
    let texts = [
        ("data_dir", flags.data_dir.as_ref().map(|path| path.to_string_lossy().into_owned())),
        ("database.url", flags.database_url.clone()),
        ("listen", flags.listen.clone()),
        ("log.level", flags.log_level.map(|level| level.as_str().to_owned())),
        ("region", flags.region.clone()),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            insert(&mut values, key, Value::from(text));
        }
    }
    if !flags.host_names.is_empty() {
        insert(&mut values, "host_names", Value::from(flags.host_names.clone()));
    }
    values
}

fn insert(values: &mut Dict, key: &str, value: Value) {
    let Some((section, name)) = key.split_once('.') else {
        values.insert(key.to_owned(), value);
        return;
    };
    let section = values.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, values) = section {
        values.insert(name.to_owned(), value);
    }
}

/// A value of the right kind that is still none of the key's: too large, or no word of an enumeration.
fn describe(error: figment::Error) -> String {
    use figment::error::Kind;
    let key = error.path.join(".");
    match &error.kind {
        Kind::UnknownVariant(_, known) => format!("{key}: must be one of {}", known.join(", ")),
        Kind::InvalidValue(..) | Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) => {
            format!("{key}: is out of range")
        }
        _ => format!("{key}: cannot be read"),
    }
}
