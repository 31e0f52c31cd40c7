//! Starting and ending sessions, alone and in numbers.

use std::time::{Duration, Instant};

use rollcall_client::Client;
use rollcall_client::sessions::CreateOptions;
use rollcall_model::ids::SessionId;
use rollcall_model::session::ClusterMode;

use crate::error::BenchError;
use crate::figures::{Row, Times, ms};
use crate::world::World;

const ONE_BY_ONE: usize = 30;
const PATIENCE: Duration = Duration::from_secs(60);

/// A session with the client of its owner.
pub(crate) type Owned = (Client, SessionId);

/// From the request to RUNNING, one session after the other.
pub(crate) async fn one_by_one(world: &World) -> Result<Row, BenchError> {
    let client = &world.account("user")?.client;
    let image = bash(client).await?;
    let mut times = Vec::with_capacity(ONE_BY_ONE);
    for number in 0..ONE_BY_ONE {
        let began = Instant::now();
        let session = start(client, &image, &format!("bench-one-{number}")).await?;
        times.push(began.elapsed());
        end(world, &[(client.clone(), session)]).await?;
    }
    let times = Times::new(times);
    Ok(Row::new(
        format!("a session from the request to RUNNING, in {} ({ONE_BY_ONE} one by one)", world.fence()),
        format!("p50 {}, p95 {}", ms(times.percentile(50)), ms(times.percentile(95))),
    ))
}

/// Starts this many for each account of the first domain, the accounts side by side.
pub(crate) async fn many(world: &World, each: usize) -> Result<Vec<Owned>, BenchError> {
    let mut starting = Vec::new();
    for account in world.first_domain() {
        let client = account.client.clone();
        starting.push(tokio::spawn(async move {
            let image = bash(&client).await?;
            let mut sessions: Vec<Owned> = Vec::with_capacity(each);
            for number in 0..each {
                let session = start(&client, &image, &format!("bench-many-{number}")).await?;
                sessions.push((client.clone(), session));
            }
            Ok::<_, BenchError>(sessions)
        }));
    }
    let mut sessions = Vec::new();
    for started in starting {
        sessions.extend(started.await.map_err(|error| BenchError::Wrong(error.to_string()))??);
    }
    Ok(sessions)
}

/// Ends these, and waits until no shim is left.
pub(crate) async fn end(world: &World, sessions: &[Owned]) -> Result<(), BenchError> {
    for (client, session) in sessions {
        client.sessions().destroy(*session, false, None).await?;
    }
    world.shims(0).await.map(drop)
}

pub(crate) async fn bash(client: &Client) -> Result<String, BenchError> {
    let images = client.images().await?;
    let bash = images.iter().find(|image| image.name.ends_with("bash"));
    bash.map(rollcall_client::ImageRow::canonical).ok_or_else(|| BenchError::Wrong("no image of bash".to_owned()))
}

async fn start(client: &Client, image: &str, name: &str) -> Result<SessionId, BenchError> {
    let options = CreateOptions {
        name: name.to_owned(),
        image: image.to_owned(),
        batch_command: None,
        group: "default".to_owned(),
        resource_group: None,
        resources: vec![("cpu".to_owned(), "1".to_owned()), ("mem".to_owned(), "128m".to_owned())],
        shared_memory: None,
        cluster_size: 1,
        cluster_mode: ClusterMode::SingleNode,
        starts_at: None,
        environ: Vec::new(),
        tag: None,
        bootstrap_script: None,
        mounts: Vec::new(),
        owner: None,
        wait: Some(PATIENCE),
        reuse: false,
    };
    let created = client.sessions().create(&options).await?;
    if created.status == "RUNNING" {
        Ok(created.id)
    } else {
        Err(BenchError::Wrong(format!("session {name} is {} instead of RUNNING", created.status)))
    }
}
