//! `rollcall log`: which requests the client commands sent, and how they ended.

use std::time::Duration;

use rollcall_client::request_log::Request;
use rollcall_client::{ClientBuilder, RequestLog};

use super::document;
use super::failure::Failure;
use super::table::{Cell, Head, Look, draw};
use super::text::{self, Colour, clean};
use crate::out;

/// Between two looks of `--follow`.
const LOOK: Duration = Duration::from_millis(300);

/// Arguments of `rollcall log`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArguments {
    /// The newest so many; zero is all that are kept
    #[arg(long, short = 'n', default_value_t = 20)]
    lines: usize,
    /// Go on with each new one until interrupted
    #[arg(long, short)]
    follow: bool,
    /// Print a JSON document a line
    #[arg(long)]
    json: bool,
}

/// With the request log, unless the environment switches it off or names no place for it.
pub(super) fn recorded(builder: ClientBuilder) -> ClientBuilder {
    if std::env::var("ROLLCALL_REQUEST_LOG").is_ok_and(|value| value == "off") {
        return builder;
    }
    match RequestLog::default_path() {
        Some(path) => builder.request_log(RequestLog::at(path)),
        None => builder,
    }
}

/// Shows the request log.
pub(super) fn log(arguments: &LogArguments) -> Result<(), Failure> {
    let path = RequestLog::default_path()
        .ok_or_else(|| Failure::usage("neither HOME nor XDG_STATE_HOME says where requests are recorded"))?;
    let log = RequestLog::at(path);
    let mut seen = read(&log)?;
    let first = if arguments.lines == 0 { 0 } else { seen.len().saturating_sub(arguments.lines) };
    if seen.is_empty() && !arguments.follow {
        out::note(format_args!("No request is recorded in {}.", log.path().display()));
        return Ok(());
    }
    if !arguments.follow && !arguments.json {
        out::print(table(&seen[first..]));
        return Ok(());
    }
    let mut start = first;
    loop {
        for request in &seen[start..] {
            out::line(if arguments.json { document::compact(request)? } else { line(request) });
        }
        if !arguments.follow {
            return Ok(());
        }
        std::thread::sleep(LOOK);
        let newer = read(&log)?;
        start = fresh(seen.last(), &newer);
        if newer.is_empty() {
            // Removed meanwhile; what was seen still tells what is new.
            start = seen.len();
        } else {
            seen = newer;
        }
    }
}

fn read(log: &RequestLog) -> Result<Vec<Request>, Failure> {
    log.read().map_err(|error| Failure::new(format!("reading {} failed: {error}", log.path().display())))
}

/// Where what came after `last` begins: the file loses its oldest lines now and then.
fn fresh(last: Option<&Request>, requests: &[Request]) -> usize {
    let same = |request: &Request| last.is_some_and(|last| last.request_id == request.request_id);
    requests.iter().rposition(same).map_or(0, |at| at + 1)
}

/// The cells of a request. The file is the user's own, but what is in it may be foreign.
fn cells(request: &Request) -> Vec<Cell> {
    let outcome = match (&request.error, request.status) {
        (Some(error), _) => Cell { colour: Some(Colour::Red), ..Cell::text(clean(error)) },
        (None, _) => Cell { colour: Some(Colour::Green), ..Cell::text("ok") },
    };
    vec![
        Cell::text(text::moment(request.time)),
        Cell::text(clean(&request.method)),
        Cell::number(request.status.map_or_else(|| "-".to_owned(), |status| status.to_string())),
        Cell::number(format!("{} ms", request.duration_ms)),
        outcome,
        Cell::text(clean(&request.path)),
        Cell::text(clean(&request.request_id)),
    ]
}

fn table(requests: &[Request]) -> String {
    let names = [
        ("time", "TIME"),
        ("method", "METHOD"),
        ("status", "STATUS"),
        ("took", "TOOK"),
        ("outcome", "OUTCOME"),
        ("path", "PATH"),
        ("request", "REQUEST"),
    ];
    let heads = names.map(|(id, header)| Head { id, header });
    let rows: Vec<_> = requests.iter().map(cells).collect();
    let width = out::is_terminal().then(out::width).flatten();
    draw(&heads, &rows, Look { width, colours: text::colours_wanted() }).text
}

fn line(request: &Request) -> String {
    let words: Vec<_> = cells(request).into_iter().map(|cell| cell.text).collect();
    words.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str) -> Request {
        Request {
            time: rollcall_model::Timestamp::UNIX_EPOCH,
            method: "GET".to_owned(),
            path: "/\u{1b}[31m".to_owned(),
            status: Some(200),
            duration_ms: 3,
            error: None,
            request_id: id.to_owned(),
        }
    }

    #[test]
    fn only_what_is_new_follows() {
        let requests = ["a", "b", "c"].map(request);
        assert_eq!(fresh(Some(&request("b")), &requests), 2);
        assert_eq!(fresh(Some(&request("c")), &requests), 3);
        assert_eq!(fresh(Some(&request("gone")), &requests), 0);
        assert_eq!(fresh(None, &requests), 0);
    }

    #[test]
    fn nothing_in_the_file_steers_the_terminal() {
        assert!(!table(&[request("a\u{7}")]).contains(['\u{1b}', '\u{7}']));
        assert!(!line(&request("a\u{7}")).contains(['\u{1b}', '\u{7}']));
    }
}
