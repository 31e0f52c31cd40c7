//! The figures of the README, measured on the release build of the real program:
//!
//! ```text
//! cargo build --release -p rollcall && cargo run --release -p rollcall-bench
//! ```
//!
//! Names behind it (`… -p rollcall-bench follow export`) measure these parts alone.
//!
//! Everything is asked for as clients do, through the SDK or by plain HTTP; nothing reaches into
//! the server. The table goes to standard output, in Markdown.
#![forbid(unsafe_code)]

mod console;
mod error;
mod export;
mod figures;
mod follow;
mod list;
mod login;
mod memory;
mod out;
mod plain;
mod processes;
mod sessions;
mod terminal;
mod world;

use std::process::ExitCode;

use error::BenchError;
use figures::{Row, Times, ms};
use world::{PEOPLE, World};

const STARTS: usize = 10;
const SMALL: u64 = 1_000;
const LARGE: u64 = 100_000;

/// What can be measured alone.
const PARTS: [&str; 9] = ["starts", "sessions", "memory", "list", "login", "terminal", "follow", "export", "console"];

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        out::note(format_args!("error: {unknown} is none of {}", PARTS.join(", ")));
        return ExitCode::FAILURE;
    }
    match measure(&asked).await {
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

/// These parts, or all where none is named.
async fn measure(asked: &[String]) -> Result<Vec<Row>, BenchError> {
    let is_due = |part: &str| {
        let due = asked.is_empty() || asked.iter().any(|asked| asked == part);
        if due {
            out::note(part);
        }
        due
    };
    let mut rows = Vec::new();
    if asked.iter().any(|part| part != "export" && part != "console") || asked.is_empty() {
        out::note(format_args!("about {SMALL} sessions"));
        let each = SMALL.div_ceil(PEOPLE);
        let mut world = founded(each)?;
        if is_due("starts") {
            rows.push(starts(&mut world)?);
        }
        if is_due("sessions") {
            rows.push(sessions::one_by_one(&world).await?);
        }
        if is_due("memory") {
            rows.extend(memory::measure(&world).await?);
        }
        if is_due("list") {
            rows.extend(list::measure(&world, each).await?);
        }
        if is_due("login") {
            rows.push(login::measure(&world).await?);
        }
        if is_due("terminal") {
            rows.push(terminal::measure(&world).await?);
        }
        if is_due("follow") {
            // What others before took stays with a process.
            world.stop()?;
            world.start(&[])?;
            rows.extend(follow::measure(&world).await?);
        }
        world.stop()?;
    }
    if asked.iter().any(|part| part == "list" || part == "export" || part == "console") || asked.is_empty() {
        out::note(format_args!("about {LARGE} sessions"));
        let each = LARGE.div_ceil(PEOPLE);
        let mut world = founded(each)?;
        if is_due("list") {
            rows.extend(list::measure(&world, each).await?);
        }
        if is_due("export") {
            rows.extend(export::measure(&world, each * PEOPLE).await?);
        }
        if is_due("console") {
            rows.extend(console::measure(&world, each * PEOPLE).await?);
        }
        world.stop()?;
    }
    Ok(rows)
}

/// A world with a past, served by a process that has not made it: making it takes memory.
fn founded(each: u64) -> Result<World, BenchError> {
    let mut world = World::found(each)?;
    world.stop()?;
    world.start(&[])?;
    Ok(world)
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
