//! Streams that stay open: the terminals of sessions (`rest.md` §4), and the tickets of those who cannot
//! sign a websocket; and which applications there are to be reached.

mod apps;
mod pty;
mod start;
mod ticket;
mod viewer;

use http::Method;

use crate::routes::{Access, Guard, Routes};

/// Its routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(Access::Signed, "/stream/session/{s}/pty", pty::signed)
        .get(Access::Signed, "/stream/session/{s}/apps", apps::apps)
        .on(Access::Signed, Guard::Reads, Method::POST, "/v1/sessions/{id}/terminal", ticket::draw)
        .on(Access::Signed, Guard::Reads, Method::POST, "/session/{s}/start-service", start::start)
        // The ticket is the proof: whoever brings it was judged when it was drawn, and is judged again.
        .on(Access::Public, Guard::Reads, Method::GET, "/v1/terminal", pty::by_ticket)
}
