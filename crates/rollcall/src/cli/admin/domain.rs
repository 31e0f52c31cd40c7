//! `rollcall admin domain`.

use rollcall_client::admin::{Admin, Domain, DomainChange, UserFilter};
use rollcall_model::naming;
use rollcall_model::role::Role;
use serde_json::json;

use super::answer::{agreed, counted, done, listed, nothing_typed, removed};
use super::holdings::{self, Whose};
use super::show::{self, Shown, given, in_use, moment, names, slots};
use super::values::SlotOptions;
use super::{HowToRemoveWithSessions, missing, refused};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;
use crate::out;

/// What to do with domains.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum DomainCommand {
    /// List domains
    List {
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
    /// Show everything about a domain
    Show {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a domain
    Add {
        /// Its name: letters, digits, `.`, `_` and `-`
        name: String,
        #[command(flatten)]
        options: Options,
        /// Don't let it be used yet
        #[arg(long)]
        inactive: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change a domain
    Change {
        /// Its name
        name: String,
        /// Its name from now on
        #[arg(long = "name", value_name = "NAME", id = "new-name")]
        new_name: Option<String>,
        #[command(flatten)]
        options: Options,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Switch a domain off: its people can do nothing from the next request on
    Disable {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Switch a domain on
    Enable {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a domain for good that has neither people nor projects, with its finished sessions
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        how: HowToRemoveWithSessions,
    },
}

/// What can be said of a domain.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A note for administrators
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    slots: SlotOptions,
    /// Registry whose images may be used; may be given several times, and replaces those of now
    #[arg(long, value_name = "REGISTRY")]
    registry: Vec<String>,
    /// Host of folders; may be given several times, and replaces those of now
    #[arg(long, value_name = "HOST")]
    folder_host: Vec<String>,
    /// Its name in another system
    #[arg(long, value_name = "ID")]
    integration_id: Option<String>,
}

impl Options {
    fn change(&self, now: Option<&Domain>) -> Result<DomainChange<'_>, Failure> {
        let now = now.and_then(|domain| domain.total_resource_slots.as_ref());
        let list = |given: &'_ Vec<String>| !given.is_empty();
        Ok(DomainChange {
            name: None,
            description: self.description.as_deref(),
            is_active: None,
            total_resource_slots: self.slots.over(now)?,
            allowed_vfolder_hosts: list(&self.folder_host).then_some(&self.folder_host),
            allowed_docker_registries: list(&self.registry).then_some(&self.registry),
            integration_id: self.integration_id.as_deref(),
        })
    }

    fn is_empty(&self) -> bool {
        self.description.is_none()
            && self.slots.is_empty()
            && self.registry.is_empty()
            && self.folder_host.is_empty()
            && self.integration_id.is_none()
    }
}

/// Does it.
pub(super) async fn run(connection: &Connection, command: DomainCommand) -> Result<(), Failure> {
    let admin = connection.client.admin();
    match command {
        DomainCommand::List { active, disabled, json } => {
            let is_active = (active || disabled).then_some(active);
            let mut domains = admin.domains(is_active).await.map_err(refused)?;
            domains.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&domains, json)
        }
        DomainCommand::Show { name, json } => show::one(&find(admin, &name).await?, json),
        DomainCommand::Add { name, options, inactive, json } => {
            checked(&name)?;
            let new = DomainChange { is_active: Some(!inactive), ..options.change(None)? };
            admin.create_domain(&name, &new).await.map_err(refused)?;
            done(json, &format!("domain {name} added"), find(admin, &name)).await?;
            next_steps(&name, &options);
            Ok(())
        }
        DomainCommand::Change { name, new_name, options, json } => {
            if options.is_empty() && new_name.is_none() {
                return Err(nothing_typed("domain"));
            }
            new_name.as_deref().map_or(Ok(()), checked)?;
            let before = find(admin, &name).await?;
            let change = DomainChange { name: new_name.as_deref(), ..options.change(Some(&before))? };
            admin.change_domain(&name, &change).await.map_err(refused)?;
            let now = new_name.as_deref().unwrap_or(&name);
            done(json, &format!("domain {} changed", clean(&name)), find(admin, now)).await
        }
        DomainCommand::Disable { name, json } => switch(admin, &name, false, json).await,
        DomainCommand::Enable { name, json } => switch(admin, &name, true, json).await,
        DomainCommand::Remove { name, how } => remove(connection, &name, how).await,
    }
}

/// A name that a domain or a project can have.
pub(super) fn checked(name: &str) -> Result<(), Failure> {
    naming::slug(name).map_err(|_| {
        Failure::usage(format!("`{}` is no name for a domain or a group", clean(name))).next(
            "Nothing was done. Give up to 64 letters, digits, `.`, `_` and `-`, with a letter or digit at both ends.",
        )
    })
}

/// What a new domain lacks before sessions can be started in it.
fn next_steps(name: &str, options: &Options) {
    let mut lacks = vec![
        format!("a resource group: `rollcall admin resource-group change NAME --allow-domain {name}`"),
        format!("a project: `rollcall admin group add NAME --domain {name}`"),
        format!("people: `rollcall admin user add E-MAIL --domain {name} --project NAME`"),
    ];
    if options.registry.is_empty() {
        lacks.insert(0, format!("a registry: `rollcall admin domain change {name} --registry NAME`"));
    }
    out::note(format_args!("Sessions also need\n  {}", lacks.join("\n  ")));
}

/// The domain of a name.
pub(super) async fn find(admin: Admin<'_>, name: &str) -> Result<Domain, Failure> {
    let found = admin.domain(name).await.or_else(|error| match error {
        // Servers call a domain that is not there, or not the caller's, an unknown path.
        error if error.to_string().contains("no such domain") => Ok(None),
        error => Err(refused(error)),
    })?;
    found.ok_or_else(|| missing("domain", name))
}

async fn switch(admin: Admin<'_>, name: &str, on: bool, json: bool) -> Result<(), Failure> {
    find(admin, name).await?;
    let change = DomainChange { is_active: Some(on), ..DomainChange::default() };
    admin.change_domain(name, &change).await.map_err(refused)?;
    let word = if on { "enabled" } else { "disabled" };
    done(json, &format!("domain {} {word}", clean(name)), find(admin, name)).await
}

/// People, projects and sessions are decided about before anything is done.
async fn remove(connection: &Connection, name: &str, how: HowToRemoveWithSessions) -> Result<(), Failure> {
    holdings::may_remove(connection, &[Role::Superadmin], how.end_sessions).await?;
    let (client, admin) = (&connection.client, connection.client.admin());
    find(admin, name).await?;
    let shown = format!("domain {}", clean(name));
    empty(admin, name, &shown).await?;
    let holdings = holdings::look(client, &Whose::Domain(name)).await?;
    for (at, line) in holdings.lines().iter().enumerate() {
        out::note(if at == 0 { format!("With {shown} would go\n  {line}") } else { format!("  {line}") });
    }
    holdings.decided(&shown, how.end_sessions)?;
    if !agreed(how.yes, &shown)? {
        return Ok(());
    }
    let undone = format!("{shown} is not removed");
    let ended = holdings.end(client, &undone).await?;
    if let Err(error) = admin.purge_domain(name).await {
        return Err(refused(error).midway(&ended, &[undone]));
    }
    let finished = holdings.finished + holdings.active.len() as u64;
    let sentence = format!("{shown} removed, with {}", counted(finished, "finished session"));
    let more = json!({"ended_sessions": holdings.ended_json(), "finished_sessions": finished});
    removed(how.json, "domain", name, &sentence, more)
}

/// A domain goes after its people and projects.
async fn empty(admin: Admin<'_>, name: &str, shown: &str) -> Result<(), Failure> {
    let filter = UserFilter { domain: Some(name), ..UserFilter::default() };
    let people = admin.users(&filter).await.map_err(refused)?;
    let groups = admin.groups(Some(name), None).await.map_err(refused)?;
    if people.is_empty() && groups.is_empty() {
        return Ok(());
    }
    let mut has = Vec::new();
    if !people.is_empty() {
        has.push(format!("people: {}", listed(people.iter().map(|user| user.email.as_str()))));
    }
    if !groups.is_empty() {
        has.push(format!("groups: {}", listed(groups.iter().map(|group| group.name.as_str()))));
    }
    Err(Failure::new(format!("{shown} still has {}", has.join("; "))).next(
        "Nothing was done. Remove or move them first: `rollcall admin user remove`, `rollcall admin group remove`, \
         `… change --domain`. To shut it at once: `rollcall admin domain disable`.",
    ))
}

impl Shown for Domain {
    const HEADS: &'static [Head] = &[
        Head { id: "name", header: "NAME" },
        Head { id: "status", header: "STATUS" },
        Head { id: "mem", header: "LIMIT" },
        Head { id: "group", header: "RESOURCE GROUPS" },
        Head { id: "agent", header: "REGISTRIES" },
    ];
    const NONE: &'static str = "No domains meet that.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.name)),
            in_use(self.is_active),
            Cell::text(slots(self.total_resource_slots.as_ref())),
            Cell::text(names(&self.scaling_groups)),
            Cell::text(names(&self.allowed_docker_registries)),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", clean(&self.name)),
            ("status", in_use(self.is_active).text),
            ("limit", slots(self.total_resource_slots.as_ref())),
            ("resource groups", names(&self.scaling_groups)),
            ("registries", names(&self.allowed_docker_registries)),
            ("folder hosts", names(&self.allowed_vfolder_hosts)),
            ("integration id", given(self.integration_id.as_deref())),
            ("description", given(self.description.as_deref())),
            ("made", moment(self.created_at)),
            ("changed", moment(self.modified_at)),
        ]
    }
}
