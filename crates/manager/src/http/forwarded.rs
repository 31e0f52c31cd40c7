//! The address of a client behind configured proxies, told to everything that counts by address.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use rollcall_wire::forwarded::client_address;

use crate::manager::App;

/// The middleware: from here on the connection's address is the client's.
pub(crate) async fn forwarded(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let proxies = &app.settings().trusted_proxies;
    if !proxies.is_empty()
        && let Some(ConnectInfo(connection)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
    {
        let client = client_address(connection.ip(), request.headers(), proxies);
        if client != connection.ip() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
        }
    }
    next.run(request).await
}
