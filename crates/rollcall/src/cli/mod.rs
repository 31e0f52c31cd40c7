//! The command line: what may be typed, and where it goes.
//!
//! The client commands use the SDK alone, so they work against any server of the API, from
//! anywhere.

mod admin;
mod attach;
mod cells;
mod change;
mod connect;
mod document;
mod events;
mod extend;
mod failure;
mod info;
mod login;
mod logins;
mod logs;
mod passwd;
mod profile;
mod prompt;
mod ps;
mod requests;
mod run;
mod table;
mod target;
mod text;

pub(crate) use connect::authority_file;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::up::UpArguments;
use failure::Failure;

const AFTER: &str = "\
Who to be: --profile NAME; else BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY (with
BACKEND_DOMAIN and BACKEND_GROUP); else the profile `default`, made by `rollcall login`.
ROLLCALL_CA_FILE names an authority (PEM) to trust instead of the system's.

Requests are recorded (`rollcall log`) unless ROLLCALL_REQUEST_LOG is `off`.

Exit codes: 0 done; 1 the server or the act failed; 2 wrong use; 130 interrupted.";

/// Everything that may be typed.
#[derive(Debug, clap::Parser)]
#[command(name = "rollcall", version, about = "Compute sessions: start, list, end them.", after_help = AFTER)]
pub(crate) struct Arguments {
    /// Use this profile
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Start the whole system on this machine
    Up(UpArguments),
    /// Serve the web part alone, before a manager that runs elsewhere
    Console(crate::console::ConsoleArguments),
    /// Check a configuration of `up`, or print the reference of all settings
    #[command(subcommand)]
    Config(crate::config::ConfigCommand),
    /// Sign in to a server and keep the keys in a profile
    Login(login::LoginArguments),
    /// Forget a profile
    Logout,
    /// Change the password of your account
    Passwd(passwd::PasswdArguments),
    /// List where you are signed in, or end that
    Logins(logins::LoginsArguments),
    /// Start a session
    Run(run::RunArguments),
    /// List sessions
    #[command(visible_alias = "ls")]
    Ps(ps::PsArguments),
    /// Show everything about a session
    Info(info::InfoArguments),
    /// Print what a session printed
    Logs(logs::LogsArguments),
    /// Use the terminal of a session
    Attach(attach::AttachArguments),
    /// Print what happens to sessions, as it happens
    Events(events::EventsArguments),
    /// Give a session another name
    Rename(change::RenameArguments),
    /// Replace the process of a session; its home stays
    Restart(change::RestartArguments),
    /// Give a session more time where a limit would end it
    Extend(extend::ExtendArguments),
    /// End sessions
    Rm(change::RmArguments),
    /// See and change people, keys, projects, domains, policies, presets and resource groups
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Show which requests this program sent, and how they ended
    Log(requests::LogArguments),
    /// Keep an installation with the embedded database in one file; it may be running
    Backup(crate::backup::BackupArguments),
    /// Make a data directory of such a file
    Restore(crate::backup::RestoreArguments),
    /// Print what a shell needs to complete these commands
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs a client command.
pub(crate) fn main(arguments: Arguments) -> ExitCode {
    let profile = arguments.profile;
    let profile = profile.as_deref();
    let done = match arguments.command {
        Command::Up(arguments) => return crate::up::main(arguments),
        Command::Console(arguments) => return crate::console::main(arguments),
        Command::Config(command) => return crate::config::main(command),
        Command::Backup(arguments) => return crate::backup::backup(arguments),
        Command::Restore(arguments) => return crate::backup::restore(arguments),
        Command::Logout => login::logout(profile),
        Command::Log(arguments) => requests::log(&arguments),
        Command::Completions { shell } => {
            completions(shell);
            Ok(())
        }
        command => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(answer(profile, command)),
            Err(error) => Err(Failure::new(format!("starting the client failed: {error}"))),
        },
    };
    done.map_or_else(|failure| failure.exit(), |()| ExitCode::SUCCESS)
}

async fn answer(profile: Option<&str>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Login(arguments) => login::login(profile, arguments).await,
        Command::Passwd(arguments) => passwd::passwd(profile, arguments).await,
        Command::Logins(arguments) => logins::logins(profile, arguments).await,
        Command::Run(arguments) => run::run(profile, arguments).await,
        Command::Ps(arguments) => ps::ps(profile, arguments).await,
        Command::Info(arguments) => info::info(profile, arguments).await,
        Command::Logs(arguments) => logs::logs(profile, arguments).await,
        Command::Attach(arguments) => attach::attach(profile, arguments).await,
        Command::Events(arguments) => events::events(profile, arguments).await,
        Command::Rename(arguments) => change::rename(profile, arguments).await,
        Command::Restart(arguments) => change::restart(profile, arguments).await,
        Command::Extend(arguments) => extend::extend(profile, arguments).await,
        Command::Rm(arguments) => change::rm(profile, arguments).await,
        Command::Admin(command) => admin::admin(profile, command).await,
        // Answered before any runtime was made.
        Command::Up(_)
        | Command::Console(_)
        | Command::Config(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Logout
        | Command::Log(_)
        | Command::Completions { .. } => Ok(()),
    }
}

fn completions(shell: clap_complete::Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rollcall", &mut script);
    crate::out::print(String::from_utf8_lossy(&script));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_are_consistent() {
        <super::Arguments as clap::CommandFactory>::command().debug_assert();
    }
}
