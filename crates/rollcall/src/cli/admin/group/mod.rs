//! `rollcall admin group`.

mod members;
mod remove;

use std::fmt::Write as _;

use rollcall_client::admin::{Admin, Group, GroupChange, UserFilter};
use rollcall_model::ids::GroupId;
use serde::Serialize;

use super::answer::{done, nothing_typed};
use super::domain::checked;
use super::show::{self, Shown, given, in_use, moment, names, slots};
use super::values::SlotOptions;
use super::{HowToRemoveWithSessions, denied, missing, refused};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;

/// What to do with projects.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum GroupCommand {
    /// List projects
    List {
        /// Of this domain
        #[arg(long, value_name = "NAME")]
        domain: Option<String>,
        /// Those in use
        #[arg(long, conflicts_with = "disabled")]
        active: bool,
        /// Those not in use
        #[arg(long)]
        disabled: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a project
    Show {
        /// Its name, or its id
        group: String,
        /// In this domain, where several have one of that name
        #[arg(long, value_name = "NAME")]
        domain: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a project
    Add(AddArguments),
    /// Change a project, or who is in it
    Change(ChangeArguments),
    /// Switch a project off: no new sessions in it
    Disable(Switch),
    /// Switch a project on
    Enable(Switch),
    /// Remove a project for good, with memberships and finished sessions
    Remove {
        /// Its name, or its id
        group: String,
        /// In this domain, where several have one of that name
        #[arg(long, value_name = "NAME")]
        domain: Option<String>,
        #[command(flatten)]
        how: HowToRemoveWithSessions,
    },
}

/// Which project is switched.
#[derive(Debug, clap::Args)]
pub(crate) struct Switch {
    /// Its name, or its id
    group: String,
    /// In this domain, where several have one of that name
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `rollcall admin group add`.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArguments {
    /// Its name: letters, digits, `.`, `_` and `-`
    name: String,
    /// Domain; the profile's unless given
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Don't let it be used yet
    #[arg(long)]
    inactive: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `rollcall admin group change`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArguments {
    /// Its name, or its id
    group: String,
    /// In this domain, where several have one of that name
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Its name from now on
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its domain from now on (superadmins), once no session in it is active; members of another one leave
    #[arg(long, value_name = "NAME")]
    to_domain: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Let this person join (their e-mail address); may be given several times
    #[arg(long, value_name = "E-MAIL")]
    add_user: Vec<String>,
    /// Let this person leave (their e-mail address); may be given several times
    #[arg(long, value_name = "E-MAIL")]
    remove_user: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What can be said of a project.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A note for administrators
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    slots: SlotOptions,
    /// Host of folders; may be given several times, and replaces those of now
    #[arg(long, value_name = "HOST")]
    folder_host: Vec<String>,
    /// Its name in another system
    #[arg(long, value_name = "ID")]
    integration_id: Option<String>,
}

impl Options {
    fn change(&self, now: Option<&Group>) -> Result<GroupChange<'_>, Failure> {
        let now = now.and_then(|group| group.total_resource_slots.as_ref());
        Ok(GroupChange {
            description: self.description.as_deref(),
            total_resource_slots: self.slots.over(now)?,
            allowed_vfolder_hosts: (!self.folder_host.is_empty()).then_some(&self.folder_host),
            integration_id: self.integration_id.as_deref(),
            ..GroupChange::default()
        })
    }

    fn is_empty(&self) -> bool {
        self.description.is_none()
            && self.slots.is_empty()
            && self.folder_host.is_empty()
            && self.integration_id.is_none()
    }
}

/// Does it.
pub(super) async fn run(connection: &Connection, command: GroupCommand) -> Result<(), Failure> {
    let admin = connection.client.admin();
    match command {
        GroupCommand::List { domain, active, disabled, json } => {
            let is_active = (active || disabled).then_some(active);
            let mut groups = admin.groups(domain.as_deref(), is_active).await.map_err(refused)?;
            groups.sort_by(|one, other| (&one.domain_name, &one.name).cmp(&(&other.domain_name, &other.name)));
            show::list(&groups, json)
        }
        GroupCommand::Show { group, domain, json } => {
            let group = find(admin, &group, domain.as_deref()).await?;
            show::one(&WithPeople::of(admin, group).await?, json)
        }
        GroupCommand::Add(arguments) => add(connection, &arguments).await,
        GroupCommand::Change(arguments) => change(admin, &arguments).await,
        GroupCommand::Disable(which) => switch(admin, &which, false).await,
        GroupCommand::Enable(which) => switch(admin, &which, true).await,
        GroupCommand::Remove { group, domain, how } => {
            remove::remove(connection, &find(admin, &group, domain.as_deref()).await?, how).await
        }
    }
}

async fn add(connection: &Connection, arguments: &AddArguments) -> Result<(), Failure> {
    checked(&arguments.name)?;
    let admin = connection.client.admin();
    let domain = arguments.domain.as_deref().unwrap_or(&connection.profile.domain);
    let new = GroupChange {
        domain_name: Some(domain),
        is_active: Some(!arguments.inactive),
        ..arguments.options.change(None)?
    };
    let id = admin.create_group(&arguments.name, &new).await.map_err(refused)?;
    let sentence = format!("group {} added to domain {}", arguments.name, clean(domain));
    done(arguments.json, &sentence, find(admin, &id.to_string(), None)).await
}

async fn change(admin: Admin<'_>, arguments: &ChangeArguments) -> Result<(), Failure> {
    let ChangeArguments { name, to_domain, options, add_user, remove_user, .. } = arguments;
    let own = !options.is_empty() || name.is_some() || to_domain.is_some();
    if !own && add_user.is_empty() && remove_user.is_empty() {
        return Err(nothing_typed("group"));
    }
    name.as_deref().map_or(Ok(()), checked)?;
    let before = find(admin, &arguments.group, arguments.domain.as_deref()).await?;
    let wanted = members::find(admin, &before, add_user, remove_user).await?;
    let shown = format!("group {}", clean(&before.name));
    let mut done_so_far = Vec::new();
    if own {
        let change =
            GroupChange { name: name.as_deref(), domain_name: to_domain.as_deref(), ..options.change(Some(&before))? };
        admin.change_group(before.id, &change).await.map_err(refused)?;
        done_so_far.push(match to_domain {
            Some(domain) if before.domain_name.as_ref() != Some(domain) => {
                format!("{shown} changed; who is not of domain {} has left it", clean(domain))
            }
            _ => format!("{shown} changed"),
        });
    }
    members::change(admin, &before, &wanted, &mut done_so_far).await?;
    done(arguments.json, &done_so_far.join("\n"), find(admin, &before.id.to_string(), None)).await
}

async fn switch(admin: Admin<'_>, which: &Switch, on: bool) -> Result<(), Failure> {
    let group = find(admin, &which.group, which.domain.as_deref()).await?;
    let change = GroupChange { is_active: Some(on), ..GroupChange::default() };
    admin.change_group(group.id, &change).await.map_err(refused)?;
    let word = if on { "enabled" } else { "disabled" };
    let sentence = format!("group {} {word}", clean(&group.name));
    done(which.json, &sentence, find(admin, &group.id.to_string(), None)).await
}

/// The project that a name or an id means, among those of a domain where one is named. For commands that have
/// `--domain`.
pub(super) async fn find(admin: Admin<'_>, named: &str, domain: Option<&str>) -> Result<Group, Failure> {
    search(admin, named, domain, "Name its domain with --domain, or give its id:").await
}

/// The same for commands in which no domain can be named.
pub(super) async fn find_anywhere(admin: Admin<'_>, named: &str) -> Result<Group, Failure> {
    search(admin, named, None, "Give its id in place of its name:").await
}

async fn search(admin: Admin<'_>, named: &str, domain: Option<&str>, advice: &str) -> Result<Group, Failure> {
    if let Ok(id) = named.parse() {
        return admin.group(GroupId(id)).await.map_err(refused)?.ok_or_else(|| missing("group", named));
    }
    let mut found = admin.groups_by_name(named, domain).await.map_err(refused)?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            Err(several(named, &found, advice))
        }
        (None, _) => Err(missing("group", named)),
    }
}

