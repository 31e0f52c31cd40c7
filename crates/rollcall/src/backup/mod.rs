//! `rollcall backup` and `rollcall restore`: an installation with the embedded database in one file.
//!
//! What is kept: the database and the key file without which it opens nothing. Not kept: the homes of
//! sessions and their processes, which belong to the machine they run on.

mod archive;
mod error;
mod make;
mod restore;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use error::BackupError;

/// Arguments of `rollcall backup`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BackupArguments {
    /// The file to write; one that exists is never overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The installation [default: as for `rollcall up`]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Arguments of `rollcall restore`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RestoreArguments {
    /// The file that `rollcall backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to put it; missing or empty [default: as for `rollcall up`]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// `rollcall backup`.
pub(crate) fn backup(arguments: BackupArguments) -> ExitCode {
    ended(async {
        let data_dir = data_dir(arguments.data_dir)?;
        let bytes = make::make(&data_dir, &arguments.file).await?;
        crate::out::line(format_args!("Wrote {} ({bytes} bytes).", arguments.file.display()));
        crate::out::note("Whoever has this file has every key in it: keep it as you keep the data directory.");
        Ok(())
    })
}

/// `rollcall restore`.
pub(crate) fn restore(arguments: RestoreArguments) -> ExitCode {
    ended(async {
        let data_dir = data_dir(arguments.data_dir)?;
        let made_at = restore::restore(&arguments.file, &data_dir).await?;
        crate::out::line(format_args!("Restored {} as it was at {made_at}.", data_dir.display()));
        crate::out::note("Start it with `rollcall up`. Sessions that no longer run here are ended then.");
        Ok(())
    })
}

fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, BackupError> {
    given.map_or_else(|| crate::up::data_dir::default_path().map_err(|_| BackupError::NoHome), Ok)
}

fn ended(work: impl Future<Output = Result<(), BackupError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::out::error(format_args!("starting failed: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::out::error(error.with_causes());
            ExitCode::from(error.exit_code())
        }
    }
}
