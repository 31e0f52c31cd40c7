//! One story of the store, told on SQLite and on PostgreSQL by the same functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod accounts;
mod course;
mod dotfiles;
mod error_logs;
mod events;
mod figures;
mod find;
mod images;
mod life;
mod limits;
mod list;
mod lists_of_accounts;
mod logins;
mod manage;
mod offers;
mod oracle;
mod oracle_accounts;
mod own_account;
mod preferences;
mod purge;
mod queue;
mod retention;
mod rights;
mod seen;
mod server;
mod templates;
mod together;
mod usage;
mod world;

/// Makes two tests of each function: one on each engine.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::world::World::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                let test = concat!(module_path!(), "::", stringify!($story));
                if let Some(world) = $crate::world::World::on_postgres(test).await {
                    super::$story(world).await;
                }
            })+
        }
    };
}
pub(crate) use on_both_engines;
