//! The API over TLS: what is accepted, what keeps nobody out, and new certificates without a break.

use std::sync::Arc;
use std::time::Duration;

use rollcall_manager::{Certificates, Settings, TlsError};
use rollcall_testkit::authority::{Authority, Valid};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::world::World;

/// Reached only by a failing test.
const BOUND: Duration = Duration::from_secs(20);
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

struct Served {
    _world: World,
    _stop: DropGuard,
    directory: TempDir,
    authority: Authority,
    certificates: Certificates,
    address: std::net::SocketAddr,
}

async fn served(settings: Settings) -> Served {
    let world = World::with(settings).await;
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new(directory.path(), "authority");
    let (certificate, key) = authority.issue("server", &["localhost"], Valid::Now);
    let certificates = Certificates::load(&certificate, &key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    tokio::spawn({
        let (manager, certificates, stop) = (world.manager.clone(), certificates.clone(), stop.clone());
        async move { manager.serve_over(listener, Some(certificates), stop).await }
    });
    Served { _world: world, _stop: stop.drop_guard(), directory, authority, certificates, address }
}

impl Served {
    async fn connect(&self, versions: &[&'static rustls::SupportedProtocolVersion]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.directory.path().join("authority.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
        tokio::time::timeout(BOUND, shaken).await.unwrap().unwrap()
    }
}

async fn ask(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin)) -> String {
    stream.write_all(HEALTH).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(BOUND, stream.read(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn both_versions_of_today_are_spoken_and_http_1_is_agreed_on() {
    let served = served(Settings::default()).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut stream = served.connect(&[version]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert!(ask(&mut stream).await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[tokio::test]
async fn plain_http_is_told_to_use_https() {
    let served = served(Settings::default()).await;
    let mut plain = TcpStream::connect(served.address).await.unwrap();
    plain.write_all(HEALTH).await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(BOUND, plain.read_to_string(&mut text)).await.unwrap().unwrap();
    assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\n") && text.contains("use https://"), "{text}");
    // Neither kind of nonsense disturbs the next one.
    let mut nonsense = TcpStream::connect(served.address).await.unwrap();
    nonsense.write_all(&[0x16, 3, 1, 0xff, 0xff, 0, 1, 2, 3]).await.unwrap();
    assert!(ask(&mut served.connect(rustls::ALL_VERSIONS).await).await.starts_with("HTTP/1.1 200"));
}

/// Ten times more half handshakes than there are places: who speaks is answered at once.
#[tokio::test]
async fn half_handshakes_keep_nobody_out_and_are_cut() {
    let patient = Settings { max_connections: 20, header_timeout: Duration::from_secs(600), ..Settings::default() };
    let served = served(patient).await;
    let mut half = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        if number % 2 == 0 {
            stream.write_all(&[0x16, 3, 1]).await.unwrap();
        }
        half.push(stream);
    }
    for _ in 0..30 {
        assert!(ask(&mut served.connect(rustls::ALL_VERSIONS).await).await.starts_with("HTTP/1.1 200"));
    }
    for stream in &mut half[..180] {
        let read = tokio::time::timeout(BOUND, stream.read(&mut [0])).await.unwrap();
        assert!(matches!(read, Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut() {
    let served = served(Settings { header_timeout: Duration::from_millis(200), ..Settings::default() }).await;
    let mut slow = TcpStream::connect(served.address).await.unwrap();
    slow.write_all(&[0x16, 3, 1]).await.unwrap();
    let read = tokio::time::timeout(BOUND, slow.read(&mut [0])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
}

#[tokio::test]
async fn new_certificates_are_for_new_connections_and_bad_ones_for_none() {
    let served = served(Settings::default()).await;
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let mut old = served.connect(rustls::ALL_VERSIONS).await;
    let first = shown(&old);
    served.authority.issue("server", &["localhost"], Valid::Now);
    assert_eq!(shown(&served.connect(rustls::ALL_VERSIONS).await), first);
    served.certificates.reload().unwrap();
    let second = shown(&served.connect(rustls::ALL_VERSIONS).await);
    assert_ne!(second, first);
    assert!(ask(&mut old).await.starts_with("HTTP/1.1 200"));

    let key = served.directory.path().join("server.key");
    std::fs::write(&key, "half a ke").unwrap();
    assert!(matches!(served.certificates.reload(), Err(TlsError::Missing { path, .. }) if path == key));
    assert_eq!(shown(&served.connect(rustls::ALL_VERSIONS).await), second);
}
