//! `rollcall admin resource-group`.

use rollcall_client::admin::{Admin, ResourceGroup, UsableBy};

use super::show::{self, Shown, given, in_use, moment, options};
use super::{group, missing, refused};
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
                (_, Some(named), _) => Some(UsableBy::Group(group::find(admin, named, None).await?.id)),
                (.., Some(key)) => Some(UsableBy::Keypair(key)),
                _ => None,
            };
            let mut groups = admin.resource_groups(by).await.map_err(refused)?;
            groups.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&groups, json)
        }
        ResourceGroupCommand::Show { name, json } => {
            let found = admin.resource_group(&name).await.map_err(refused)?;
            show::one(&found.ok_or_else(|| missing("resource group", &name))?, json)
        }
    }
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
            ("", options(self.scheduler_opts.as_ref())),
            ("driver", given(self.driver.as_deref())),
            ("", options(self.driver_opts.as_ref())),
            ("proxy", given(self.wsproxy_addr.as_deref())),
            ("description", given(self.description.as_deref())),
            ("made", moment(self.created_at)),
        ]
    }
}
