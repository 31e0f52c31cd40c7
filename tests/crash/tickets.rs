//! The part of the mix that draws tickets for terminals and spends them: each is good once, whatever happens to
//! the server between.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::signed::request;
use crate::harness::{PATIENCE, Up};
use crate::ledger::{MayBe, Ticket};
use crate::mix::Worker;

const GOOD: &str = "good";
const SPENT: &str = "spent";
/// They live a minute: what is older is not asked about.
const YOUNG: Duration = Duration::from_secs(45);
const REMEMBERED: usize = 8;

impl Worker {
    pub(crate) fn ticket(&mut self, up: &Up) {
        let good = |ticket: &&mut Ticket| ticket.state.known() == Some(GOOD) && ticket.drawn.elapsed() < YOUNG;
        let Some(ticket) = self.ledger.tickets.iter_mut().find(good) else { return self.draw_ticket(up) };
        ticket.state.or(SPENT);
        let Some(taken) = is_taken(up, &ticket.text) else { return };
        assert!(taken, "a good ticket is refused: {ticket:?}");
        ticket.state.is(SPENT);
        self.ledger.acknowledged("spend a ticket");
    }

    fn draw_ticket(&mut self, up: &Up) {
        let Some(id) = self.running(up) else { return };
        let drawn = Instant::now();
        let Some(answer) = request(up, &self.user, "POST", &format!("/v1/sessions/{id}/terminal"), None) else {
            return;
        };
        let Some(text) = answer.json["ticket"].as_str().filter(|_| answer.succeeded()) else { return };
        self.ledger.tickets.push(Ticket { text: text.to_owned(), drawn, state: MayBe::surely(GOOD) });
        self.ledger.acknowledged("draw a ticket");
    }
}

/// Spends every ticket: what was drawn is still good, and what was spent is not good again.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let tickets = &mut worker.ledger.tickets;
    tickets.retain(|ticket| ticket.drawn.elapsed() < YOUNG);
    tickets.drain(..tickets.len().saturating_sub(REMEMBERED));
    for ticket in tickets {
        let taken = is_taken(up, &ticket.text).expect("an answer");
        ticket.state.found("a ticket", if taken { GOOD } else { SPENT });
        ticket.state.is(SPENT);
    }
}

/// Brings the ticket to where terminals open. Whether one opens is a matter of the session: a ticket that is
/// none, too old or spent is refused in words of its own.
fn is_taken(up: &Up, ticket: &str) -> Option<bool> {
    let host = up.api.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!(
        "GET /v1/terminal?ticket={ticket} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    Some(line.split_whitespace().nth(1)? != "401")
}
