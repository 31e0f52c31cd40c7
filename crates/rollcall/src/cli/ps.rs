//! `rollcall ps`: the session list.

mod watch;

use std::time::Duration;

use chrono::Utc;
use rollcall_client::sessions::{ContainerField, SessionField};
use rollcall_client::{Client, Error, ListOptions, SessionPage};
use rollcall_model::Timestamp;
use rollcall_model::list::columns::{Column, columns};
use rollcall_model::list::tab::Tab;

use super::connect::{Connection, connect};
use super::failure::Failure;
use super::table::{Head, Look, draw};
use super::{cells, document, text};
use crate::out;
use watch::Watched;

/// Arguments of `rollcall ps`.
#[derive(Debug, clap::Args)]
pub(crate) struct PsArguments {
    /// Which sessions: running, finished or others
    #[arg(long, short, default_value = "running", value_parser = ["running", "finished", "others"])]
    tab: String,
    /// Sessions in every status
    #[arg(long, short, conflicts_with = "tab")]
    all: bool,
    /// Only those that meet a condition, such as 'name contains "train" & status == "RUNNING"'
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,
    /// Order, such as '-created_at,+name'
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    order: Option<String>,
    /// Rows on a page
    #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Page
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Sessions of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
    /// Print JSON with every field
    #[arg(long)]
    json: bool,
    /// Go on and show changes as they come; a server that tells none is asked every 5 seconds, for
    /// finished and others every 30
    #[arg(long, short)]
    watch: bool,
}

/// Lists sessions, once or until interrupted.
pub(super) async fn ps(profile: Option<&str>, arguments: PsArguments) -> Result<(), Failure> {
    let connection = connect(profile)?;
    let columns = if arguments.json { Vec::new() } else { visible_columns(&connection).await? };
    let options = options(&connection, &arguments, &columns).await?;
    if !arguments.watch {
        let page = page(&connection.client, &options).await?;
        out::print(told(&arguments, &columns, &page, Utc::now(), look())?);
        return Ok(());
    }
    watch::watch(connection, Watched { arguments, columns, options }).await
}

/// A page, with why its sessions wait and how long they have left, where the server tells.
async fn page(client: &Client, options: &ListOptions) -> Result<SessionPage, Error> {
    let mut page = client.sessions().list(options).await?;
    client.sessions().explain(options, &mut page).await?;
    client.sessions().add_remaining(options, &mut page).await?;
    Ok(page)
}

/// The tab; `--all`, which excludes naming one, is looked at as often as the running one.
fn shown_tab(arguments: &PsArguments) -> Result<Tab, Failure> {
    arguments.tab.parse().map_err(|error| Failure::usage(format!("{error}")))
}

async fn visible_columns(connection: &Connection) -> Result<Vec<Column>, Failure> {
    let server = connection.client.server().await?;
    Ok(columns(connection.role().await?, connection.login_mode(), server.features()))
}

async fn options(connection: &Connection, arguments: &PsArguments, columns: &[Column]) -> Result<ListOptions, Failure> {
    let features = connection.client.server().await?.features();
    let (fields, container_fields) =
        if arguments.json { (SessionField::ALL.to_vec(), ContainerField::ALL.to_vec()) } else { needed(columns) };
    let tab = shown_tab(arguments)?;
    Ok(ListOptions {
        fields,
        container_fields,
        statuses: if arguments.all { Vec::new() } else { tab.statuses(features) },
        limit: arguments.limit,
        offset: u64::from(arguments.page - 1) * u64::from(arguments.limit),
        owner: arguments.owner.clone(),
        group: None,
        domain: None,
        filter: arguments.filter.clone(),
        order: arguments.order.clone(),
        timeout: Duration::from_secs(10),
    })
}

/// What the columns need, and nothing more: what is not asked for costs the server nothing.
fn needed(columns: &[Column]) -> (Vec<SessionField>, Vec<ContainerField>) {
    let containers: Vec<ContainerField> = columns
        .iter()
        .flat_map(|column| column.container_fields)
        .filter_map(|name| ContainerField::parse(name))
        .collect();
    let mut fields = vec![SessionField::Id];
    for name in columns.iter().flat_map(|column| column.fields) {
        fields.extend(SessionField::parse(name).filter(|field| !fields.contains(field)));
    }
    if !containers.is_empty() {
        fields.push(SessionField::Containers);
    }
    (fields, containers)
}

fn look() -> Look {
    let width = out::is_terminal().then(out::width).flatten();
    Look { width, colours: text::colours_wanted() }
}

fn told(
    arguments: &PsArguments,
    columns: &[Column],
    page: &SessionPage,
    now: Timestamp,
    look: Look,
) -> Result<String, Failure> {
    if arguments.json {
        return document::pretty(page).map(|text| text + "\n");
    }
    if page.items.is_empty() {
        return Ok(empty(arguments, page));
    }
    let heads: Vec<Head> = columns.iter().map(|column| Head { id: column.id, header: column.header }).collect();
    let rows: Vec<_> = page.items.iter().map(|row| cells::row(columns, row, now)).collect();
    let drawn = draw(&heads, &rows, look);
    Ok(format!("{}{}\n", drawn.text, footer(arguments, page, &drawn.left_out)))
}

/// `1-20 of 134`, the next page, and what had no room.
fn footer(arguments: &PsArguments, page: &SessionPage, left_out: &[&str]) -> String {
    let first = u64::from(arguments.page - 1) * u64::from(arguments.limit) + 1;
    let last = first + page.items.len() as u64 - 1;
    let mut text = format!("{first}-{last} of {}", page.total_count);
    if last < page.total_count {
        text.push_str(&format!("; next: --page {}", u64::from(arguments.page) + 1));
    }
    match left_out {
        [] => {}
        some if some.len() <= 3 => text.push_str(&format!("; no room for {}", some.join(", "))),
        many => text.push_str(&format!("; no room for {} columns", many.len())),
    }
    text
}

fn empty(arguments: &PsArguments, page: &SessionPage) -> String {
    let what =
        if arguments.all { "No sessions".to_owned() } else { format!("No {} sessions", tab_words(&arguments.tab)) };
    let narrowed = arguments.filter.is_some() || arguments.owner.is_some();
    let next = if page.total_count > 0 {
        format!("There are {} on earlier pages.", page.total_count)
    } else if narrowed {
        "Nothing meets the condition; try it with --all.".to_owned()
    } else if arguments.all || arguments.tab != "running" {
        "Start one with `rollcall run`.".to_owned()
    } else {
        "Start one with `rollcall run`; `rollcall ps --all` shows those that are over.".to_owned()
    };
    format!("{what}{}. {next}\n", if page.total_count > 0 { " on this page" } else { "" })
}

fn tab_words(tab: &str) -> &str {
    if tab == "others" { "failed or stuck" } else { tab }
}

#[cfg(test)]
#[path = "ps_tests.rs"]
mod tests;
