//! `rollcall ps --watch`: the list as it changes, told by a server that tells changes, else asked for
//! again and again.

use std::time::Duration;

use chrono::Utc;
use rollcall_client::refresh::{Pace, Refresh};
use rollcall_client::v1::{ListQuery, News, Page, SessionRow as Row, Start};
use rollcall_client::{ListOptions, SessionPage, SessionRow};
use rollcall_model::Timestamp;
use rollcall_model::list::columns::Column;
use rollcall_model::list::tab::Tab;

use super::{PsArguments, look, page, shown_tab, told};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::out;

/// On a terminal the page is drawn anew after so long without a change: times go on.
const REDRAW: Duration = Duration::from_secs(5);

const FOOTER: &str = "changes come by themselves";

/// What is watched, and how it is shown.
pub(super) struct Watched {
    pub(super) arguments: PsArguments,
    pub(super) columns: Vec<Column>,
    pub(super) options: ListOptions,
}

/// Shows the list until interrupted.
pub(super) async fn watch(connection: Connection, watched: Watched) -> Result<(), Failure> {
    if connection.client.v1().is_there().await? {
        follow(connection, watched).await
    } else {
        poll(connection, watched).await
    }
}

/// Shows each change as it comes.
async fn follow(connection: Connection, watched: Watched) -> Result<(), Failure> {
    let mut followed = connection.client.v1().follow::<Row>(&query(&watched)?);
    let mut is_there = true;
    loop {
        let news = tokio::select! {
            news = followed.next() => Some(news?),
            () = tokio::time::sleep(REDRAW), if is_there && out::is_terminal() => None,
        };
        match news {
            None | Some(News::Page | News::Changed(_)) => watched.show(&compatible(followed.page()), FOOTER)?,
            Some(News::Lost) => {
                is_there = false;
                out::note("The connection to the server was lost; it is made again by itself.");
            }
            Some(News::Again) => {
                is_there = true;
                // Over the last word on a screen, below it elsewhere.
                if out::is_terminal() {
                    watched.show(&compatible(followed.page()), FOOTER)?;
                } else {
                    out::note("The connection is there again. Nothing was missed.");
                }
            }
        }
    }
}

fn query(watched: &Watched) -> Result<ListQuery, Failure> {
    let (arguments, options) = (&watched.arguments, &watched.options);
    Ok(ListQuery {
        tab: if arguments.all { None } else { Some(shown_tab(arguments)?) },
        filter: options.filter.clone(),
        order: options.order.clone(),
        access_key: options.owner.clone(),
        limit: options.limit,
        start: Start::Offset(options.offset),
        ..ListQuery::default()
    })
}

fn compatible(page: &Page<Row>) -> SessionPage {
    SessionPage {
        total_count: page.total_count.and_then(|total| u64::try_from(total).ok()).unwrap_or_default(),
        items: page.rows.iter().map(SessionRow::from).collect(),
    }
}

/// Shows each refreshed page.
async fn poll(connection: Connection, watched: Watched) -> Result<(), Failure> {
    let tab = shown_tab(&watched.arguments)?;
    let pace = Pace::default();
    let client = connection.client;
    let asked = watched.options.clone();
    let refresh = Refresh::start(tab, pace, move |_: Tab| {
        let (client, options) = (client.clone(), asked.clone());
        async move { page(&client, &options).await }
    });
    let footer = format!("again every {} s", pace.of(tab).as_secs());
    let mut listener = refresh.listen();
    let mut shown = 0;
    // The loop lives as long as `refresh`, so this ends by an interrupt alone.
    while listener.changed().await.is_ok() {
        let state = listener.borrow_and_update().clone();
        // A server that is away for a moment does not end the watch.
        if let Some(failure) = &state.failure {
            Failure::of(failure).tell();
        } else if let Some(page) = state.content.filter(|_| state.refreshed != shown) {
            shown = state.refreshed;
            watched.show(&page, &footer)?;
        }
    }
    Ok(())
}

impl Watched {
    fn show(&self, page: &SessionPage, footer: &str) -> Result<(), Failure> {
        let now = Utc::now();
        show(&told(&self.arguments, &self.columns, page, now, look())?, now, footer);
        Ok(())
    }
}

/// On a terminal in place of the last one, as far as its lines reach; else below it.
fn show(snapshot: &str, now: Timestamp, footer: &str) {
    if !out::is_terminal() {
        out::print(format_args!("{snapshot}\n"));
        return;
    }
    let lines = out::height().unwrap_or(24).saturating_sub(2);
    let mut screen = String::from("\u{1b}[H");
    for line in snapshot.lines().take(lines) {
        // The rest of each old line is erased, rather than the screen, which would flicker.
        screen.push_str(line);
        screen.push_str("\u{1b}[K\n");
    }
    let at = now.with_timezone(&chrono::Local).format("%H:%M:%S");
    out::print(format_args!("{screen}{at}, {footer}; Ctrl-C ends\u{1b}[J"));
}
