//! Signing in.

use std::time::Instant;

use crate::error::BenchError;
use crate::figures::{Row, Times, ms};
use crate::world::World;

const LOGINS: usize = 200;

pub(crate) async fn measure(world: &World) -> Result<Row, BenchError> {
    let mut times = Vec::with_capacity(LOGINS);
    for _ in 0..LOGINS {
        let began = Instant::now();
        world.login("user").await?;
        times.push(began.elapsed());
    }
    let times = Times::new(times);
    Ok(Row::new(
        format!("a login, `POST /v1/logins` ({LOGINS} one by one)"),
        format!("p50 {}, p99 {}", ms(times.percentile(50)), ms(times.percentile(99))),
    ))
}
