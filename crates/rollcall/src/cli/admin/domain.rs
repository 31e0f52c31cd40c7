//! `rollcall admin domain`.

use rollcall_client::admin::{Admin, Domain};

use super::show::{self, Shown, given, in_use, moment, names, slots};
use super::{missing, refused};
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;

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
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: DomainCommand) -> Result<(), Failure> {
    match command {
        DomainCommand::List { active, disabled, json } => {
            let is_active = (active || disabled).then_some(active);
            let mut domains = admin.domains(is_active).await.map_err(refused)?;
            domains.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&domains, json)
        }
        DomainCommand::Show { name, json } => {
            let found = admin.domain(&name).await.or_else(|error| match error {
                // Servers call a domain that is not there, or not the caller's, an unknown path.
                error if error.to_string().contains("no such domain") => Ok(None),
                error => Err(refused(error)),
            })?;
            show::one(&found.ok_or_else(|| missing("domain", &name))?, json)
        }
    }
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
