//! The kernels this engine knows, and what is done to them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rollcall_model::ids::KernelId;
use rollcall_model::image::Image;
use rollcall_model::stats::KernelStats;
use tokio::sync::watch;

use super::images::Found;
use super::link::{self, Asking, Hearing};
use super::machine::Machine;
use super::order::{self, ExitRecord, Order, ShimRecord};
use super::stats::Sampler;
use super::{LocalSettings, blocking, launch, sweep, viewer};
use crate::shim::protocol::Request;
use crate::{KernelSpec, KernelState, Observed, RuntimeError, Started, Terminal};

/// A shim that holds its lock but does not yet listen is just starting.
const ADOPTION: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct Entry {
    order: Order,
    state: KernelState,
    asking: Option<Arc<tokio::sync::Mutex<Asking>>>,
    shim_pid: i32,
    sampler: Arc<Mutex<Sampler>>,
}

#[derive(Debug)]
pub(super) struct Kernels {
    settings: LocalSettings,
    machine: Machine,
    images: Mutex<Vec<Found>>,
    entries: Mutex<HashMap<KernelId, Entry>>,
    /// One start or removal of a kernel at a time.
    turns: Mutex<HashMap<KernelId, Arc<tokio::sync::Mutex<()>>>>,
    changes: watch::Sender<u64>,
}

