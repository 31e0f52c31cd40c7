//! `rollcall admin`: people, keys, projects, domains, policies, presets and resource groups.

mod answer;
mod domain;
mod group;
mod holdings;
mod keypair;
mod policy;
mod preset;
mod resource_group;
mod show;
mod user;
mod values;

use rollcall_client::Error;
use rollcall_client::admin::Why;

use super::connect::connect;
use super::failure::Failure;

/// What to administer.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AdminCommand {
    /// People
    #[command(subcommand)]
    User(user::UserCommand),
    /// Keypairs: what requests are signed with
    #[command(subcommand)]
    Keypair(keypair::KeypairCommand),
    /// Projects
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Domains
    #[command(subcommand)]
    Domain(domain::DomainCommand),
    /// Resource policies of keypairs
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Sizes of sessions to choose from
    #[command(subcommand)]
    Preset(preset::PresetCommand),
    /// Resource groups: agents that sessions are placed on together
    #[command(subcommand)]
    ResourceGroup(resource_group::ResourceGroupCommand),
}

/// How something without sessions of its own is removed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct HowToRemove {
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How something that has sessions is removed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct HowToRemoveWithSessions {
    /// End active sessions first, in the orderly way, and by force those that have no other (in error, or not yet
    /// started); without this they stand against it
    #[arg(long)]
    end_sessions: bool,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub(super) async fn admin(profile: Option<&str>, command: AdminCommand) -> Result<(), Failure> {
    let connection = connect(profile)?;
    let admin = connection.client.admin();
    match command {
        AdminCommand::User(command) => user::run(&connection, command).await,
        AdminCommand::Keypair(command) => keypair::run(admin, command).await,
        AdminCommand::Group(command) => group::run(&connection, command).await,
        AdminCommand::Domain(command) => domain::run(&connection, command).await,
        AdminCommand::Policy(command) => policy::run(admin, command).await,
        AdminCommand::Preset(command) => preset::run(admin, command).await,
        AdminCommand::ResourceGroup(command) => resource_group::run(admin, command).await,
    }
}

/// How the server says that the caller may not see something.
const DENIED: [&str; 3] = ["Forbidden operation", "Insufficient privilege", "superadmin privilege"];
const WHO_MAY: &str =
    "This key may not do that. Sign in as a superadmin (`rollcall login`), or name another --profile.";

/// Whether the caller may not see what was asked for.
fn denied(error: &Error) -> bool {
    let told = error.to_string();
    matches!(error, Error::Server { .. }) && DENIED.iter().any(|words| told.contains(words))
}

/// A refusal, with what to do next: the server's words are for programs.
fn refused(error: Error) -> Failure {
    let told = error.to_string();
    let next = match &error {
        Error::Refused { refusal, .. } => Some(advice(refusal.why(), &told)),
        error if denied(error) => Some(WHO_MAY.to_owned()),
        _ => None,
    };
    let failure = Failure::from(error);
    match next {
        Some(next) => failure.next(next),
        None => failure,
    }
}

fn advice(why: &Why, told: &str) -> String {
    match why {
        Why::NotAllowed => WHO_MAY,
        Why::NoMatch => "`list` shows those you may see, by their exact names.",
        Why::NothingToUpdate => "`--help` lists what can be changed.",
        Why::Taken { .. } => "Nothing was done. Choose another name, or look at what is there with `show`.",
        Why::Needed { .. } => "Nothing was done. Remove those first, or switch this off with `disable`.",
        Why::Missing { what, .. } => {
            let noun = what.replace(' ', "-");
            return format!("Nothing was done. `rollcall admin {noun} list` shows those there are.");
        }
        Why::Other if told.contains("moving to another domain") => {
            "Nothing was done. End them first: `rollcall ps` shows them, `rollcall rm` ends them."
        }
        Why::Other if told.contains("only a superadmin") => {
            "Nothing was done. Ask one, or switch it off with `rollcall admin group disable`."
        }
        Why::Other if told.contains("superadmin") => {
            "Nothing was done. Make somebody else a superadmin first: \
             `rollcall admin user change E-MAIL --role superadmin`."
        }
        Why::Other if told.contains("active session") => {
            "Nothing was done. `rollcall ps` shows those you may see; end them with `rollcall rm`, or wait, and try again."
        }
        Why::Other => "Nothing was done.",
    }
    .to_owned()
}

/// Nothing visible has that name.
fn missing(kind: &str, name: &str) -> Failure {
    Failure::new(format!("no {kind} `{}`", super::text::clean(name)))
        .next(format!("`rollcall admin {} list` shows those you may see.", kind.replace(' ', "-")))
}

/// Something whose API has no switch.
fn no_switch(kind: &str, instead: &str) -> Failure {
    Failure::usage(format!("a {kind} cannot be switched off or on")).next(instead.to_owned())
}
