//! The figures of the README, measured on the release build of the real program:
//!
//! ```text
//! cargo build --release -p rollcall && cargo run --release -p rollcall-bench
//! ```
//!
//! Everything is asked for as clients do, through the SDK or by plain HTTP; nothing reaches into
//! the server. The table goes to standard output, in Markdown.
#![forbid(unsafe_code)]

mod error;
mod figures;
mod list;
mod memory;
mod out;
mod processes;
mod sessions;
mod world;

use std::process::ExitCode;

use error::BenchError;
use figures::{Row, Times, ms};
use world::{PEOPLE, World};

const STARTS: usize = 10;
const SMALL: u64 = 1_000;
const LARGE: u64 = 100_000;

#[tokio::main]
async fn main() -> ExitCode {
    match measure().await {
        Ok(rows) => {
            out::line(figures::table(&rows));
            ExitCode::SUCCESS
        }
        Err(error) => {
            out::note(format_args!("error: {}", error.with_causes()));
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<Vec<Row>, BenchError> {
    out::note(format_args!("about {SMALL} sessions: starts, sessions, memory, list"));
    let each = SMALL.div_ceil(PEOPLE);
    let mut world = World::found(each)?;
    let mut rows = vec![starts(&mut world)?, sessions::one_by_one(&world).await?];
    rows.extend(memory::measure(&world).await?);
    rows.extend(list::measure(&world, each).await?);
    world.stop()?;
    drop(world);

    out::note(format_args!("about {LARGE} sessions: list"));
    let each = LARGE.div_ceil(PEOPLE);
    let mut world = World::found(each)?;
    rows.extend(list::measure(&world, each).await?);
    world.stop()?;
    Ok(rows)
}

/// From the start of `up` on an existing data directory until it says that it is ready.
fn starts(world: &mut World) -> Result<Row, BenchError> {
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        world.stop()?;
        times.push(world.start(&[])?);
    }
    let times = Times::new(times);
    Ok(Row::new(
        format!("`up` on an existing data directory, from exec to ready ({STARTS} times)"),
        format!("p50 {}, longest {}", ms(times.percentile(50)), ms(times.longest())),
    ))
}
