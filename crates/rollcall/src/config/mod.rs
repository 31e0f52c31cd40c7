//! The configuration of `rollcall up`: one list of settings ([`settings`]), given by flags, variables
//! of the environment and a TOML file, read and checked as a whole before anything is started.
//!
//! Everything that is wrong is told at once, by the name of the setting and the place it came from.

mod check;
mod command;
mod error;
mod parts;
mod reference;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use command::{ConfigCommand, complain, main};
pub(crate) use error::ConfigError;
pub(crate) use settings::{Config, Log};
pub(crate) use value::{named, shown};

use std::path::{Path, PathBuf};

use sources::{File, Values};

/// Names the file where no flag does.
pub(crate) const FILE_VARIABLE: &str = "ROLLCALL_CONFIG";

/// The whole configuration, as a program started with these flags has it.
///
/// # Errors
/// Everything that is wrong: flags and variables first, then line by line.
pub(crate) fn load(
    flags: &[(&'static str, String)],
    variable: impl Fn(&str) -> Option<String>,
    file: Option<&Path>,
) -> Result<(Config, Values), Vec<ConfigError>> {
    let text = file
        .map(std::fs::read_to_string)
        .transpose()
        .map_err(|source| vec![ConfigError::Read { path: file.map(PathBuf::from).unwrap_or_default(), source }])?;
    let file = file.zip(text.as_deref()).map(|(path, text)| File { path, text });
    let mut errors = Vec::new();
    let values = Values::gather(flags, variable, file, &mut errors);
    let config = Config::read(&values, &mut errors);
    if let (Some(mut config), true) = (config, errors.is_empty()) {
        errors = check::check(&mut config, &values);
        if errors.is_empty() {
            return Ok((config, values));
        }
    }
    errors.sort_by_key(ConfigError::line);
    Err(errors)
}

/// A variable of this process.
pub(crate) fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The file that was named: by flag, else by variable.
pub(crate) fn file(given: Option<PathBuf>) -> Option<PathBuf> {
    let named = || std::env::var_os(FILE_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
    given.or_else(named)
}
