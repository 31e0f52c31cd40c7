//! `rollcall admin`: people, keys, projects, domains, policies, presets and resource groups.

mod domain;
mod group;
mod keypair;
mod policy;
mod preset;
mod resource_group;
mod show;
mod user;

use rollcall_client::Error;

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

/// Does it.
pub(super) async fn admin(profile: Option<&str>, command: AdminCommand) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let admin = client.admin();
    match command {
        AdminCommand::User(command) => user::run(admin, command).await,
        AdminCommand::Keypair(command) => keypair::run(admin, command).await,
        AdminCommand::Group(command) => group::run(admin, command).await,
        AdminCommand::Domain(command) => domain::run(admin, command).await,
        AdminCommand::Policy(command) => policy::run(admin, command).await,
        AdminCommand::Preset(command) => preset::run(admin, command).await,
        AdminCommand::ResourceGroup(command) => resource_group::run(admin, command).await,
    }
}

/// A refusal, with who may do this: the server's words are for programs.
fn refused(error: Error) -> Failure {
    let told = error.to_string();
    let failure = Failure::from(error);
    if ["Forbidden operation", "Insufficient privilege", "superadmin privilege"].iter().any(|word| told.contains(word))
    {
        failure
            .next("This key may not see that. Sign in as a superadmin (`rollcall login`), or name another --profile.")
    } else {
        failure
    }
}

/// Nothing visible has that name.
fn missing(kind: &str, name: &str) -> Failure {
    Failure::new(format!("no {kind} `{}`", super::text::clean(name)))
        .next(format!("`rollcall admin {} list` shows those you may see.", kind.replace(' ', "-")))
}
