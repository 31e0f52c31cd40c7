//! How often an address may sign wrongly: each try costs a look into the database and a signature.
//!
//! Who has signed rightly from that address a moment ago goes on: one forgotten script behind a
//! shared address keeps nobody else out. This machine itself is not bounded: behind a proxy on it
//! everybody has its address, and bounding strangers is then the proxy's part. Only the connection's
//! own address counts; a header such as `X-Forwarded-For` is anybody's claim.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rollcall_model::ids::AccessKey;

use rollcall_model::throttle::network;

/// Addresses remembered at most; the one whose window began first goes first.
const CAPACITY: usize = 10_000;
/// Keys remembered of one address.
const KNOWN_KEYS: usize = 32;

/// Wrong signatures by address.
#[derive(Debug)]
pub(crate) struct Strangers {
    allowed: u32,
    window: Duration,
    seen: Mutex<HashMap<IpAddr, Seen>>,
}

#[derive(Debug)]
struct Seen {
    since: Instant,
    failures: u32,
    /// Keys that signed rightly since the first failure, the longest known first.
    known: VecDeque<AccessKey>,
}

impl Strangers {
    pub(crate) fn new(allowed: u32, window: Duration) -> Self {
        Self { allowed, window, seen: Mutex::default() }
    }

    /// How long a request that claims `key` has to wait; `None` if it may be looked at.
    pub(crate) fn blocked(&self, address: IpAddr, key: &AccessKey) -> Option<Duration> {
        self.blocked_at(address, key, Instant::now())
    }

    /// A signature was wrong, or the key unknown.
    pub(crate) fn failed(&self, address: IpAddr) {
        self.failed_at(address, Instant::now());
    }

    /// A signature was right.
    pub(crate) fn signed(&self, address: IpAddr, key: &AccessKey) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is remembered where nothing fails, which is nearly everywhere.
        let Some(entry) = seen.get_mut(&network(address)) else { return };
        if !entry.known.contains(key) {
            if entry.known.len() >= KNOWN_KEYS {
                entry.known.pop_front();
            }
            entry.known.push_back(key.clone());
        }
    }

    fn blocked_at(&self, address: IpAddr, key: &AccessKey, now: Instant) -> Option<Duration> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = seen.get(&network(address))?;
        let left = self.window.checked_sub(now.duration_since(entry.since)).filter(|left| !left.is_zero())?;
        (entry.failures >= self.allowed && !entry.known.contains(key)).then_some(left)
    }

    fn failed_at(&self, address: IpAddr, now: Instant) {
        let address = network(address);
        if address.is_loopback() {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= CAPACITY && !seen.contains_key(&address) {
            self.make_room(&mut seen, now);
        }
        let entry = seen.entry(address).or_insert(Seen { since: now, failures: 0, known: VecDeque::new() });
        if now.duration_since(entry.since) >= self.window {
            (entry.since, entry.failures) = (now, 0);
        }
        entry.failures = entry.failures.saturating_add(1);
    }

    fn make_room(&self, seen: &mut HashMap<IpAddr, Seen>, now: Instant) {
        seen.retain(|_, entry| now.duration_since(entry.since) < self.window);
        if seen.len() >= CAPACITY {
            let oldest = seen.iter().min_by_key(|(_, entry)| entry.since).map(|(address, _)| *address);
            oldest.map(|address| seen.remove(&address));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_that_signs_wrongly_waits_and_its_neighbours_keys_do_not() {
        let strangers = Strangers::new(2, WINDOW);
        let (known, unknown) = (AccessKey::from("KNOWN"), AccessKey::from("UNKNOWN"));
        let began = Instant::now();
        let from = address("192.0.2.1");
        strangers.failed_at(from, began);
        strangers.signed(from, &known);
        assert_eq!(strangers.blocked_at(from, &unknown, began), None);
        strangers.failed_at(from, began + Duration::from_secs(10));
        let later = began + Duration::from_secs(20);
        assert_eq!(strangers.blocked_at(from, &unknown, later), Some(Duration::from_secs(40)));
        assert_eq!(strangers.blocked_at(address("::ffff:192.0.2.1"), &unknown, later), Some(Duration::from_secs(40)));
        assert_eq!(strangers.blocked_at(from, &known, later), None);
        assert_eq!(strangers.blocked_at(address("192.0.2.2"), &unknown, later), None);
        assert_eq!(strangers.blocked_at(from, &unknown, began + WINDOW), None);
        strangers.failed_at(from, began + WINDOW);
        assert_eq!(strangers.blocked_at(from, &unknown, began + WINDOW), None);
    }

    #[test]
    fn this_machine_is_not_bounded_and_memory_is() {
        let strangers = Strangers::new(1, WINDOW);
        let now = Instant::now();
        for local in ["127.0.0.1", "127.9.9.9", "::1"] {
            strangers.failed_at(address(local), now);
            assert_eq!(strangers.blocked_at(address(local), &AccessKey::from("X"), now), None, "{local}");
        }
        let first = address("10.0.0.0");
        strangers.failed_at(first, now);
        for number in 1..=u32::try_from(CAPACITY).unwrap() {
            let [_, a, b, c] = number.to_be_bytes();
            strangers.failed_at(IpAddr::from([10, a, b, c]), now + Duration::from_millis(u64::from(number)));
        }
        let seen = strangers.seen.lock().unwrap();
        assert!(seen.len() <= CAPACITY && !seen.contains_key(&first));
    }
}
