//! `rollcall admin user`.

mod add;
mod change;
mod password;
mod remove;
mod switch;

use rollcall_client::admin::{Admin, User, UserFilter};

use super::show::{self, Shown, given, moment, yes};
use super::{HowToRemoveWithSessions, group, missing, refused};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::{Colour, clean};

/// What to do with people.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum UserCommand {
    /// List people
    List {
        /// Of this domain
        #[arg(long, value_name = "NAME")]
        domain: Option<String>,
        /// Who joined this project (its name or id)
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        /// In this status
        #[arg(long, value_parser = ["active", "inactive", "deleted", "before-verification"])]
        status: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a person
    Show {
        /// Their e-mail address
        email: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a person with a first keypair
    Add(add::AddArguments),
    /// Change a person
    Change(change::ChangeArguments),
    /// Switch an account off, and all its keypairs with it
    Disable(switch::DisableArguments),
    /// Switch an account on, also one that a sign-up made, and its keypairs with it
    Enable(switch::EnableArguments),
    /// Remove a person for good, with keypairs, memberships and finished sessions
    Remove {
        /// Their e-mail address
        email: String,
        #[command(flatten)]
        how: HowToRemoveWithSessions,
    },
}

/// Does it.
pub(super) async fn run(connection: &Connection, command: UserCommand) -> Result<(), Failure> {
    let admin = connection.client.admin();
    match command {
        UserCommand::List { domain, group, status, json } => {
            let group = match &group {
                Some(named) => Some(group::find(admin, named, domain.as_deref()).await?.id),
                None => None,
            };
            let filter = UserFilter { domain: domain.as_deref(), group, status: status.as_deref() };
            let mut users = admin.users(&filter).await.map_err(refused)?;
            show::maybe_cut(users.len(), "--domain, --group or --status");
            users.sort_by(|one, other| one.email.cmp(&other.email));
            show::list(&users, json)
        }
        UserCommand::Show { email, json } => show::one(&find(admin, &email).await?, json),
        UserCommand::Add(arguments) => add::add(connection, arguments).await,
        UserCommand::Change(arguments) => change::change(admin, arguments).await,
        UserCommand::Disable(arguments) => switch::disable(connection, arguments).await,
        UserCommand::Enable(arguments) => switch::enable(connection, arguments).await,
        UserCommand::Remove { email, how } => remove::remove(connection, &email, how).await,
    }
}

async fn find(admin: Admin<'_>, email: &str) -> Result<User, Failure> {
    admin.user(email).await.map_err(refused)?.ok_or_else(|| missing("user", email))
}

impl Shown for User {
    const HEADS: &'static [Head] = &[
        Head { id: "email", header: "E-MAIL" },
        Head { id: "full_name", header: "NAME" },
        Head { id: "role", header: "ROLE" },
        Head { id: "status", header: "STATUS" },
        Head { id: "domain", header: "DOMAIN" },
        Head { id: "project", header: "PROJECTS" },
    ];
    const NONE: &'static str = "No people meet that.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.email)),
            Cell::text(given(self.full_name.as_deref())),
            Cell::text(given(self.role.as_deref())),
            status(self),
            Cell::text(given(self.domain_name.as_deref())),
            Cell::text(projects(self)),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let why = given(self.status_info.as_deref());
        let status = status(self).text;
        vec![
            ("e-mail", clean(&self.email)),
            ("id", self.id.to_string()),
            ("username", given(self.username.as_deref())),
            ("name", given(self.full_name.as_deref())),
            ("role", given(self.role.as_deref())),
            ("status", if why == "-" { status } else { format!("{status} ({why})") }),
            ("domain", given(self.domain_name.as_deref())),
            ("projects", projects(self)),
            ("new password", yes(self.need_password_change)),
            ("description", given(self.description.as_deref())),
            ("made", moment(self.created_at)),
            ("changed", moment(self.modified_at)),
        ]
    }
}

fn status(user: &User) -> Cell {
    let colour = match user.status.as_deref() {
        Some("active") => Colour::Green,
        Some("before-verification") => Colour::Yellow,
        _ => Colour::Grey,
    };
    Cell { text: given(user.status.as_deref()), colour: Some(colour), to_the_right: false }
}

fn projects(user: &User) -> String {
    let mut names: Vec<String> = user.groups.iter().map(|group| group.name.clone()).collect();
    names.sort();
    show::names(&names)
}
