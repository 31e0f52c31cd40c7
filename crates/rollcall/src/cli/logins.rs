//! `rollcall logins`: who is signed in, and ending that.

use rollcall_client::v1::LoginRow;
use rollcall_client::{Client, Error};
use uuid::Uuid;

use super::connect::connect;
use super::document;
use super::failure::Failure;
use super::table::{Cell, Head, Look, draw};
use super::text::{self, clean};
use crate::out;

/// Arguments of `rollcall logins`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LoginsArguments {
    /// Of everybody in the domain, for its administrators; of everybody at all, for superadmins
    #[arg(long, short)]
    all: bool,
    /// Print JSON with every field
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<LoginsCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum LoginsCommand {
    /// End logins, and with them what they have open
    End {
        /// Their ids
        #[arg(required = true)]
        ids: Vec<Uuid>,
    },
}

/// Lists logins, or ends some.
pub(super) async fn logins(profile: Option<&str>, arguments: LoginsArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    if !client.v1().is_there().await? {
        return Err(Failure::new("this server keeps no logins that could be listed")
            .next("Who signs requests with keys is not signed in; keys are switched off by administrators."));
    }
    match arguments.command {
        None => list(&client.v1().logins(arguments.all).await?, &arguments),
        Some(LoginsCommand::End { ids }) => end(&client, &ids).await,
    }
}

async fn end(client: &Client, ids: &[Uuid]) -> Result<(), Failure> {
    for id in ids {
        client.v1().end_login(*id).await.map_err(|error| missing(error, *id))?;
        out::line(format_args!("login {id} ended"));
    }
    Ok(())
}

fn missing(error: Error, id: Uuid) -> Failure {
    match error.status() {
        Some(404) => Failure::new(format!("no login {id}"))
            .next("`rollcall logins` lists yours, `rollcall logins --all` those that administrators may end."),
        _ => error.into(),
    }
}

fn list(logins: &[LoginRow], arguments: &LoginsArguments) -> Result<(), Failure> {
    if arguments.json {
        out::line(document::pretty(&logins)?);
    } else if logins.is_empty() {
        out::line("Nobody is signed in by a browser or with a token. Keys, as this program signs with, are no logins.");
    } else {
        let look = Look { width: out::is_terminal().then(out::width).flatten(), colours: text::colours_wanted() };
        out::print(table(logins, arguments.all, look));
    }
    Ok(())
}

fn table(logins: &[LoginRow], all: bool, look: Look) -> String {
    let columns = [
        ("id", "ID"),
        ("owner", "WHO"),
        ("address", "FROM"),
        ("created", "SINCE"),
        ("seen", "LAST SEEN"),
        ("agent", "WITH"),
    ];
    let shown = |column: &&(&str, &str)| all || column.0 != "owner";
    let heads: Vec<Head> = columns.iter().filter(shown).map(|(id, header)| Head { id, header }).collect();
    let rows: Vec<_> = logins.iter().map(|login| cells(login, all)).collect();
    draw(&heads, &rows, look).text
}

/// What a client calls itself, and from where it comes, is foreign text.
fn cells(login: &LoginRow, all: bool) -> Vec<Cell> {
    let moment = |text: &str| text.parse().map_or_else(|_| clean(text), text::moment);
    let mut cells = vec![Cell::text(login.id.to_string())];
    cells.extend(all.then(|| Cell::text(clean(&login.email))));
    cells.extend([
        Cell::text(clean(&login.address)),
        Cell::text(moment(&login.created_at)),
        Cell::text(moment(&login.last_seen)),
        Cell::text(if login.current { format!("{}, this one", clean(&login.agent)) } else { clean(&login.agent) }),
    ]);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_calls_itself_steers_nothing() {
        let login = LoginRow {
            id: Uuid::nil(),
            email: "me@example.com".to_owned(),
            address: "127.0.0.1".to_owned(),
            agent: "evil\u{1b}[2J".to_owned(),
            access_key: None,
            created_at: "2021-10-07T07:58:33+00:00".to_owned(),
            last_seen: "never".to_owned(),
            current: true,
        };
        let look = Look { width: None, colours: false };
        let own = table(std::slice::from_ref(&login), false, look);
        assert!(own.contains("evil\\u{1b}[2J, this one") && own.contains("never") && !own.contains('@'), "{own}");
        assert!(!own.contains('\u{1b}'));
        assert!(table(&[login], true, look).contains("me@example.com"));
    }
}
