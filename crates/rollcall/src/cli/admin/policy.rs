//! `rollcall admin policy`.

use rollcall_client::Error;
use rollcall_client::admin::{Admin, KeypairFilter, Policy, PolicyChange, Why};
use serde_json::json;

use super::answer::{agreed, done, listed, nothing_typed, removed};
use super::show::{self, Shown, bytes, given, moment, names, number, slots};
use super::values::{self, SlotOptions};
use super::{HowToRemove, missing, no_switch, refused};
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
    /// Add a policy; what is not given is 30 sessions of one kernel, ten folders, and no other limit
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        limits: Limits,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change a policy; it holds for the sessions of its keypairs from then on
    Change {
        /// Its name
        name: String,
        #[command(flatten)]
        limits: Limits,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Policies have no switch; tells what to do instead
    #[command(hide = true)]
    Disable {
        /// Its name
        name: String,
    },
    /// Policies have no switch; tells what to do instead
    #[command(hide = true)]
    Enable {
        /// Its name
        name: String,
    },
    /// Remove a policy for good that no keypair has
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        how: HowToRemove,
    },
}

/// What a policy can limit.
#[derive(Debug, clap::Args)]
pub(crate) struct Limits {
    /// The most sessions at the same time
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(0..))]
    sessions: Option<i32>,
    /// The most kernels of a session
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(0..))]
    kernels: Option<i32>,
    #[command(flatten)]
    slots: SlotOptions,
    /// What holds for slots that are not named: none of them, or as many as there are
    #[arg(long, value_name = "HOW", value_parser = ["limited", "unlimited"])]
    other_slots: Option<String>,
    /// End a session that is idle for so long: 90s, 30m, 2h, 1d, `never`, or `default` (the server's)
    #[arg(long, value_name = "TIME", value_parser = values::idle_timeout, allow_hyphen_values = true)]
    idle_timeout: Option<i64>,
    /// End a session that runs for so long: 2h, 7d, or `never`
    #[arg(long, value_name = "TIME", value_parser = values::time_limit)]
    max_lifetime: Option<i64>,
    /// How far owners may push that end out, in all: 2h, 7d; 0 is not at all
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    max_extension: Option<i64>,
    /// The most folders; 0 is no limit
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(0..))]
    folders: Option<i32>,
    /// The largest size of a folder: 10g, or `unlimited`
    #[arg(long, value_name = "SIZE", value_parser = values::size_limit)]
    folder_size: Option<i64>,
    /// Host of folders; may be given several times, and replaces those of now
    #[arg(long, value_name = "HOST")]
    folder_host: Vec<String>,
}

impl Limits {
    fn change(&self, now: Option<&Policy>) -> Result<PolicyChange<'_>, Failure> {
        Ok(PolicyChange {
            default_for_unspecified: self.other_slots.as_deref().map(|word| match word {
                "limited" => "LIMITED",
                _ => "UNLIMITED",
            }),
            total_resource_slots: self.slots.over(now.and_then(|policy| policy.total_resource_slots.as_ref()))?,
            max_concurrent_sessions: self.sessions,
            max_containers_per_session: self.kernels,
            idle_timeout: self.idle_timeout,
            max_vfolder_count: self.folders,
            max_vfolder_size: self.folder_size,
            allowed_vfolder_hosts: (!self.folder_host.is_empty()).then_some(&self.folder_host),
            max_session_lifetime: self.max_lifetime,
            max_extension: self.max_extension,
        })
    }

    fn is_empty(&self) -> bool {
        let counts = [self.sessions, self.kernels, self.folders];
        let amounts = [self.idle_timeout, self.max_lifetime, self.max_extension, self.folder_size];
        counts.iter().all(|count| count.is_none())
            && amounts.iter().all(|amount| amount.is_none())
            && self.slots.is_empty()
            && self.other_slots.is_none()
            && self.folder_host.is_empty()
    }
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: PolicyCommand) -> Result<(), Failure> {
    match command {
        PolicyCommand::List { json } => {
            let mut policies = admin.policies().await.map_err(refused)?;
            policies.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&policies, json)
        }
        PolicyCommand::Show { name, json } => show::one(&find(admin, &name).await?, json),
        PolicyCommand::Add { name, limits, json } => {
            admin.create_policy(&name, limits.change(None)?).await.map_err(refused)?;
            done(json, &format!("policy {} added", clean(&name)), find(admin, &name)).await
        }
        PolicyCommand::Change { name, limits, json } => {
            if limits.is_empty() {
                return Err(nothing_typed("policy"));
            }
            let before = find(admin, &name).await?;
            admin.change_policy(&name, &limits.change(Some(&before))?).await.map_err(refused)?;
            done(json, &format!("policy {} changed", clean(&name)), find(admin, &name)).await
        }
        PolicyCommand::Disable { name } | PolicyCommand::Enable { name } => Err(no_switch(
            "policy",
            &format!(
                "It holds for every keypair that has it. Give those another one (`rollcall admin keypair change KEY \
                 --policy NAME`), let it allow no sessions (`rollcall admin policy change {} --sessions 0`), or \
                 remove it.",
                clean(&name)
            ),
        )),
        PolicyCommand::Remove { name, how } => remove(admin, &name, how).await,
    }
}

