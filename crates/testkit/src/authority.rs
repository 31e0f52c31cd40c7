//! An authority of one's own, and certificates of it: made for one test, trusted by nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};

/// The authority, with its files in a directory.
pub struct Authority {
    directory: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// When a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// Today.
    Now,
    /// Until many years ago.
    Past,
}

impl Authority {
    /// Makes one and writes its certificate as `NAME.pem`.
    ///
    /// # Panics
    /// When the directory cannot be written.
    #[must_use]
    #[allow(clippy::expect_used)]
    pub fn new(directory: &Path, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        fs::write(directory.join(format!("{name}.pem")), issuer.pem()).expect("writing the authority");
        Self { directory: directory.to_owned(), issuer }
    }

    /// Writes a certificate for these names and addresses, and its key with mode 0600; their files.
    ///
    /// # Panics
    /// When the directory cannot be written.
    #[allow(clippy::expect_used)]
    pub fn issue(&self, file: &str, names: &[&str], valid: Valid) -> (PathBuf, PathBuf) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        // The usual end lies so far ahead that some clients cannot read it.
        (params.not_before, params.not_after) = match valid {
            Valid::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2100, 1, 1)),
            Valid::Past => (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1)),
        };
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let place = |end: &str| self.directory.join(format!("{file}.{end}"));
        fs::write(place("crt"), certificate.pem()).expect("writing a certificate");
        fs::write(place("key"), key.serialize_pem()).expect("writing a key");
        fs::set_permissions(place("key"), fs::Permissions::from_mode(0o600)).expect("closing a key");
        (place("crt"), place("key"))
    }
}
