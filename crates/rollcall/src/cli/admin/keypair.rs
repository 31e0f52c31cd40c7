//! `rollcall admin keypair`.

use rollcall_client::admin::{Admin, Keypair, KeypairFilter};

use super::show::{self, Shown, given, in_use, moment, number, yes};
use super::{missing, refused};
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;

/// What to do with keypairs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeypairCommand {
    /// List keypairs
    List {
        /// Of this person
        #[arg(long, value_name = "E-MAIL")]
        user: Option<String>,
        /// Of this domain
        #[arg(long, value_name = "NAME")]
        domain: Option<String>,
        /// Those that may sign
        #[arg(long, conflicts_with = "disabled")]
        active: bool,
        /// Those that may not sign
        #[arg(long)]
        disabled: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a keypair but its secret half
    Show {
        /// The access key
        access_key: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: KeypairCommand) -> Result<(), Failure> {
    match command {
        KeypairCommand::List { user, domain, active, disabled, json } => {
            let is_active = (active || disabled).then_some(active);
            let filter = KeypairFilter { domain: domain.as_deref(), email: user.as_deref(), is_active };
            let mut keypairs = admin.keypairs(&filter).await.map_err(refused)?;
            show::maybe_cut(keypairs.len(), "--user or --domain");
            keypairs.sort_by(|one, other| (&one.email, &one.access_key).cmp(&(&other.email, &other.access_key)));
            show::list(&keypairs, json)
        }
        KeypairCommand::Show { access_key, json } => {
            let found = admin.keypair(&access_key).await.map_err(refused)?;
            show::one(&found.ok_or_else(|| missing("keypair", &access_key))?, json)
        }
    }
}

impl Shown for Keypair {
    const HEADS: &'static [Head] = &[
        Head { id: "access_key", header: "ACCESS KEY" },
        Head { id: "owner", header: "OWNER" },
        Head { id: "status", header: "STATUS" },
        Head { id: "admin", header: "ADMIN" },
        Head { id: "policy", header: "POLICY" },
        Head { id: "size", header: "SESSIONS" },
        Head { id: "usage", header: "REQUESTS/15 MIN" },
    ];
    const NONE: &'static str = "No keypairs meet that.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.access_key)),
            Cell::text(clean(&self.email)),
            in_use(self.is_active),
            Cell::text(yes(self.is_admin)),
            Cell::text(given(self.resource_policy.as_deref())),
            Cell::number(number(self.concurrency_used)),
            Cell::number(number(self.rate_limit)),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("access key", clean(&self.access_key)),
            ("owner", clean(&self.email)),
            ("status", in_use(self.is_active).text),
            ("admin", yes(self.is_admin)),
            ("policy", given(self.resource_policy.as_deref())),
            ("sessions", number(self.concurrency_used)),
            ("rate limit", format!("{} requests in 15 minutes", number(self.rate_limit))),
            ("requests", number(self.num_queries)),
            ("made", moment(self.created_at)),
            ("used last", moment(self.last_used)),
        ]
    }
}