async fn find(admin: Admin<'_>, name: &str) -> Result<Policy, Failure> {
    admin.policy(name).await.map_err(refused)?.ok_or_else(|| missing("policy", name))
}

async fn remove(admin: Admin<'_>, name: &str, how: HowToRemove) -> Result<(), Failure> {
    find(admin, name).await?;
    let shown = format!("policy {}", clean(name));
    if !agreed(how.yes, &shown)? {
        return Ok(());
    }
    if let Err(error) = admin.delete_policy(name).await {
        let held = matches!(&error, Error::Refused { refusal, .. } if matches!(refusal.why(), Why::Needed { .. }));
        let failure = refused(error);
        return Err(if held { failure.next(holders(admin, name).await) } else { failure });
    }
    removed(how.json, "policy", name, &format!("{shown} removed"), json!({}))
}

/// Who has it, and how they get another one.
async fn holders(admin: Admin<'_>, name: &str) -> String {
    let keypairs = admin.keypairs(&KeypairFilter::default()).await.unwrap_or_default();
    let holding = keypairs.iter().filter(|keypair| keypair.resource_policy.as_deref() == Some(name));
    let holding: Vec<&str> = holding.map(|keypair| keypair.access_key.as_str()).take(20).collect();
    format!(
        "Nothing was done. Give its keypairs another one first (`rollcall admin keypair change KEY --policy NAME`): {}.",
        if holding.is_empty() { "see `rollcall admin keypair list`".to_owned() } else { listed(holding) }
    )
}

impl Shown for Policy {
    const HEADS: &'static [Head] = &[
        Head { id: "name", header: "NAME" },
        Head { id: "sessions", header: "SESSIONS" },
        Head { id: "size", header: "KERNELS" },
        Head { id: "idle", header: "IDLE END" },
        Head { id: "lifetime", header: "LIFETIME" },
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
            Cell::number(limit(self.max_session_lifetime)),
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
            ("lifetime", limit(self.max_session_lifetime)),
            ("extension", self.max_extension.map_or_else(|| "-".to_owned(), extension)),
            ("limit", slots(self.total_resource_slots.as_ref())),
            ("other slots", others(self)),
            ("folders", folders(self)),
            ("folder hosts", names(&self.allowed_vfolder_hosts)),
            ("made", moment(self.created_at)),
        ]
    }
}

fn idle_end(seconds: Option<i64>) -> String {
    match seconds {
        Some(..0) => "default".to_owned(),
        seconds => limit(seconds),
    }
}

fn limit(seconds: Option<i64>) -> String {
    match seconds {
        None => "-".to_owned(),
        Some(0) => "never".to_owned(),
        Some(seconds) => values::told(seconds),
    }
}

fn extension(seconds: i64) -> String {
    if seconds == 0 { "none".to_owned() } else { format!("{} in all", values::told(seconds)) }
}

/// How many folders, and how large; zero is no limit.
fn folders(policy: &Policy) -> String {
    let count = match policy.max_vfolder_count {
        Some(0) => "any number".to_owned(),
        count => number(count),
    };
    match policy.max_vfolder_size {
        Some(0) => format!("{count} of any size"),
        size => format!("{count} of {} each", bytes(size)),
    }
}

/// What holds for slots that the limit does not name.
fn others(policy: &Policy) -> String {
    given(policy.default_for_unspecified.as_deref()).to_lowercase()
}
