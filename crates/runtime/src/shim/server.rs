//! The shim's loop: terminal, clients and the kernel's end, in one thread and one poll.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rollcall_model::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use super::kernel::{self, Ended, Kernel};
use super::output::Output;
use super::protocol::{self, Decoder, Reply, Request};
use crate::local::order::{self, ExitRecord, Order};

const CLIENTS: usize = 16;
/// A client that does not read is dropped when so much waits for it.
const BACKLOG: usize = 4 << 20;
/// Typed ahead; more is not taken from the client until the kernel read some.
const TYPED: usize = 256 << 10;

/// Listens in the kernel's directory. The path goes through a descriptor, so it is always short.
pub(super) fn listen(directory: &Path) -> io::Result<UnixListener> {
    order::remove(&directory.join(order::SOCKET))?;
    let opened = File::open(directory)?;
    let listener = UnixListener::bind(format!("/proc/self/fd/{}/{}", opened.as_raw_fd(), order::SOCKET))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

struct Client {
    stream: UnixStream,
    decoder: Decoder,
    waiting: VecDeque<u8>,
    known: bool,
    attached: bool,
    closing: bool,
}

pub(super) struct Server<'a> {
    order: &'a Order,
    directory: PathBuf,
    listener: UnixListener,
    kernel: Kernel,
    output: Output,
    clients: Vec<Client>,
    typed: VecDeque<u8>,
    kill_at: Option<Instant>,
}

impl<'a> Server<'a> {
    pub(super) fn new(
        order: &'a Order,
        directory: &Path,
        listener: UnixListener,
        kernel: Kernel,
        output: Output,
    ) -> Self {
        Self {
            order,
            directory: directory.to_owned(),
            listener,
            kernel,
            output,
            clients: Vec::new(),
            typed: VecDeque::new(),
            kill_at: None,
        }
    }

    pub(super) fn run(mut self) -> io::Result<()> {
        loop {
            let ready = self.wait()?;
            if ready.terminal {
                self.read_terminal();
            }
            self.write_terminal();
            if ready.listener {
                self.accept();
            }
            self.serve_clients();
            if self.kill_at.is_some_and(|at| at <= Instant::now()) {
                self.kernel.kill();
                self.kill_at = Some(Instant::now() + Duration::from_millis(100));
            }
            if let Some(ended) = self.kernel.reap() {
                return self.finish(ended);
            }
        }
    }

