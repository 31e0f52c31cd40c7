//! `rollcall up`: the whole system on this machine, from one command on an empty one.
//!
//! This part puts the others together and says what came of it. It decides nothing about sessions.

mod accounts;
mod accounts_file;
mod arguments;
mod banner;
pub(crate) mod data_dir;
mod demo;
mod descriptors;
mod error;
mod first_accounts;
mod founding;
mod front;
pub(crate) mod hidden;
pub(crate) mod logging;
mod service_manager;
mod start;
pub(crate) mod web;

pub(crate) use arguments::{Fence, LogFormat, Network, UpArguments, WebUiMode};
pub(crate) use start::stop_on_signals;

use std::process::ExitCode;

use crate::config;

/// Runs until interrupted.
pub(crate) fn main(arguments: UpArguments) -> ExitCode {
    let file = config::file(arguments.config.clone());
    let config = match config::load(&arguments.flags(), config::from_environment, file.as_deref()) {
        Ok((config, _)) => config,
        Err(errors) => {
            config::complain(&errors);
            return ExitCode::from(2);
        }
    };
    logging::start(&config.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::out::error(format_args!("starting the server's threads failed: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(start::run(&config, arguments.demo_sessions)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::out::error(error.with_causes());
            ExitCode::from(error.exit_code())
        }
    }
}
