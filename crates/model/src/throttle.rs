//! How often a password may be tried: counted by account and address together, so that a stranger
//! who guesses can't lock the owner out, who comes from elsewhere.
//!
//! The address is the connection's own. A header such as `X-Forwarded-For` is anybody's claim.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Pairs remembered at most; the one tried longest ago goes first.
const CAPACITY: usize = 20_000;

/// One account as seen from one address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    domain: String,
    email: String,
    network: IpAddr,
}

impl Attempt {
    /// E-mails differ by more than case.
    #[must_use]
    pub fn new(domain: &str, email: &str, address: IpAddr) -> Self {
        Self { domain: domain.to_owned(), email: email.to_lowercase(), network: network(address) }
    }
}

/// What counts as one address: of IPv6 everything that one subscriber has.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_none() && !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        other => other.to_canonical(),
    }
}

/// Failed logins in a row.
#[derive(Debug)]
pub struct Throttle {
    allowed: u32,
    block: Duration,
    tries: Mutex<HashMap<Attempt, (u32, Instant)>>,
}

impl Throttle {
    /// As many as `allowed`, then a pause of `block`.
    #[must_use]
    pub fn new(allowed: u32, block: Duration) -> Self {
        Self { allowed, block, tries: Mutex::default() }
    }

    /// Takes a try before the password is looked at, so that many at once count as many; `false`
    /// means that none is left. Trying while blocked renews the block.
    pub fn take(&self, attempt: &Attempt) -> bool {
        let now = Instant::now();
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= CAPACITY && !tries.contains_key(attempt) {
            self.make_room(&mut tries, now);
        }
        let (count, last) = tries.entry(attempt.clone()).or_insert((0, now));
        if now.duration_since(*last) >= self.block {
            *count = 0;
        }
        *last = now;
        if *count >= self.allowed {
            return false;
        }
        *count += 1;
        true
    }

    /// Forgets the failures after a success.
    pub fn clear(&self, attempt: &Attempt) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(attempt);
    }

    fn make_room(&self, tries: &mut HashMap<Attempt, (u32, Instant)>, now: Instant) {
        tries.retain(|_, (_, last)| now.duration_since(*last) < self.block);
        if tries.len() >= CAPACITY {
            let oldest = tries.iter().min_by_key(|(_, (_, last))| *last).map(|(attempt, _)| attempt.clone());
            oldest.map(|attempt| tries.remove(&attempt));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_address_is_blocked_and_another_is_not() {
        let throttle = Throttle::new(2, Duration::from_secs(60));
        let from = |address: &str| Attempt::new("default", "a@example.com", address.parse().unwrap());
        assert!(throttle.take(&from("192.0.2.1")));
        assert!(throttle.take(&from("::ffff:192.0.2.1")));
        assert!(!throttle.take(&from("192.0.2.1")));
        assert!(throttle.take(&from("192.0.2.2")));
        assert!(throttle.take(&from("2001:db8::1")));
        assert!(throttle.take(&from("2001:db8::2")));
        assert!(!throttle.take(&from("2001:db8::3")));
    }

    #[test]
    fn success_clears_and_time_heals() {
        let throttle = Throttle::new(1, Duration::from_secs(60));
        let attempt = Attempt::new("default", "A@example.com", "192.0.2.1".parse().unwrap());
        assert!(throttle.take(&attempt));
        throttle.clear(&Attempt::new("default", "a@EXAMPLE.com", "192.0.2.1".parse().unwrap()));
        assert!(throttle.take(&attempt));

        let healed = Throttle::new(1, Duration::ZERO);
        assert!(healed.take(&attempt));
        assert!(healed.take(&attempt));
    }
}
