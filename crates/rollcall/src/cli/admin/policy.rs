//! `rollcall admin policy`.

use rollcall_client::admin::{Admin, Policy};

use super::show::{self, Shown, bytes, given, moment, names, number, slots};
use super::{missing, refused};
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;

/// What to do with policies.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyCommand {
    /// List policies
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a policy
    Show {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: PolicyCommand) -> Result<(), Failure> {
    match command {
        PolicyCommand::List { json } => {
            let mut policies = admin.policies().await.map_err(refused)?;
            policies.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&policies, json)
        }
        PolicyCommand::Show { name, json } => {
            let found = admin.policy(&name).await.map_err(refused)?;
            show::one(&found.ok_or_else(|| missing("policy", &name))?, json)
        }
    }
}

impl Shown for Policy {
    const HEADS: &'static [Head] = &[
        Head { id: "name", header: "NAME" },
        Head { id: "sessions", header: "SESSIONS" },
        Head { id: "size", header: "KERNELS" },
        Head { id: "idle", header: "IDLE END" },
        Head { id: "slots", header: "LIMIT" },
        Head { id: "usage", header: "OTHER SLOTS" },
    ];
    const NONE: &'static str = "No policies that you may see.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.name)),
            Cell::number(number(self.max_concurrent_sessions)),
            Cell::number(number(self.max_containers_per_session)),
            Cell::number(idle_end(self.idle_timeout)),
            Cell::text(slots(self.total_resource_slots.as_ref())),
            Cell::text(others(self)),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", clean(&self.name)),
            ("sessions", format!("{} at the same time", number(self.max_concurrent_sessions))),
            ("kernels", format!("{} in a session", number(self.max_containers_per_session))),
            ("idle end", idle_end(self.idle_timeout)),
            ("limit", slots(self.total_resource_slots.as_ref())),
            ("other slots", others(self)),
            ("folders", format!("{} of {} each", number(self.max_vfolder_count), bytes(self.max_vfolder_size))),
            ("folder hosts", names(&self.allowed_vfolder_hosts)),
            ("made", moment(self.created_at)),
        ]
    }
}

fn idle_end(seconds: Option<i64>) -> String {
    match seconds {
        None => "-".to_owned(),
        Some(0) => "never".to_owned(),
        Some(seconds) => format!("{seconds} s"),
    }
}

/// What holds for slots that the limit does not name.
fn others(policy: &Policy) -> String {
    given(policy.default_for_unspecified.as_deref()).to_lowercase()
}
