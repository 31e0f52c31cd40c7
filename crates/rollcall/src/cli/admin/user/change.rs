//! `rollcall admin user change`.

use rollcall_client::admin::{Admin, UserChange};

use super::add::ROLES;
use super::find;
use super::password::{self, Source};
use crate::cli::admin::answer::{done, nothing_typed};
use crate::cli::admin::{group, refused, show};
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// Arguments of `rollcall admin user change`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArguments {
    /// Their e-mail address
    email: String,
    /// Role; the admin flag of all their keypairs follows
    #[arg(long, value_parser = ROLES)]
    role: Option<String>,
    /// Another domain, once no session of theirs is active; they leave all projects, unless --project names new ones
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// In these projects alone from now on; may be given several times
    #[arg(long, value_name = "GROUP")]
    project: Vec<String>,
    /// Name
    #[arg(long, value_name = "NAME")]
    full_name: Option<String>,
    /// Short name
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// A note for administrators
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Whether they have to choose another password
    #[arg(long, value_name = "YES", value_parser = ["yes", "no"])]
    new_password: Option<String>,
    /// Ask for a new password
    #[arg(long, conflicts_with_all = ["password_stdin", "random_password"])]
    password: bool,
    /// Read a new password from standard input
    #[arg(long, conflicts_with = "random_password")]
    password_stdin: bool,
    /// Draw a new password at random and show it once
    #[arg(long)]
    random_password: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ChangeArguments {
    fn source(&self) -> Option<Source> {
        let sources = [
            (self.password, Source::Terminal),
            (self.password_stdin, Source::Stdin),
            (self.random_password, Source::Random),
        ];
        sources.into_iter().find_map(|(typed, source)| typed.then_some(source))
    }

    fn is_empty(&self) -> bool {
        let texts = [&self.role, &self.domain, &self.full_name, &self.username, &self.description, &self.new_password];
        texts.iter().all(|text| text.is_none()) && self.project.is_empty() && self.source().is_none()
    }
}

/// Changes a person.
pub(super) async fn change(admin: Admin<'_>, arguments: ChangeArguments) -> Result<(), Failure> {
    if arguments.is_empty() {
        return Err(nothing_typed("user"));
    }
    let before = find(admin, &arguments.email).await?;
    let domain = arguments.domain.as_deref().or(before.domain_name.as_deref());
    let mut groups = Vec::new();
    for named in &arguments.project {
        groups.push(group::find(admin, named, domain).await?.id);
    }
    let chosen = arguments.source().map(password::choose).transpose()?;
    let change = UserChange {
        username: arguments.username.as_deref(),
        password: chosen.as_ref().map(|chosen| &chosen.secret),
        need_password_change: arguments.new_password.as_deref().map(|word| word == "yes"),
        full_name: arguments.full_name.as_deref(),
        description: arguments.description.as_deref(),
        status: None,
        domain_name: arguments.domain.as_deref(),
        role: arguments.role.as_deref(),
        group_ids: (!groups.is_empty()).then_some(&groups),
    };
    admin.change_user(&arguments.email, &change).await.map_err(refused)?;
    let password = chosen.as_ref().and_then(|chosen| chosen.to_show());
    if let (Some(password), true) = (password, arguments.json) {
        let user = admin.user(&arguments.email).await.ok().flatten();
        return show::document(&serde_json::json!({"user": user, "password": password}));
    }
    let sentence = format!("{} changed", clean(&arguments.email));
    done(arguments.json, &sentence, find(admin, &arguments.email)).await?;
    if let Some(password) = password {
        out::line(format_args!("password    {password}"));
        out::note("The password is not shown again.");
    }
    Ok(())
}
