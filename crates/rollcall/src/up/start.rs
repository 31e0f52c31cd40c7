//! The wiring: opens what is durable and what runs, founds a new installation, serves until told to
//! end.

use std::sync::Arc;
use std::time::Instant;

use rollcall_lifecycle::Lifecycle;
use rollcall_manager::{Manager, ManagerParts};
use rollcall_model::access::System;
use rollcall_model::ids::{AgentId, DomainName};
use rollcall_model::time;
use rollcall_runtime::local::{LocalEngine, LocalSettings};
use rollcall_runtime::{About, Engine};
use rollcall_store::{Keyring, Settings, Store};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::accounts::{self, Account, DEMO_DOMAIN, FIRST_DOMAIN};
use super::banner::Banner;
use super::data_dir::{self, DataDir};
use super::demo::{BELIEVABLE, Extent};
use super::error::UpError;
use super::front::{self, Front};
use super::web::Web;
use super::{accounts_file, descriptors, first_accounts, founding, service_manager};
use crate::config::Config;

/// Starts, tells, serves until SIGINT or SIGTERM, and ends cleanly.
pub(super) async fn run(config: &Config, demo_sessions: Option<i64>) -> Result<(), UpError> {
    let began = Instant::now();
    let path = config.data.directory.clone().map_or_else(data_dir::default_path, Ok)?;
    let data = DataDir::hold(&path)?;
    // Before anything is made, so that a port in use leaves nothing behind.
    let front = Front::open(config).await?;
    let web = Web::open(config).await?;
    let api = front.api();
    let (console, console_text, webui) = (web.console(), web.console_text(), web.webui());
    let settings = database(config, &data);
    let (store, engine) = tokio::try_join!(open_store(&settings, &data), open_engine(config, &data))?;
    let first = found(config, demo_sessions, &data, &store, engine.about()).await?;
    let demo_too_late = config.first_start.demo && first.is_none() && !has_domain(&store, DEMO_DOMAIN).await?;

    let image = engine.about().images.first().map(|image| format!("{}/{}", image.registry, image.name));
    let engine: Arc<dyn Engine> = Arc::new(engine);
    let lifecycle = Lifecycle::new(System::control_plane(), store.clone(), Arc::clone(&engine), config.lifecycle());
    lifecycle.register().await.map_err(UpError::Register)?;
    let mut settings_of_api = config.manager();
    settings_of_api.console = console.clone();
    settings_of_api.max_connections = descriptors::connections(settings_of_api.max_connections);
    let manager = Manager::new(ManagerParts {
        store: store.clone(),
        lifecycle: lifecycle.clone(),
        settings: settings_of_api.clone(),
    });
    let stop = stop_on_signals()?;
    let certificates = front.certificates.iter().chain(&web.certificates).cloned().collect();
    service_manager::reload_on_hangup(certificates).map_err(UpError::Signals)?;
    let serving = async {
        let address = front.address;
        let metrics = front.metrics_text();
        let serving_web = web.serve(config, &manager, &api, image, &settings_of_api, stop.clone());
        tokio::pin!(serving_web);
        let mut served = tokio::spawn(front.serve(manager.clone(), stop.clone()));
        let told = async {
            front::answering(address).await?;
            data.announce(&api);
            if let (Some(accounts), Some(file)) = (&first, &config.first_start.accounts_file)
                && !file.exists()
            {
                accounts_file::write(file, &api, console.as_deref(), accounts)
                    .map_err(|source| UpError::AccountsFile { path: file.clone(), source })?;
            }
            let banner = Banner {
                console: console_text.as_deref(),
                webui: webui.as_deref(),
                api: &api,
                metrics: &metrics,
                data_dir: data.path(),
                database: &settings.to_string(),
                about: engine.about(),
                accounts: first.as_deref(),
                accounts_file: config.first_start.accounts_file.as_deref(),
                demo_too_late,
                elapsed_ms: began.elapsed().as_millis(),
            };
            crate::out::print(banner.text());
            service_manager::ready(&api);
            let kept = data.first_accounts();
            first_accounts::forget(&kept).map_err(|source| UpError::AccountsFile { path: kept, source })
        };
        let serving_api = async {
            told.await?;
            (&mut served).await.map_err(UpError::Threads)?.map_err(UpError::Serve)
        };
        // The console answers by the time that it is told.
        let ended = tokio::try_join!(serving_web, serving_api).map(|_| ());
        stop.cancel();
        ended
    };
    let (ended, ()) = tokio::join!(serving, lifecycle.run(stop.clone()));
    if let Err(error) = lifecycle.flush_signs().await {
        tracing::warn!(%error, "writing down the last signs of life of sessions failed: {error}");
    }
    if let Err(error) = store.flush_uses().await {
        tracing::warn!(%error, "writing down the last uses of keys failed: {error}");
    }
    store.close().await;
    ended
}

