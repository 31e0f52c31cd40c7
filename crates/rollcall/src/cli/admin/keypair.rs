//! `rollcall admin keypair`.

use rollcall_client::Error;
use rollcall_client::admin::{Admin, Keypair, KeypairChange, KeypairFilter, USUAL_RATE_LIMIT, Why};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::answer::{agreed, done, nothing_typed, removed};
use super::show::{self, Shown, given, in_use, moment, number, yes};
use super::{HowToRemove, missing, refused};
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;
use crate::out;

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
    /// Add a keypair to a person, and show its secret half once
    Add {
        /// Whose: their e-mail address
        email: String,
        #[command(flatten)]
        limits: Limits,
        /// With administrative rights, where the person's role has them
        #[arg(long)]
        admin: bool,
        /// Don't let it sign yet
        #[arg(long)]
        inactive: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change a keypair
    Change {
        /// The access key
        access_key: String,
        #[command(flatten)]
        limits: Limits,
        /// Administrative rights, where the person's role has them
        #[arg(long, value_name = "YES", value_parser = ["yes", "no"])]
        admin: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a keypair sign no more
    Disable {
        /// The access key
        access_key: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a keypair sign again
    Enable {
        /// The access key
        access_key: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a keypair for good, if it never had a session
    Remove {
        /// The access key
        access_key: String,
        #[command(flatten)]
        how: HowToRemove,
    },
}

/// What limits a keypair.
#[derive(Debug, clap::Args)]
pub(crate) struct Limits {
    /// Resource policy; a new one has `default` unless given
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// Requests in 15 minutes; a new one has 10000 unless given
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    rate_limit: Option<u32>,
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
        KeypairCommand::Show { access_key, json } => show::one(&find(admin, &access_key).await?, json),
        KeypairCommand::Add { email, limits, admin: flag, inactive, json } => {
            let new = KeypairChange {
                is_active: Some(!inactive),
                is_admin: Some(flag),
                resource_policy: Some(limits.policy.as_deref().unwrap_or("default")),
                rate_limit: Some(limits.rate_limit.unwrap_or(USUAL_RATE_LIMIT)),
            };
            add(admin, &email, &new, json).await
        }
        KeypairCommand::Change { access_key, limits, admin: flag, json } => {
            let change = KeypairChange {
                is_active: None,
                is_admin: flag.map(|word| word == "yes"),
                resource_policy: limits.policy.as_deref(),
                rate_limit: limits.rate_limit,
            };
            if change.is_admin.is_none() && change.resource_policy.is_none() && change.rate_limit.is_none() {
                return Err(nothing_typed("keypair"));
            }
            change_it(admin, &access_key, &change, "changed", json).await
        }
        KeypairCommand::Disable { access_key, json } => {
            let off = KeypairChange { is_active: Some(false), ..KeypairChange::default() };
            change_it(admin, &access_key, &off, "disabled", json).await
        }
        KeypairCommand::Enable { access_key, json } => {
            let on = KeypairChange { is_active: Some(true), ..KeypairChange::default() };
            change_it(admin, &access_key, &on, "enabled", json).await
        }
        KeypairCommand::Remove { access_key, how } => remove(admin, &access_key, how).await,
    }
}

/// The keypair of an access key.
pub(super) async fn find(admin: Admin<'_>, access_key: &str) -> Result<Keypair, Failure> {
    admin.keypair(access_key).await.map_err(refused)?.ok_or_else(|| missing("keypair", access_key))
}

async fn add(admin: Admin<'_>, email: &str, new: &KeypairChange<'_>, json: bool) -> Result<(), Failure> {
    let made = admin.create_keypair(email, new).await.map_err(|error| match &error {
        Error::Refused { refusal, .. } if *refusal.why() == Why::NoMatch => missing("user", email),
        _ => refused(error),
    })?;
    if json {
        // The secret first: a look-up that fails must not lose it.
        let keypair = admin.keypair(&made.access_key).await.ok().flatten();
        return show::document(&json!({
            "access_key": made.access_key, "secret_key": made.secret_key.expose_secret(), "keypair": keypair,
        }));
    }
    out::line(format_args!("keypair added to {}", clean(email)));
    out::line(format_args!("access key  {}", clean(&made.access_key)));
    out::line(format_args!("secret key  {}", clean(made.secret_key.expose_secret())));
    out::note("The secret key is not shown again.");
    Ok(())
}

async fn change_it(
    admin: Admin<'_>,
    access_key: &str,
    change: &KeypairChange<'_>,
    word: &str,
    json: bool,
) -> Result<(), Failure> {
    find(admin, access_key).await?;
    admin.change_keypair(access_key, change).await.map_err(refused)?;
    done(json, &format!("keypair {} {word}", clean(access_key)), find(admin, access_key)).await
}

async fn remove(admin: Admin<'_>, access_key: &str, how: HowToRemove) -> Result<(), Failure> {
    let found = find(admin, access_key).await?;
    let what = format!("keypair {} of {}", clean(access_key), clean(&found.email));
    if !agreed(how.yes, &what)? {
        return Ok(());
    }
    admin.delete_keypair(access_key).await.map_err(|error| match &error {
        Error::Refused { refusal, .. } if matches!(refusal.why(), Why::Needed { .. }) => refused(error).next(format!(
            "The session list tells whose they were, so it has to stay. Let it sign no more: \
             `rollcall admin keypair disable {}`.",
            clean(access_key)
        )),
        _ => refused(error),
    })?;
    removed(how.json, "keypair", access_key, &format!("{what} removed"), json!({"user": found.email}))
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