    fn wait(&self) -> io::Result<Ready> {
        let terminal = if self.typed.is_empty() { PollFlags::IN } else { PollFlags::IN | PollFlags::OUT };
        let mut descriptors = vec![
            PollFd::new(self.kernel.watch(), PollFlags::IN),
            PollFd::new(self.kernel.master(), terminal),
            PollFd::new(&self.listener, PollFlags::IN),
        ];
        for client in &self.clients {
            let flags = if client.waiting.is_empty() { PollFlags::IN } else { PollFlags::IN | PollFlags::OUT };
            descriptors.push(PollFd::from_borrowed_fd(client.stream.as_fd(), flags));
        }
        match poll(&mut descriptors, self.timeout().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let set = |index: usize| descriptors.get(index).is_some_and(|descriptor| !descriptor.revents().is_empty());
        let ready = Ready { terminal: set(1), listener: set(2) };
        if ready.terminal && descriptors.get(1).is_some_and(|terminal| terminal.revents() == PollFlags::HUP) {
            // All processes closed the terminal but the first still lives: it is readable for ever.
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(ready)
    }

    fn timeout(&self) -> Option<Timespec> {
        let left = self.kill_at.map(|at| at.saturating_duration_since(Instant::now()));
        // Orphans that ended say nothing; look now and then.
        let sweep = self.kernel.adopts_orphans().then_some(Duration::from_secs(5));
        let shortest = match (left, sweep) {
            (Some(left), Some(sweep)) => left.min(sweep),
            (one, other) => one.or(other)?,
        };
        Some(Timespec {
            tv_sec: i64::try_from(shortest.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(shortest.subsec_nanos()),
        })
    }

    /// Reads a bounded amount; returns whether there was any.
    fn read_terminal(&mut self) -> bool {
        let Ok(mut master) = kernel::as_file(self.kernel.master()) else { return false };
        let mut buffer = [0; 16 << 10];
        let Ok(count @ 1..) = master.read(&mut buffer) else { return false };
        let bytes = buffer.get(..count).unwrap_or_default();
        self.output.keep(bytes);
        for client in self.clients.iter_mut().filter(|client| client.attached) {
            client.queue(&Reply::Output, bytes);
        }
        true
    }

    fn write_terminal(&mut self) {
        if self.typed.is_empty() {
            return;
        }
        let Ok(mut master) = kernel::as_file(self.kernel.master()) else { return };
        let (front, _) = self.typed.as_slices();
        if let Ok(count) = master.write(front) {
            self.typed.drain(..count);
        }
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            if self.clients.len() < CLIENTS && stream.set_nonblocking(true).is_ok() {
                self.clients.push(Client::new(stream));
            }
        }
    }

    fn serve_clients(&mut self) {
        let mut clients = std::mem::take(&mut self.clients);
        for client in &mut clients {
            if client.fill().and_then(|()| self.answer(client)).is_err() {
                client.closing = true;
            }
            client.flush();
        }
        clients.retain(|client| !(client.closing && client.waiting.is_empty()));
        self.clients = clients;
    }

    fn answer(&mut self, client: &mut Client) -> io::Result<()> {
        while self.typed.len() < TYPED {
            let Some((request, payload)) = client.decoder.take::<Request>()? else { break };
            if let Request::Hello { version, kernel, nonce } = &request {
                let right =
                    *version == protocol::VERSION && *kernel == self.order.kernel && same(nonce, &self.order.nonce);
                if !right {
                    return client.refuse("wrong version, kernel or nonce");
                }
                client.known = true;
                let reply = Reply::Hello {
                    version: protocol::VERSION,
                    kernel: self.order.kernel,
                    generation: self.order.generation,
                    nonce: self.order.nonce.clone(),
                };
                client.queue(&reply, &[]);
            } else if client.known {
                self.act(client, request, &payload);
            } else {
                return client.refuse("say hello first");
            }
        }
        Ok(())
    }

    fn act(&mut self, client: &mut Client, request: Request, payload: &[u8]) {
        match request {
            Request::Hello { .. } => {}
            Request::Attach { replay } => {
                client.attached = true;
                if replay {
                    client.queue(&Reply::Output, &self.output.replay());
                }
            }
            Request::Input => self.typed.extend(payload),
            Request::Resize { rows, cols } => {
                if let Err(error) = self.kernel.resize(rows, cols) {
                    client.queue(&Reply::Refused { reason: error.to_string() }, &[]);
                }
            }
            Request::Signal { name } => match kernel::named(&name) {
                Some(signal) => self.kernel.signal(&[signal]),
                None => client.queue(&Reply::Refused { reason: format!("no signal {name}") }, &[]),
            },
            Request::Terminate { grace_ms } => self.terminate(Duration::from_millis(grace_ms)),
            Request::Kill => {
                self.kernel.kill();
                self.kill_at = Some(Instant::now() + Duration::from_millis(100));
            }
            Request::Status => {
                let (rows, cols) = self.kernel.size();
                let status =
                    Reply::Status { pid: self.kernel.identity().0, rows, cols, ending: self.kill_at.is_some() };
                client.queue(&status, &[]);
            }
        }
    }

    fn terminate(&mut self, grace: Duration) {
        // Asking again neither repeats the signals nor prolongs the grace.
        if self.kill_at.is_some() {
            return;
        }
        // CONT last: a stopped process takes the others only then.
        self.kernel.signal(&[Signal::TERM, Signal::HUP, Signal::CONT]);
        self.kill_at = Some(Instant::now() + grace);
    }

    fn finish(mut self, ended: Ended) -> io::Result<()> {
        self.kernel.kill_all();
        // Everything that could write is gone: what the terminal still holds is the rest.
        while self.read_terminal() {}
        let usage = self.order.cgroups.usage();
        let record = ExitRecord {
            generation: self.order.generation,
            code: ended.code,
            signal: ended.signal,
            at: now(),
            oom: self.order.cgroups.oom_killed(),
            cpu_used_us: usage.cpu_us.unwrap_or(0),
            mem_max_bytes: usage.mem_max_bytes.unwrap_or(0),
        };
        self.order.cgroups.remove();
        order::write(&self.directory, order::EXIT, &record)?;
        order::remove(&self.directory.join(order::SOCKET))?;
        for client in &mut self.clients {
            client.queue(&Reply::Exit { code: ended.code }, &[]);
            client.flush();
        }
        Ok(())
    }
}

struct Ready {
    terminal: bool,
    listener: bool,
}

impl Client {
    fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            decoder: Decoder::default(),
            waiting: VecDeque::new(),
            known: false,
            attached: false,
            closing: false,
        }
    }

    /// Reads what there is, up to a bound.
    fn fill(&mut self) -> io::Result<()> {
        if self.closing {
            return Ok(());
        }
        let mut buffer = [0; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.decoder.push(buffer.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn queue(&mut self, reply: &Reply, payload: &[u8]) {
        match protocol::encode(reply, payload) {
            Ok(frame) if self.waiting.len() + frame.len() <= BACKLOG => self.waiting.extend(frame),
            _ => {
                self.waiting.clear();
                self.closing = true;
            }
        }
    }

    fn refuse(&mut self, reason: &str) -> io::Result<()> {
        self.queue(&Reply::Refused { reason: reason.to_owned() }, &[]);
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn flush(&mut self) {
        while !self.waiting.is_empty() {
            let (front, _) = self.waiting.as_slices();
            match self.stream.write(front) {
                Ok(count @ 1..) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                _ => {
                    self.waiting.clear();
                    self.closing = true;
                }
            }
        }
    }
}

/// Compares without telling by the time taken where the difference is.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// The wall clock, with the microseconds that the API prints.
fn now() -> Timestamp {
    let now = chrono::Utc::now();
    Timestamp::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}