/// Nothing panics while these are held; a poisoned one is as good as another.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kernels {
    pub(super) fn new(settings: LocalSettings, machine: Machine, images: Vec<Found>) -> Self {
        Self {
            settings,
            machine,
            images: Mutex::new(images),
            entries: Mutex::default(),
            turns: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|number| *number = number.wrapping_add(1));
    }

    fn directory(&self, kernel: KernelId) -> PathBuf {
        self.settings.state_dir.join("kernels").join(kernel.to_string())
    }

    fn turn(&self, kernel: KernelId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(lock(&self.turns).entry(kernel).or_default())
    }

    /// Finds every kernel of the state directory again.
    pub(super) async fn adopt_all(self: &Arc<Self>) -> Result<(), RuntimeError> {
        let path = self.settings.state_dir.join("kernels");
        let names = std::fs::read_dir(&path).map_err(|source| RuntimeError::Open { path: path.clone(), source })?;
        let mut adoptions = tokio::task::JoinSet::new();
        for kernel in names.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<KernelId>().ok()) {
            let kernels = Arc::clone(self);
            adoptions.spawn(async move { kernels.adopt(kernel).await });
        }
        while let Some(adoption) = adoptions.join_next().await {
            adoption.map_err(|_| RuntimeError::Closed)?;
        }
        Ok(())
    }

    async fn adopt(self: &Arc<Self>, kernel: KernelId) {
        let directory = self.directory(kernel);
        let order = match order::read::<Order>(&directory.join(order::ORDER)) {
            Ok(Some(order)) if order.kernel == kernel => order,
            Ok(_) => {
                // Cut off before the order was written: nothing was ever started from it.
                let _ = launch::remove_all(&directory);
                return;
            }
            Err(error) => {
                tracing::error!(%kernel, %error, "kernel {kernel} has an unreadable order");
                return;
            }
        };
        if !self.connect(&order).await {
            self.settle(&order).await;
        }
    }

    /// Shakes hands with the kernel's shim, if there is one, and watches it from then on.
    async fn connect(self: &Arc<Self>, order: &Order) -> bool {
        let directory = self.directory(order.kernel);
        let limit = Instant::now() + ADOPTION;
        loop {
            match link::connect(&directory, order).await {
                Ok((asking, hearing)) => {
                    self.runs(order, asking, hearing);
                    return true;
                }
                // It is starting or ending; both are short.
                Err(_) if launch::is_held(&directory) && Instant::now() < limit => {
                    tokio::time::sleep(Duration::from_millis(5)).await
                }
                Err(error) => {
                    tracing::debug!(kernel = %order.kernel, %error, "no shim of kernel {}", order.kernel);
                    return false;
                }
            }
        }
    }

    fn runs(self: &Arc<Self>, order: &Order, asking: Asking, hearing: Hearing) {
        let shim = order::read::<ShimRecord>(&self.directory(order.kernel).join(order::SHIM)).ok().flatten();
        let entry = Entry {
            order: order.clone(),
            state: KernelState::Running,
            asking: Some(Arc::new(tokio::sync::Mutex::new(asking))),
            shim_pid: shim.map_or(0, |shim| shim.pid),
            sampler: sampler(order),
        };
        lock(&self.entries).insert(order.kernel, entry);
        self.changed();
        let (kernels, order) = (Arc::clone(self), order.clone());
        tokio::spawn(async move {
            hearing.end().await;
            kernels.settle(&order).await;
        });
    }

    /// The shim is gone: records the end it wrote, or that there is none.
    async fn settle(self: &Arc<Self>, order: &Order) {
        let (directory, boot_id, swept) = (self.directory(order.kernel), self.machine.boot_id.clone(), order.clone());
        let exit = blocking(move || {
            let read = || {
                order::read::<ExitRecord>(&directory.join(order::EXIT))
                    .ok()
                    .flatten()
                    .filter(|exit| exit.generation == swept.generation)
            };
            if read().is_none() {
                sweep::sweep(&directory, &swept, &boot_id);
            }
            read()
        });
        let exit = exit.await.ok().flatten();
        let mut entries = lock(&self.entries);
        let entry = entries.entry(order.kernel).or_insert_with(|| Entry {
            order: order.clone(),
            state: KernelState::Lost,
            asking: None,
            shim_pid: 0,
            sampler: sampler(order),
        });
        // A later start of the kernel may have come in between.
        if entry.order.generation == order.generation {
            entry.asking = None;
            entry.state = match &exit {
                Some(exit) => KernelState::Exited { code: exit.code, signal: exit.signal, at: exit.at, oom: exit.oom },
                None => KernelState::Lost,
            };
            if let Some(exit) = exit {
                let stats = &mut lock(&entry.sampler).stats;
                stats.cpu_used_us = stats.cpu_used_us.max(exit.cpu_used_us);
                stats.mem_max_bytes = stats.mem_max_bytes.max(exit.mem_max_bytes);
            }
        }
        drop(entries);
        self.changed();
    }

    pub(super) async fn start(self: &Arc<Self>, spec: &KernelSpec) -> Result<Started, RuntimeError> {
        let turn = self.turn(spec.kernel);
        let _turn = turn.lock().await;
        let image = self.image(&spec.image)?;
        let known = lock(&self.entries).get(&spec.kernel).map(|entry| (entry.order.clone(), entry.state.clone()));
        if let Some((order, state)) = &known {
            if order.generation > spec.generation {
                return Err(RuntimeError::OldGeneration {
                    kernel: spec.kernel,
                    known: order.generation,
                    asked: spec.generation,
                });
            }
            if order.generation == spec.generation {
                match state {
                    KernelState::Lost if self.was_started(order) => {
                        return Err(RuntimeError::Start {
                            kernel: spec.kernel,
                            reason: "it ran already, and its shim was lost".to_owned(),
                        });
                    }
                    KernelState::Lost | KernelState::Starting => {}
                    KernelState::Running | KernelState::Exited { .. } => return Ok(started(order)),
                }
            } else {
                self.end(spec.kernel).await?;
            }
        }
        let uid = self.uid(spec.kernel, known.map(|(order, _)| order))?;
        let Some(order) = self.prepare(spec, image, uid).await? else { return self.take_over(spec).await };
        let launched = launch::launch(&self.directory(spec.kernel), &order, &self.settings.shim_program).await;
        if launched.is_err() {
            self.settle(&order).await;
        }
        launched?;
        if !self.connect(&order).await {
            // So short a command that its shim has already ended.
            self.settle(&order).await;
        }
        Ok(started(&order))
    }

    async fn prepare(
        self: &Arc<Self>,
        spec: &KernelSpec,
        image: Found,
        uid: Option<u32>,
    ) -> Result<Option<Order>, RuntimeError> {
        let (kernels, spec) = (Arc::clone(self), spec.clone());
        blocking(move || {
            let failed = |source| RuntimeError::Kernel { kernel: spec.kernel, act: "preparing the directory", source };
            let order = launch::order(&spec, &kernels.settings, &kernels.machine, &image, uid).map_err(failed)?;
            if !launch::prepare(&kernels.directory(spec.kernel), &order, &spec.files).map_err(failed)? {
                return Ok(None);
            }
            let entry = Entry {
                order: order.clone(),
                state: KernelState::Starting,
                asking: None,
                shim_pid: 0,
                sampler: sampler(&order),
            };
            lock(&kernels.entries).insert(spec.kernel, entry);
            Ok(Some(order))
        })
        .await?
    }

    /// A shim from a start that was cut off holds the kernel: it is the start that was asked for.
    async fn take_over(self: &Arc<Self>, spec: &KernelSpec) -> Result<Started, RuntimeError> {
        let failed = |source| RuntimeError::Kernel { kernel: spec.kernel, act: "reading the order", source };
        let order = order::read::<Order>(&self.directory(spec.kernel).join(order::ORDER)).map_err(failed)?;
        match order {
            Some(order) if order.generation == spec.generation => {
                if !self.connect(&order).await {
                    self.settle(&order).await;
                }
                Ok(started(&order))
            }
            _ => Err(RuntimeError::Start {
                kernel: spec.kernel,
                reason: "another start of it has not ended yet".to_owned(),
            }),
        }
    }

    /// What can be started.
    pub(super) fn images(&self) -> Vec<Image> {
        lock(&self.images).iter().map(|found| found.image.clone()).collect()
    }

    /// Starts these from now on, and no others. Kernels that run are left alone.
    pub(super) fn offer(&self, found: Vec<Found>) {
        *lock(&self.images) = found;
    }

    fn image(&self, reference: &str) -> Result<Found, RuntimeError> {
        let named = |found: &&Found| {
            found.image.canonical() == reference || found.image.aliases.iter().any(|alias| alias == reference)
        };
        let images = lock(&self.images);
        images.iter().find(named).cloned().ok_or_else(|| RuntimeError::NoImage { image: reference.to_owned() })
    }

    /// The kernel's user: the one its home belongs to, else a free one.
    fn uid(&self, kernel: KernelId, before: Option<Order>) -> Result<Option<u32>, RuntimeError> {
        if !self.machine.is_root {
            return Ok(None);
        }
        if let Some(uid) = before.and_then(|order| order.uid) {
            return Ok(Some(uid));
        }
        let taken: HashSet<u32> = lock(&self.entries).values().filter_map(|entry| entry.order.uid).collect();
        let free = launch::free_uid(&self.settings, &taken);
        free.map(Some).ok_or_else(|| RuntimeError::Start { kernel, reason: "no user id is free".to_owned() })
    }

    fn was_started(&self, order: &Order) -> bool {
        let shim = order::read::<ShimRecord>(&self.directory(order.kernel).join(order::SHIM));
        !matches!(shim, Ok(None)) || order.boot_id != self.machine.boot_id
    }

    pub(super) fn list(&self) -> Vec<Observed> {
        let entries = lock(&self.entries);
        let observed = |(kernel, entry): (&KernelId, &Entry)| Observed {
            kernel: *kernel,
            session: entry.order.session,
            generation: entry.order.generation,
            container_id: entry.order.container_id.clone(),
            state: entry.state.clone(),
        };
        entries.iter().map(observed).collect()
    }

    /// Opens the terminal of a kernel that runs.
    pub(super) async fn attach(&self, kernel: KernelId) -> Result<Option<Terminal>, RuntimeError> {
        let order = {
            let entries = lock(&self.entries);
            entries.get(&kernel).filter(|entry| entry.state == KernelState::Running).map(|entry| entry.order.clone())
        };
        let Some(order) = order else { return Ok(None) };
        let opened = viewer::open(&self.directory(kernel), &order).await;
        opened.map(Some).map_err(|source| RuntimeError::Kernel { kernel, act: "opening the terminal", source })
    }

    /// Asks the kernel's shim for something. One without a shim has ended: fine.
    pub(super) async fn ask(&self, kernel: KernelId, request: &Request) -> Result<(), RuntimeError> {
        let asking = lock(&self.entries).get(&kernel).and_then(|entry| entry.asking.clone());
        if let Some(asking) = asking
            && let Err(error) = asking.lock().await.ask(request).await
        {
            // It ended just now; who watches it will find out.
            tracing::debug!(%kernel, %error, "shim of kernel {kernel} took no request");
        }
        Ok(())
    }

    /// Kills a kernel and waits for its end.
    async fn end(&self, kernel: KernelId) -> Result<(), RuntimeError> {
        let mut changes = self.changes();
        loop {
            changes.mark_unchanged();
            let running = lock(&self.entries).get(&kernel).is_some_and(|entry| entry.asking.is_some());
            if !running {
                return Ok(());
            }
            self.ask(kernel, &Request::Kill).await?;
            let _ = tokio::time::timeout(Duration::from_secs(1), changes.changed()).await;
        }
    }

    pub(super) fn logs(&self, kernel: KernelId) -> Result<Option<Vec<u8>>, RuntimeError> {
        if !lock(&self.entries).contains_key(&kernel) {
            return Ok(None);
        }
        let directory = self.directory(kernel);
        let read = |name: &str| match std::fs::read(directory.join(name)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other,
        };
        let joined = read(order::OLD_LOG).and_then(|mut older| {
            older.extend(read(order::LOG)?);
            Ok(older)
        });
        joined.map(Some).map_err(|source| RuntimeError::Kernel { kernel, act: "reading the log", source })
    }

    pub(super) fn stats(&self, kernel: KernelId) -> Option<KernelStats> {
        let sampler = lock(&self.entries).get(&kernel).map(|entry| Arc::clone(&entry.sampler))?;
        let stats = lock(&sampler).stats;
        Some(stats)
    }

    /// Samples every running kernel. Blocks.
    pub(super) fn sample(&self) {
        let running: Vec<_> = lock(&self.entries)
            .values()
            .filter(|entry| entry.asking.is_some())
            .map(|entry| (entry.order.clone(), entry.shim_pid, Arc::clone(&entry.sampler)))
            .collect();
        for (order, shim_pid, sampler) in running {
            let home = self.directory(order.kernel).join(order::HOME);
            lock(&sampler).sample(&order.cgroups, shim_pid, &home);
        }
    }

    pub(super) async fn forget(self: &Arc<Self>, kernel: KernelId) -> Result<(), RuntimeError> {
        let turn = self.turn(kernel);
        let guard = turn.lock().await;
        self.end(kernel).await?;
        let directory = self.directory(kernel);
        blocking(move || remove(&directory)).await?.map_err(|source| RuntimeError::Kernel {
            kernel,
            act: "removing the directory",
            source,
        })?;
        lock(&self.entries).remove(&kernel);
        drop(guard);
        lock(&self.turns).remove(&kernel);
        self.changed();
        Ok(())
    }
}

fn remove(directory: &Path) -> std::io::Result<()> {
    // A shim that wrote its exit may still hold the lock for a moment; its directory can go.
    launch::remove_all(directory)
}

fn sampler(order: &Order) -> Arc<Mutex<Sampler>> {
    Arc::new(Mutex::new(Sampler::new(order.cpu_milli, order.mem_bytes)))
}

fn started(order: &Order) -> Started {
    Started {
        container_id: order.container_id.clone(),
        service_ports: serde_json::Value::Array(vec![rollcall_model::terminal::service()]),
    }
}
