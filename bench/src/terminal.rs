//! The echo of keys in a terminal, on a websocket opened with a ticket.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use rollcall_wire::terminal::{Said, Told};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::error::BenchError;
use crate::figures::{Row, Times, ms};
use crate::sessions;
use crate::world::World;

const KEYS: usize = 600;
/// Shorter than a line of the terminal.
const LINE: usize = 40;
const STILL: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<TcpStream>;

pub(crate) async fn measure(world: &World) -> Result<Row, BenchError> {
    let sessions = sessions::many(world, 1).await?;
    let login = world.login("user").await?;
    let list = login.ask("GET", "/v1/sessions?tab=running&fields=id,access_key,user_email").await?.json(200).await?;
    let session = list["items"][0]["id"].as_str().ok_or_else(|| wrong("no session"))?;
    let drawn = login.ask("POST", &format!("/v1/sessions/{session}/terminal")).await?.json(200).await?;
    let ticket = drawn["ticket"].as_str().ok_or_else(|| wrong("no ticket"))?;
    let stream = TcpStream::connect(login.address).await.map_err(BenchError::system("reaching the server"))?;
    stream.set_nodelay(true).map_err(BenchError::system("asking for short delays"))?;
    let url = format!("ws://{}/v1/terminal?ticket={ticket}", login.address);
    let (mut socket, _) =
        tokio_tungstenite::client_async(url, stream).await.map_err(|error| wrong(error.to_string()))?;
    // The prompt.
    while timeout(STILL, hear(&mut socket)).await.is_ok() {}
    let mut times = Vec::with_capacity(KEYS);
    for number in 0..KEYS {
        let key = b'a' + u8::try_from(number % 26).unwrap_or_default();
        let began = Instant::now();
        say(&mut socket, &[key]).await?;
        loop {
            let late = |_| BenchError::Late { what: "an echo".to_owned(), after: PATIENCE };
            if timeout(PATIENCE, hear(&mut socket)).await.map_err(late)??.contains(&key) {
                break;
            }
        }
        times.push(began.elapsed());
        if number % LINE == LINE - 1 {
            // Throws the line away.
            say(&mut socket, b"\x15").await?;
            while timeout(STILL, hear(&mut socket)).await.is_ok() {}
        }
    }
    sessions::end(world, &sessions).await?;
    let times = Times::new(times);
    Ok(Row::new(
        format!("a key typed into bash in a terminal, to its echo ({KEYS} keys)"),
        format!("p50 {}, p99 {}", ms(times.percentile(50)), ms(times.percentile(99))),
    ))
}

async fn say(socket: &mut Socket, keys: &[u8]) -> Result<(), BenchError> {
    let said = Said::Input(keys.to_vec()).to_text();
    socket.send(Message::text(said)).await.map_err(|error| wrong(error.to_string()))
}

async fn hear(socket: &mut Socket) -> Result<Vec<u8>, BenchError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Told::of_text(&text).ok_or_else(|| wrong("a strange frame")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => return Err(wrong(format!("the terminal has ended: {other:?}"))),
        }
    }
}

fn wrong(text: impl Into<String>) -> BenchError {
    BenchError::Wrong(text.into())
}
