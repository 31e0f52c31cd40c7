//! `rollcall admin resource-group`.

mod change;

use rollcall_client::Error;
use rollcall_client::admin::{Admin, ResourceGroup, ResourceGroupChange, UsableBy, Why};
use serde_json::json;

use super::answer::{agreed, done, removed};
use super::show::{self, Shown, given, in_use, moment, options};
use super::{HowToRemove, group, missing, refused};
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;

/// What to do with resource groups.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ResourceGroupCommand {
    /// List resource groups
    List {
        #[command(flatten)]
        by: By,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a resource group
    Show {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a resource group
    Add(change::AddArguments),
    /// Change a resource group, or who may use it
    Change(change::ChangeArguments),
    /// Switch a resource group off: nothing waiting in it is started
    Disable {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Switch a resource group on
    Enable {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a resource group for good that has neither agents nor unfinished sessions
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        how: HowToRemove,
    },
}

/// Whom they are allowed to.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct By {
    /// Allowed to this domain
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Allowed to this project (its name or id)
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Allowed to this keypair
    #[arg(long, value_name = "KEY")]
    keypair: Option<String>,
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: ResourceGroupCommand) -> Result<(), Failure> {
    match command {
        ResourceGroupCommand::List { by, json } => {
            let by = match (&by.domain, &by.group, &by.keypair) {
                (Some(name), ..) => Some(UsableBy::Domain(name)),
                (_, Some(named), _) => Some(UsableBy::Group(group::find_anywhere(admin, named).await?.id)),
                (.., Some(key)) => Some(UsableBy::Keypair(key)),
                _ => None,
            };
            let mut groups = admin.resource_groups(by).await.map_err(refused)?;
            groups.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&groups, json)
        }
        ResourceGroupCommand::Show { name, json } => show::one(&find(admin, &name).await?, json),
        ResourceGroupCommand::Add(arguments) => change::add(admin, &arguments).await,
        ResourceGroupCommand::Change(arguments) => change::change(admin, &arguments).await,
        ResourceGroupCommand::Disable { name, json } => switch(admin, &name, false, json).await,
        ResourceGroupCommand::Enable { name, json } => switch(admin, &name, true, json).await,
        ResourceGroupCommand::Remove { name, how } => {
            find(admin, &name).await?;
            let shown = format!("resource group {}", clean(&name));
            if !agreed(how.yes, &shown)? {
                return Ok(());
            }
            admin.delete_resource_group(&name).await.map_err(|error| still_used(error, &name))?;
            removed(how.json, "resource group", &name, &format!("{shown} removed"), json!({}))
        }
    }
}

fn still_used(error: Error, name: &str) -> Failure {
    let needed = matches!(&error, Error::Refused { refusal, .. } if matches!(refusal.why(), Why::Needed { .. }));
    let failure = refused(error);
    if !needed {
        return failure;
    }
    failure.next(format!(
        "Nothing was done. Let no more sessions start in it: `rollcall admin resource-group disable {}`; remove it \
         when its sessions are over and its agents gone.",
        clean(name)
    ))
}

async fn find(admin: Admin<'_>, name: &str) -> Result<ResourceGroup, Failure> {
    admin.resource_group(name).await.map_err(refused)?.ok_or_else(|| missing("resource group", name))
}

async fn switch(admin: Admin<'_>, name: &str, on: bool, json: bool) -> Result<(), Failure> {
    find(admin, name).await?;
    let change = ResourceGroupChange { is_active: Some(on), ..ResourceGroupChange::default() };
    admin.change_resource_group(name, &change).await.map_err(refused)?;
    let word = if on { "enabled" } else { "disabled" };
    done(json, &format!("resource group {} {word}", clean(name)), find(admin, name)).await
}

impl Shown for ResourceGroup {
    const HEADS: &'static [Head] = &[
        Head { id: "name", header: "NAME" },
        Head { id: "status", header: "STATUS" },
        Head { id: "scheduler", header: "SCHEDULER" },
        Head { id: "agent", header: "DRIVER" },
        Head { id: "reason", header: "DESCRIPTION" },
    ];
    const NONE: &'static str = "No resource groups meet that.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.name)),
            in_use(self.is_active),
            Cell::text(given(self.scheduler.as_deref())),
            Cell::text(given(self.driver.as_deref())),
            Cell::text(given(self.description.as_deref())),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", clean(&self.name)),
            ("status", in_use(self.is_active).text),
            ("scheduler", given(self.scheduler.as_deref())),
            ("line", change::line_of(self)),
            ("", options(self.scheduler_opts.as_ref())),
            ("driver", given(self.driver.as_deref())),
            ("", options(self.driver_opts.as_ref())),
            ("proxy", given(self.wsproxy_addr.as_deref())),
            ("description", given(self.description.as_deref())),
            ("made", moment(self.created_at)),
        ]
    }
}
