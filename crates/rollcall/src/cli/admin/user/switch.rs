//! `rollcall admin user disable` and `enable`: an account together with its keypairs.

use rollcall_client::admin::{Admin, Keypair, KeypairChange, KeypairFilter, UserChange};
use serde_json::json;

use super::find;
use crate::cli::admin::answer::listed;
use crate::cli::admin::holdings::{self, Whose};
use crate::cli::admin::{missing, refused, show};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// Arguments of `rollcall admin user disable`.
#[derive(Debug, clap::Args)]
pub(crate) struct DisableArguments {
    /// Their e-mail address
    email: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `rollcall admin user enable`.
#[derive(Debug, clap::Args)]
pub(crate) struct EnableArguments {
    /// Their e-mail address
    email: String,
    /// Only this keypair with it; may be given several times. All of theirs unless given
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The account first: from then on nobody signs in, whatever becomes of the rest.
pub(super) async fn disable(connection: &Connection, arguments: DisableArguments) -> Result<(), Failure> {
    let admin = connection.client.admin();
    let DisableArguments { email, json } = arguments;
    find(admin, &email).await?;
    let all = keypairs(admin, &email).await?;
    let keys: Vec<&str> = all.iter().filter(|key| key.is_active != Some(false)).map(access_key).collect();
    switch(admin, &email, &keys, false).await?;
    if json {
        return tell_json(admin, &email).await;
    }
    out::line(format_args!("{} is disabled, and with it the keypairs: {}", clean(&email), listed(keys)));
    let all: Vec<&str> = all.iter().map(access_key).collect();
    let going_on = holdings::look(&connection.client, &Whose::Keys(&all)).await?;
    if !going_on.active.is_empty() {
        out::note(format_args!("Their sessions go on: {}. End them with `rollcall rm`.", going_on.names()));
    }
    Ok(())
}

/// An account that was switched off, or that a sign-up made.
pub(super) async fn enable(connection: &Connection, arguments: EnableArguments) -> Result<(), Failure> {
    let admin = connection.client.admin();
    let EnableArguments { email, key, json } = arguments;
    find(admin, &email).await?;
    let all = keypairs(admin, &email).await?;
    if let Some(other) = key.iter().find(|key| !all.iter().any(|known| known.access_key == **key)) {
        return Err(missing("keypair", other).about(&email));
    }
    let wanted = |known: &&Keypair| key.is_empty() || key.contains(&known.access_key);
    let keys: Vec<&str> = all.iter().filter(wanted).filter(|key| key.is_active != Some(true)).map(access_key).collect();
    switch(admin, &email, &keys, true).await?;
    if json {
        return tell_json(admin, &email).await;
    }
    out::line(format_args!("{} is enabled, and with it the keypairs: {}", clean(&email), listed(keys)));
    Ok(())
}

fn access_key(keypair: &Keypair) -> &str {
    &keypair.access_key
}

pub(super) async fn keypairs(admin: Admin<'_>, email: &str) -> Result<Vec<Keypair>, Failure> {
    let filter = KeypairFilter { email: Some(email), ..KeypairFilter::default() };
    let mut keypairs = admin.keypairs(&filter).await.map_err(refused)?;
    keypairs.sort_by(|one, other| one.access_key.cmp(&other.access_key));
    Ok(keypairs)
}

async fn switch(admin: Admin<'_>, email: &str, keys: &[&str], on: bool) -> Result<(), Failure> {
    let (status, word) = if on { ("active", "enabled") } else { ("inactive", "disabled") };
    let change = UserChange { status: Some(status), ..UserChange::default() };
    admin.change_user(email, &change).await.map_err(refused)?;
    let mut done = vec![format!("{} is {word}", clean(email))];
    for (at, key) in keys.iter().enumerate() {
        let change = KeypairChange { is_active: Some(on), ..KeypairChange::default() };
        if let Err(error) = admin.change_keypair(key, &change).await {
            let left = keys[at..].iter().map(|key| format!("keypair {} is not {word}", clean(key)));
            return Err(refused(error).midway(&done, &left.collect::<Vec<_>>()));
        }
        done.push(format!("keypair {} is {word}", clean(key)));
    }
    Ok(())
}

async fn tell_json(admin: Admin<'_>, email: &str) -> Result<(), Failure> {
    let user = find(admin, email).await?;
    show::document(&json!({"user": user, "keypairs": keypairs(admin, email).await?}))
}
