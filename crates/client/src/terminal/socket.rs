//! The websocket of a terminal: asked for with a one-time ticket, or with a signature where the server
//! knows no tickets.

use std::time::Duration;

use http::Method;
use rollcall_model::ids::SessionId;
use serde::Deserialize;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::ACT;
use crate::error::Error;
use crate::transport::{Call, Client};

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest message (`rest.md` §4).
const LARGEST: usize = 16 << 20;

pub(super) type Socket = WebSocketStream<reqwest::Upgraded>;

/// Never printed: who has it can open the terminal once.
#[derive(Deserialize)]
struct Drawn {
    ticket: String,
}

/// Opens the terminal of a session; `owner` is the key it belongs to, where that is another's.
pub(super) async fn open(client: &Client, session: SessionId, owner: Option<&str>) -> Result<Socket, Error> {
    let id = session.to_string();
    if client.v1().is_there().await? {
        let path = ["v1", "sessions", &id, "terminal"];
        let drawn: Drawn = client.call(Call::new(ACT, Method::POST, &path).timeout(PATIENCE)).await?;
        let query = [("ticket", drawn.ticket.as_str())];
        return upgrade(client, Call::new(ACT, Method::GET, &["v1", "terminal"]).query(&query), false).await;
    }
    let query: Vec<_> = owner.map(|owner| ("owner_access_key", owner)).into_iter().collect();
    upgrade(client, Call::new(ACT, Method::GET, &["stream", "session", &id, "pty"]).query(&query), true).await
}

async fn upgrade(client: &Client, call: Call<'_>, signed: bool) -> Result<Socket, Error> {
    let key = generate_key();
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", key.as_str()),
    ];
    let call = call.headers(&headers).timeout(PATIENCE);
    let (stream, proof) = client.upgrade(&call, signed, "sec-websocket-accept").await?;
    if proof != Some(derive_accept_key(key.as_bytes())) {
        return Err(Error::strange(ACT, "it speaks no websocket".to_owned()));
    }
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await)
}
