//! Logins before a foreign manager, which knows none: kept in this process, secret keys sealed under a
//! key that lives no longer than it does. Nothing but time and signing out ends them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::settings::Settings;

/// Logins kept at most; the one longest unused goes first.
const CAPACITY: usize = 10_000;

/// What a login stands for.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    /// Public, and proves nothing.
    pub(crate) id: Uuid,
    pub(crate) access_key: String,
    pub(crate) role: String,
    pub(crate) secret_key: SecretString,
    /// Cancelled with the login.
    pub(crate) ended: CancellationToken,
}

/// No random bytes, or sealing failed.
#[derive(Debug, thiserror::Error)]
#[error("keeping the login safe failed")]
pub(crate) struct Unsafe;

/// All of them.
pub(crate) struct Vault {
    cipher: ChaCha20Poly1305,
    idle: Duration,
    absolute: Duration,
    /// By the digest of the cookie: who reads this memory's index learns no cookie.
    logins: Mutex<HashMap<[u8; 32], Kept>>,
}

struct Kept {
    id: Uuid,
    access_key: String,
    role: String,
    sealed: Vec<u8>,
    nonce: [u8; 12],
    began: Instant,
    used: Instant,
    ended: CancellationToken,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

impl Vault {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Unsafe> {
        let mut key = Zeroizing::new([0_u8; 32]);
        getrandom::fill(key.as_mut()).map_err(|_| Unsafe)?;
        let cipher = ChaCha20Poly1305::new(&Key::from(*key));
        Ok(Self { cipher, idle: settings.login_idle, absolute: settings.login_absolute, logins: Mutex::default() })
    }

    /// Keeps a login under a fresh cookie.
    pub(crate) fn keep(&self, access_key: &str, secret: &SecretString, role: &str) -> Result<String, Unsafe> {
        let cookie = fresh()?;
        let mut nonce = [0_u8; 12];
        getrandom::fill(&mut nonce).map_err(|_| Unsafe)?;
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), secret.expose_secret().as_bytes()).map_err(|_| Unsafe)?;
        let now = Instant::now();
        let kept = Kept {
            id: Uuid::new_v4(),
            access_key: access_key.to_owned(),
            role: role.to_owned(),
            sealed,
            nonce,
            began: now,
            used: now,
            ended: CancellationToken::new(),
        };
        let mut logins = self.lock();
        if logins.len() >= CAPACITY {
            logins.retain(|_, kept| self.lasts(kept, now));
            let oldest = logins.iter().min_by_key(|(_, kept)| kept.used).map(|(digest, _)| *digest);
            if let Some(oldest) = oldest.filter(|_| logins.len() >= CAPACITY) {
                logins.remove(&oldest);
            }
        }
        logins.insert(digest(&cookie), kept);
        Ok(cookie)
    }

    /// What this cookie stands for now.
    pub(crate) fn look(&self, cookie: &str) -> Option<Holder> {
        let now = Instant::now();
        let digest = digest(cookie);
        let mut logins = self.lock();
        let kept = logins.get_mut(&digest)?;
        if !self.lasts(kept, now) {
            logins.remove(&digest);
            return None;
        }
        kept.used = now;
        let opened = self.cipher.decrypt(&Nonce::from(kept.nonce), kept.sealed.as_slice()).ok()?;
        Some(Holder {
            id: kept.id,
            access_key: kept.access_key.clone(),
            role: kept.role.clone(),
            secret_key: String::from_utf8(opened).ok()?.into(),
            ended: kept.ended.clone(),
        })
    }

    /// Ends it, with what it opened.
    pub(crate) fn end(&self, cookie: &str) {
        self.lock().remove(&digest(cookie));
    }

    fn lasts(&self, kept: &Kept, now: Instant) -> bool {
        now.duration_since(kept.used) < self.idle && now.duration_since(kept.began) < self.absolute
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie.as_bytes()).into()
}

/// 128 random bits in the cookie's form.
pub(crate) fn fresh() -> Result<String, Unsafe> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| Unsafe)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_login_lasts_until_its_time_or_its_end() {
        let vault = Vault::new(&Settings::default()).unwrap();
        let cookie = vault.keep("KEY", &SecretString::from("secret"), "user").unwrap();
        assert!(crate::cookie::is_formed(&cookie));
        let holder = vault.look(&cookie).unwrap();
        assert_eq!((holder.access_key.as_str(), holder.secret_key.expose_secret()), ("KEY", "secret"));
        assert!(vault.look(&fresh().unwrap()).is_none());
        assert!(!vault.lock().values().any(|kept| kept.sealed.windows(6).any(|part| part == b"secret")));
        vault.end(&cookie);
        assert!(holder.ended.is_cancelled());
        assert!(vault.look(&cookie).is_none());

        let brief = Vault::new(&Settings { login_idle: Duration::ZERO, ..Settings::default() }).unwrap();
        let cookie = brief.keep("KEY", &SecretString::from("secret"), "user").unwrap();
        assert!(brief.look(&cookie).is_none());
    }
}
