//! What the server and its shims take, idle and with a hundred sessions.

use std::time::{Duration, Instant};

use crate::error::BenchError;
use crate::figures::Row;
use crate::processes::{Memory, memory};
use crate::sessions;
use crate::world::World;

const EACH: usize = 25;

/// Lets what was started come to rest: the server samples its sessions every second.
const REST: Duration = Duration::from_secs(5);

pub(crate) async fn measure(world: &World) -> Result<Vec<Row>, BenchError> {
    tokio::time::sleep(REST).await;
    let idle = taken(&world.process())?;
    let began = Instant::now();
    let sessions = sessions::many(world, EACH).await?;
    let starting = began.elapsed();
    let count = sessions.len();
    let shims = world.shims(count).await?;
    tokio::time::sleep(REST).await;
    let (manager, shims) = (taken(&world.process())?, taken(&shims)?);
    sessions::end(world, &sessions).await?;
    Ok(vec![
        Row::new("memory of the server without sessions", told(idle)),
        Row::new(format!("memory of the server with {count} idle bash sessions"), told(manager)),
        Row::new(format!("memory of the {count} shims together"), told(shims)),
        Row::new(
            format!("starting those {count}, four clients side by side"),
            format!("{:.1} s", starting.as_secs_f64()),
        ),
    ])
}

fn taken(processes: &[i32]) -> Result<Memory, BenchError> {
    memory(processes).ok_or_else(|| BenchError::Wrong("a process whose memory was asked for is gone".to_owned()))
}

fn told(memory: Memory) -> String {
    let mib = |kb: u64| format!("{:.1} MiB", kb as f64 / 1024.0);
    format!("{} PSS ({} RSS)", mib(memory.pss), mib(memory.rss))
}