fn database(config: &Config, data: &DataDir) -> Settings {
    match &config.database.url {
        Some(url) => Settings::Postgres { url: url.clone() },
        None => Settings::Sqlite { path: data.database() },
    }
}

async fn open_store(settings: &Settings, data: &DataDir) -> Result<Store, UpError> {
    let keyring = Keyring::load_or_create(&data.keyring()).map_err(UpError::Keyring)?;
    let failed = |source| UpError::Database { name: settings.to_string(), source };
    Store::open(settings, keyring).await.map_err(failed)
}

async fn open_engine(config: &Config, data: &DataDir) -> Result<LocalEngine, UpError> {
    let program = std::env::current_exe().map_err(UpError::Program)?;
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let settings = LocalSettings::new(data.runtime(), program, AgentId(format!("i-{host}")));
    LocalEngine::open(config.engine(settings)).await.map_err(UpError::Engine)
}

async fn has_domain(store: &Store, name: &str) -> Result<bool, UpError> {
    Ok(store.domain(&DomainName::from(name)).await.map_err(UpError::Founding)?.is_some())
}

/// Founds a new installation; `None` where there is one whose accounts have been told.
async fn found(
    config: &Config,
    demo_sessions: Option<i64>,
    data: &DataDir,
    store: &Store,
    about: &About,
) -> Result<Option<Vec<Account>>, UpError> {
    let kept = data.first_accounts();
    let failed = |source| UpError::AccountsFile { path: kept.clone(), source };
    if has_domain(store, FIRST_DOMAIN).await? {
        return untold(store, first_accounts::recall(&kept).map_err(failed)?).await;
    }
    if let Some(file) = config.first_start.accounts_file.as_ref().filter(|file| file.exists()) {
        return Err(UpError::AccountsFileExists(file.clone()));
    }
    let accounts = accounts::draw(config.first_start.demo).map_err(UpError::Random)?;
    let extent = demo_sessions.map_or(BELIEVABLE, |count| Extent { least: count, most: count });
    let now = time::truncate(chrono::Utc::now());
    let mut registries: Vec<String> = about.images.iter().map(|image| image.registry.clone()).collect();
    registries.dedup();
    let plan = founding::plan(&accounts, &registries, config.first_start.demo.then_some(extent), now).await?;
    first_accounts::keep(&kept, &accounts).map_err(failed)?;
    let made = store.found(&plan, now).await.map_err(UpError::Founding)?;
    Ok(made.then_some(accounts))
}

/// Accounts that were kept, if this installation was founded with them.
async fn untold(store: &Store, kept: Option<Vec<Account>>) -> Result<Option<Vec<Account>>, UpError> {
    let Some(accounts) = kept else { return Ok(None) };
    let Some(first) = accounts.first() else { return Ok(None) };
    let owner = store.key_owner(&first.access_key).await.map_err(UpError::Founding)?;
    Ok(owner.is_some_and(|owner| owner.user_id == first.id).then_some(accounts))
}

/// A token that the first SIGINT or SIGTERM cancels. A second one ends the program at once.
pub(crate) fn stop_on_signals() -> Result<CancellationToken, UpError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(UpError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(UpError::Signals)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            service_manager::stopping();
            told.cancel();
        }
    });
    Ok(stop)
}
