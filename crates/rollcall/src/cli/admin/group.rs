//! `rollcall admin group`.

use std::fmt::Write as _;

use rollcall_client::admin::{Admin, Group};
use rollcall_model::ids::GroupId;

use super::show::{self, Shown, given, in_use, moment, names, slots};
use super::{missing, refused};
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
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: GroupCommand) -> Result<(), Failure> {
    match command {
        GroupCommand::List { domain, active, disabled, json } => {
            let is_active = (active || disabled).then_some(active);
            let mut groups = admin.groups(domain.as_deref(), is_active).await.map_err(refused)?;
            groups.sort_by(|one, other| (&one.domain_name, &one.name).cmp(&(&other.domain_name, &other.name)));
            show::list(&groups, json)
        }
        GroupCommand::Show { group, domain, json } => show::one(&find(admin, &group, domain.as_deref()).await?, json),
    }
}

/// The project that a name or an id means.
pub(super) async fn find(admin: Admin<'_>, named: &str, domain: Option<&str>) -> Result<Group, Failure> {
    if let Ok(id) = named.parse() {
        return admin.group(GroupId(id)).await.map_err(refused)?.ok_or_else(|| missing("group", named));
    }
    let mut found = admin.groups_by_name(named, domain).await.map_err(refused)?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            Err(several(named, &found))
        }
        (None, _) => Err(missing("group", named)),
    }
}

fn several(named: &str, found: &[Group]) -> Failure {
    let mut next = "Name its domain with --domain, or give its id:".to_owned();
    for group in found {
        let _ = write!(next, "\n  {}  in {}", group.id, given(group.domain_name.as_deref()));
    }
    Failure::new(format!("`{}` is the name of {} groups", clean(named), found.len())).next(next)
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
