//! The API over TLS: certificates from files, read anew on demand, and the handshake.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What a key is called in errors.
const KEY: &str = "private key";

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("reading `{path}` failed: {source}")]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file holds nothing of the kind.
    #[error("`{path}` holds no {what} in PEM form")]
    Missing {
        /// File.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// Everybody on the machine may read the key.
    #[error(
        "`{path}` holds a private key, and everyone on this machine may read it; take that right away (chmod o-rwx)"
    )]
    OpenKey {
        /// File.
        path: PathBuf,
    },
    /// They don't belong together, or are of a kind that is not supported.
    #[error("the key in `{key}` and the certificate in `{certificate}` cannot be used together: {source}")]
    Unusable {
        /// File of the key.
        key: PathBuf,
        /// File of the certificate.
        certificate: PathBuf,
        /// Cause.
        source: rustls::Error,
    },
}

impl TlsError {
    /// Whether the key, which is in this file, is to blame and not the certificate.
    #[must_use]
    pub fn is_of_key(&self, key: &Path) -> bool {
        match self {
            Self::Read { path, .. } => path == key,
            Self::Missing { what, .. } => *what == KEY,
            Self::OpenKey { .. } | Self::Unusable { .. } => true,
        }
    }
}

/// A certificate with its chain and its key, as the files had them when they were last read. All
/// clones are the same.
#[derive(Clone, Debug)]
pub struct Certificates {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
}

impl Certificates {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(certificate, key)?));
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Self { shared: Arc::new(Shared { certificate, key, current }) })
    }

    /// Reads them anew, for connections from now on. Those that are open go on; after an error
    /// everything is as it was.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub fn reload(&self) -> Result<(), TlsError> {
        let new = Arc::new(read(&self.shared.certificate, &self.shared.key)?);
        *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.shared.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a connection; who speaks plain HTTP is told so.
    pub(crate) async fn handshake(&self, stream: TcpStream) -> Handshake {
        /// The first byte of every TLS record that may come first.
        const HANDSHAKE: u8 = 0x16;
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] != HANDSHAKE => {
                if let Err(error) = refuse_plain(stream).await {
                    tracing::debug!(%error, "telling a client to use https failed: {error}");
                }
                Handshake::Plain
            }
            Ok(1) => match TlsAcceptor::from(self.current()).accept(stream).await {
                Ok(stream) => Handshake::Done(Box::new(stream)),
                Err(error) => Handshake::Failed(error),
            },
            Ok(_) => Handshake::Failed(std::io::ErrorKind::UnexpectedEof.into()),
            Err(error) => Handshake::Failed(error),
        }
    }
}

/// How a connection began.
pub(crate) enum Handshake {
    Done(Box<TlsStream<TcpStream>>),
    /// It was no TLS, and is over.
    Plain,
    Failed(std::io::Error),
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let chain = read_file(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| missing(certificate, "certificate"))?;
    let about = std::fs::metadata(key).map_err(|source| TlsError::Read { path: key.to_owned(), source })?;
    if about.permissions().mode() & 0o007 != 0 {
        return Err(TlsError::OpenKey { path: key.to_owned() });
    }
    let private = PrivateKeyDer::from_pem_slice(&read_file(key)?).map_err(|_| missing(key, KEY))?;
    let unusable = |source| TlsError::Unusable { key: key.to_owned(), certificate: certificate.to_owned(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn read_file(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

/// An answer in plain HTTP. What the client still sends is read for a moment: closing over it would
/// take the answer away from it.
async fn refuse_plain(mut stream: TcpStream) -> std::io::Result<()> {
    const BODY: &str = r#"{"type":"https://api.backend.ai/probs/generic-bad-request","title":"Bad request.","msg":"This address speaks HTTPS alone: use https:// instead of http://."}"#;
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(BODY.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(64 * 1024);
    let reading = async {
        while rest.read(&mut [0; 4096]).await? > 0 {}
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(1), reading).await.unwrap_or(Ok(()))
}
