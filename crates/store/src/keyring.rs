//! The key that seals secret keys at rest. It lies in a file of its own, outside the database: a
//! copied database opens nothing.

use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Generate, Key, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rollcall_model::ids::AccessKey;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::StoreError;

/// Opens the file: what it is, and a version.
const HEADER: &[u8] = b"rollcall-key-1\n";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Seals and opens secret keys. Cannot print itself.
#[derive(Clone)]
pub struct Keyring {
    cipher: Arc<XChaCha20Poly1305>,
}

impl Keyring {
    /// Reads the key file, or makes one of mode 0600.
    ///
    /// # Errors
    /// [`StoreError::File`] and [`StoreError::KeyFile`].
    pub fn load_or_create(path: &Path) -> Result<Self, StoreError> {
        match std::fs::File::open(path) {
            Ok(file) => Self::read(path, file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path),
            Err(source) => Err(StoreError::File { act: "read the key file", path: path.to_owned(), source }),
        }
    }

    fn read(path: &Path, mut file: std::fs::File) -> Result<Self, StoreError> {
        let bad = |reason| StoreError::KeyFile { path: path.to_owned(), reason };
        let failed = |source| StoreError::File { act: "read the key file", path: path.to_owned(), source };
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(bad("others may read it: chmod 600"));
        }
        let mut content = Zeroizing::new(Vec::new());
        file.read_to_end(&mut content).map_err(failed)?;
        let key = content.strip_prefix(HEADER).ok_or_else(|| bad("it begins differently"))?;
        let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| bad("it has the wrong length"))?;
        Ok(Self { cipher: Arc::new(cipher) })
    }

    /// Written under another name and linked into place: a crash leaves no half key, and of two
    /// first starts one wins.
    fn create(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { act: "write the key file", path: path.to_owned(), source };
        let key = Zeroizing::new(<[u8; KEY_BYTES]>::from(Key::<XChaCha20Poly1305>::generate()));
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(failed)?;
        file.write_all(HEADER).and_then(|()| file.write_all(&*key)).and_then(|()| file.sync_all()).map_err(failed)?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
            _ => {
                // The file must outlive a power cut as surely as the rows that need it.
                if let Some(directory) = path.parent().and_then(|directory| std::fs::File::open(directory).ok()) {
                    directory.sync_all().map_err(failed)?;
                }
                Self::read(path, std::fs::File::open(path).map_err(failed)?)
            }
        }
    }

    /// Nonce and sealed text. The access key is bound in: a sealed secret moved to another row
    /// does not open.
    pub(crate) fn seal(&self, access_key: &AccessKey, secret: &SecretString) -> Result<Vec<u8>, StoreError> {
        let failed = || StoreError::Secret { access_key: access_key.to_string(), act: "sealed" };
        let nonce = XNonce::generate();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: access_key.as_str().as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).map_err(|_| failed())?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Seals what travels through strangers' hands and comes back: nobody reads it, and it opens whole
    /// or not at all, for the same purpose and holder alone.
    pub(crate) fn seal_token(&self, bound_to: &str, text: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: text, aad: bound_to.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).map_err(|_| StoreError::Token)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// `None` for what was sealed for another, or never.
    pub(crate) fn open_token(&self, bound_to: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        self.cipher.decrypt(&nonce, Payload { msg: text, aad: bound_to.as_bytes() }).ok()
    }

    pub(crate) fn open(&self, access_key: &AccessKey, sealed: &[u8]) -> Result<SecretString, StoreError> {
        let failed = || StoreError::Secret { access_key: access_key.to_string(), act: "opened" };
        let (nonce, text) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(failed)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| failed())?;
        let payload = Payload { msg: text, aad: access_key.as_str().as_bytes() };
        let opened = Zeroizing::new(self.cipher.decrypt(&nonce, payload).map_err(|_| failed())?);
        std::str::from_utf8(&opened).map(SecretString::from).map_err(|_| failed())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn seals_for_one_key_and_one_file_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let (mine, other) = (AccessKey::from("AKIAMINE"), AccessKey::from("AKIAOTHER"));
        let secret = SecretString::from("very secret");
        let sealed = Keyring::load_or_create(&path).unwrap().seal(&mine, &secret).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Keyring::load_or_create(&path).unwrap();
        assert_eq!(again.open(&mine, &sealed).unwrap().expose_secret(), "very secret");
        assert!(again.open(&other, &sealed).is_err());
        assert!(again.open(&mine, &sealed[..20]).is_err());
        let stranger = Keyring::load_or_create(&directory.path().join("other")).unwrap();
        assert!(stranger.open(&mine, &sealed).is_err());
    }

    #[test]
    fn tokens_open_for_their_holder_alone() {
        let directory = tempfile::tempdir().unwrap();
        let keyring = Keyring::load_or_create(&directory.path().join("key")).unwrap();
        let token = keyring.seal_token("cursor of alice", b"place").unwrap();
        assert_eq!(keyring.open_token("cursor of alice", &token).as_deref(), Some(&b"place"[..]));
        assert_eq!(keyring.open_token("cursor of bob", &token), None);
        for length in [0, 10, token.len() - 1] {
            assert_eq!(keyring.open_token("cursor of alice", &token[..length]), None);
        }
        let mut forged = token.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(keyring.open_token("cursor of alice", &forged), None);
    }

    #[test]
    fn refuses_a_file_that_others_may_read_or_that_is_no_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        Keyring::load_or_create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keyring::load_or_create(&path), Err(StoreError::KeyFile { .. })));
        std::fs::write(&path, "something else").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Keyring::load_or_create(&path), Err(StoreError::KeyFile { .. })));
    }
}
