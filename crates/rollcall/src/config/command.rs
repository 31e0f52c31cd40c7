//! `rollcall config check` and `rollcall config reference`.

use std::path::PathBuf;
use std::process::ExitCode;

use rollcall_store::Settings as StoreSettings;

use super::settings::{Config, SECTIONS, Setting};
use super::sources::Values;
use super::{ConfigError, file, from_environment, load, reference};
use crate::out;

/// What to do with a configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check a configuration file together with the environment, and show what `up` would use
    Check {
        /// The file [default: $ROLLCALL_CONFIG, else none]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print a commented file with every setting and its default
    Reference,
}

/// Runs the command. Exit code 2 if something is wrong.
pub(crate) fn main(command: ConfigCommand) -> ExitCode {
    match command {
        ConfigCommand::Reference => {
            out::print(reference::text());
            ExitCode::SUCCESS
        }
        ConfigCommand::Check { file: named } => match load(&[], from_environment, file(named).as_deref()) {
            Ok((config, values)) => {
                out::print(table(&config, &values));
                ExitCode::SUCCESS
            }
            Err(errors) => {
                complain(&errors);
                ExitCode::from(2)
            }
        },
    }
}

/// Tells everything that is wrong.
pub(crate) fn complain(errors: &[ConfigError]) {
    for error in errors {
        out::error(error);
    }
}

/// Every setting with its value and where that came from, as a file that would say the same.
pub(super) fn table(config: &Config, values: &Values) -> String {
    let mut text = String::new();
    for section in SECTIONS {
        text.push_str(&format!("[{}]\n", section.name));
        for setting in section.settings {
            let line = format!("{} = {}", setting.name, shown(setting, config, values));
            text.push_str(&format!("{line:<40} # {}\n", values.source(&setting.key())));
        }
        text.push('\n');
    }
    text.push_str("# In order.\n");
    text
}

fn shown(setting: &Setting, config: &Config, values: &Values) -> String {
    let given = values.given(&setting.key()).map_or("", |given| given.text.as_str());
    if !setting.secret || given.is_empty() {
        return reference::written(setting, given);
    }
    // The address of the database is worth seeing; of another secret nothing is.
    match &config.database.url {
        Some(url) if setting.key() == "database.url" => {
            reference::written(setting, &StoreSettings::Postgres { url: url.clone() }.to_string())
        }
        _ => "\"***\"".to_owned(),
    }
}
