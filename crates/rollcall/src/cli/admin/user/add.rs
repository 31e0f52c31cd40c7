//! `rollcall admin user add`.

use rollcall_client::admin::{Admin, MadeKeypair, NewUser};
use rollcall_model::naming;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::password::{self, Chosen, Source};
use crate::cli::admin::answer::listed;
use crate::cli::admin::{group, refused, show};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// The roles.
pub(super) const ROLES: [&str; 4] = ["user", "admin", "superadmin", "monitor"];

/// Arguments of `rollcall admin user add`.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArguments {
    /// Their e-mail address
    email: String,
    /// Domain; the profile's unless given
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Role
    #[arg(long, default_value = "user", value_parser = ROLES)]
    role: String,
    /// Project of the domain to join (its name or id); may be given several times
    #[arg(long, value_name = "GROUP")]
    project: Vec<String>,
    /// Name
    #[arg(long, value_name = "NAME")]
    full_name: Option<String>,
    /// Short name; the e-mail address unless given
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// A note for administrators
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// They have to choose another password
    #[arg(long)]
    new_password: bool,
    /// Make the account and its key, but don't let them be used yet
    #[arg(long)]
    inactive: bool,
    /// Read the password from standard input
    #[arg(long, conflicts_with = "random_password")]
    password_stdin: bool,
    /// Draw a password at random and show it once
    #[arg(long)]
    random_password: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Adds a person, and shows once what nothing tells again.
pub(super) async fn add(connection: &Connection, arguments: AddArguments) -> Result<(), Failure> {
    naming::email(&arguments.email)
        .map_err(|_| Failure::usage(format!("`{}` is no e-mail address", clean(&arguments.email))))?;
    let admin = connection.client.admin();
    let domain = arguments.domain.as_deref().unwrap_or(&connection.profile.domain);
    // Before anybody types a password.
    let mut groups = Vec::new();
    for named in &arguments.project {
        groups.push(group::find(admin, named, Some(domain)).await?.id);
    }
    let chosen = password::choose(arguments.source())?;
    let new = NewUser {
        email: &arguments.email,
        username: arguments.username.as_deref().unwrap_or_default(),
        password: Some(&chosen.secret),
        need_password_change: arguments.new_password,
        full_name: arguments.full_name.as_deref(),
        description: arguments.description.as_deref(),
        status: if arguments.inactive { "inactive" } else { "active" },
        domain_name: domain,
        role: &arguments.role,
        group_ids: &groups,
    };
    let keypair = admin.create_user(&new).await.map_err(refused)?;
    tell(admin, &arguments, domain, &chosen, keypair.as_ref()).await
}

impl AddArguments {
    fn source(&self) -> Source {
        match (self.password_stdin, self.random_password) {
            (true, _) => Source::Stdin,
            (_, true) => Source::Random,
            _ => Source::Terminal,
        }
    }
}

async fn tell(
    admin: Admin<'_>,
    arguments: &AddArguments,
    domain: &str,
    chosen: &Chosen,
    keypair: Option<&MadeKeypair>,
) -> Result<(), Failure> {
    if arguments.json {
        // The secrets first: a look-up that fails must not lose them.
        let user = admin.user(&arguments.email).await.ok().flatten();
        return show::document(&json!({"user": user, "password": chosen.to_show(), "keypair": keypair.map(halves)}));
    }
    let email = clean(&arguments.email);
    out::line(format_args!("{email} added to {} as {}", clean(domain), arguments.role));
    if !arguments.project.is_empty() {
        out::line(format_args!("projects    {}", listed(arguments.project.iter().map(String::as_str))));
    }
    if let Some(password) = chosen.to_show() {
        out::line(format_args!("password    {password}"));
    }
    if let Some(keypair) = keypair {
        out::line(format_args!("access key  {}", clean(&keypair.access_key)));
        out::line(format_args!("secret key  {}", clean(keypair.secret_key.expose_secret())));
    }
    match (chosen.drawn, keypair) {
        (true, Some(_)) => out::note("The password and the secret key are not shown again."),
        (true, None) => out::note("The password is not shown again. Make a keypair with `rollcall admin keypair add`."),
        (false, Some(_)) => out::note("The secret key is not shown again."),
        (false, None) => out::note("Make a keypair with `rollcall admin keypair add`."),
    }
    if arguments.inactive {
        out::note(format_args!("Neither may be used before `rollcall admin user enable {email}`."));
    } else if arguments.project.is_empty() {
        out::note(
            "No project was joined, so no sessions can be started yet: `rollcall admin group change NAME --add-user`.",
        );
    }
    Ok(())
}

/// Both halves, for programs.
pub(in crate::cli::admin) fn halves(keypair: &MadeKeypair) -> Value {
    json!({"access_key": keypair.access_key, "secret_key": keypair.secret_key.expose_secret()})
}