fn several(named: &str, found: &[Group], advice: &str) -> Failure {
    let mut next = advice.to_owned();
    for group in found {
        let _ = write!(next, "\n  {}  in {}", group.id, given(group.domain_name.as_deref()));
    }
    Failure::new(format!("`{}` is the name of {} groups", clean(named), found.len())).next(next)
}

/// A project, and who is in it where the caller may know.
#[derive(Debug, Serialize)]
struct WithPeople {
    #[serde(flatten)]
    group: Group,
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<Vec<String>>,
}

impl WithPeople {
    async fn of(admin: Admin<'_>, group: Group) -> Result<Self, Failure> {
        let filter = UserFilter { group: Some(group.id), ..UserFilter::default() };
        let people = match admin.users(&filter).await {
            Ok(users) => Some(users.into_iter().map(|user| user.email).collect()),
            Err(error) if denied(&error) => None,
            Err(error) => return Err(refused(error)),
        };
        Ok(Self { group, people })
    }
}

impl Shown for WithPeople {
    const HEADS: &'static [Head] = Group::HEADS;
    const NONE: &'static str = Group::NONE;

    fn cells(&self) -> Vec<Cell> {
        self.group.cells()
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = self.group.lines();
        lines.extend(self.people.as_ref().map(|people| ("people", names(people))));
        lines
    }
}

impl Shown for Group {
    const HEADS: &'static [Head] = &[
        Head { id: "name", header: "NAME" },
        Head { id: "domain", header: "DOMAIN" },
        Head { id: "status", header: "STATUS" },
        Head { id: "mem", header: "LIMIT" },
        Head { id: "group", header: "RESOURCE GROUPS" },
        Head { id: "id", header: "ID" },
    ];
    const NONE: &'static str = "No groups meet that.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.name)),
            Cell::text(given(self.domain_name.as_deref())),
            in_use(self.is_active),
            Cell::text(slots(self.total_resource_slots.as_ref())),
            Cell::text(names(&self.scaling_groups)),
            Cell::text(self.id.to_string()),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", clean(&self.name)),
            ("id", self.id.to_string()),
            ("domain", given(self.domain_name.as_deref())),
            ("status", in_use(self.is_active).text),
            ("limit", slots(self.total_resource_slots.as_ref())),
            ("resource groups", names(&self.scaling_groups)),
            ("folder hosts", names(&self.allowed_vfolder_hosts)),
            ("integration id", given(self.integration_id.as_deref())),
            ("description", given(self.description.as_deref())),
            ("made", moment(self.created_at)),
            ("changed", moment(self.modified_at)),
        ]
    }
}
