//! The life of sessions on a real store (SQLite; quotas on both engines) and a scripted machine:
//! orders and failures that a real engine can't be made to do on demand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admission;
mod belongings;
mod destroy;
mod feed;
mod life;
mod limits;
mod machine;
mod orders;
mod queue;
mod quotas;
mod recovery;
mod retention;
mod rights;
mod trouble;
mod world;
