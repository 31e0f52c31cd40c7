//! Exports of everything.

use std::time::Instant;

use crate::error::BenchError;
use crate::figures::Row;
use crate::plain::soon;
use crate::processes;
use crate::world::World;

/// Both kinds; `least` sessions must come.
pub(crate) async fn measure(world: &World, least: u64) -> Result<Vec<Row>, BenchError> {
    let login = world.login("superadmin").await?;
    let mut rows = Vec::new();
    for (kind, head) in [("ndjson", 0), ("csv", 1)] {
        let before = processes::peak(&world.process(), true).ok_or_else(gone)?;
        let began = Instant::now();
        let mut answer = login.ask("GET", &format!("/v1/sessions.{kind}")).await?;
        let (mut lines, mut bytes) = (0, 0);
        while let Some(piece) = soon(|| format!("more of the {kind}"), answer.piece()).await? {
            lines += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
            bytes += piece.len();
        }
        let took = began.elapsed().as_secs_f64();
        let found = lines.saturating_sub(head);
        if answer.status != 200 || found < least {
            return Err(BenchError::Wrong(format!("{} with {found} rows instead of {least}", answer.status)));
        }
        let peak = processes::peak(&world.process(), false).ok_or_else(gone)?;
        rows.push(Row::new(
            format!("`/v1/sessions.{kind}` of {found} rows ({:.0} MiB)", bytes as f64 / f64::from(1 << 20)),
            format!(
                "{:.0} rows/s; peak memory of the server {} MiB RSS ({} before)",
                found as f64 / took,
                peak / 1024,
                before / 1024
            ),
        ));
    }
    Ok(rows)
}

fn gone() -> BenchError {
    BenchError::Wrong("the server is gone".to_owned())
}
