//! What proves who one is: a signature over this very request, and nothing else that a request can carry.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::world::{HOST, PASSWORD, Signing, World, signed};

const UNAUTHORIZED: &str = "401 auth-failed: Unauthorized access";

/// A request of the superadmin's own without its signature, and with whatever else might be taken for one.
fn unsigned(method: &Method, target: &str, more: &[(&'static str, &str)]) -> Request<Body> {
    let mut request = Signing::of("ROOT", method.as_str(), target).request(Body::empty());
    request.headers_mut().remove("authorization");
    for (name, value) in more {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    request
}

#[tokio::test]
async fn no_header_but_the_signature_is_trusted() {
    let world = World::new().await;
    let header = Signing::of("ROOT", "GET", "/auth/role").header();
    let trusted_elsewhere: [&[(&str, &str)]; 9] = [
        &[("cookie", "AIOHTTP_SESSION=ROOT; access_key=ROOT")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors"), ("origin", "http://api.example.com")],
        &[("x-forwarded-user", "root@example.com"), ("x-remote-user", "ROOT"), ("remote-user", "ROOT")],
        &[("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1"), ("forwarded", "for=127.0.0.1;by=ROOT")],
        &[("x-backendai-user", "ROOT"), ("x-access-key", "ROOT"), ("x-api-key", "ROOT")],
        &[("proxy-authorization", &header)],
        &[("x-authorization", &header), ("www-authenticate", &header)],
        &[("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-protocol", "ROOT")],
        &[
            ("x-method-override", "GET"),
            ("x-http-method-override", "GET"),
            ("x-original-url", "/healthz"),
            ("x-rewrite-url", "/"),
        ],
    ];
    for route in world.manager.routes().iter().filter(|route| route.access.wants_proof()) {
        for more in trusted_elsewhere {
            let told = world.send(unsigned(&route.method, route.path, more)).await.told();
            assert_eq!(told, UNAUTHORIZED, "{} {} with {more:?}", route.method, route.path);
        }
    }
}

/// Addresses end up in logs and histories: nothing in one opens a door.
#[tokio::test]
async fn a_key_in_the_address_is_no_signature() {
    let world = World::new().await;
    let signing = Signing::of("ROOT", "GET", "/auth/role");
    let signature = signing.header();
    let quoted: String = signature.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for query in [
        "access_key=ROOT&secret_key=secret+of+ROOT".to_owned(),
        "api_key=ROOT".to_owned(),
        "token=ROOT".to_owned(),
        "owner_access_key=ROOT".to_owned(),
        format!("authorization={quoted}"),
        format!("Authorization={quoted}&date={}", signing.date.replace('+', "%2b")),
        format!("username=root@example.com&password={}", PASSWORD.replace(' ', "+")),
    ] {
        for path in ["/auth/role", "/auth", "/session/_/match", "/admin/gql"] {
            for method in [Method::GET, Method::POST] {
                let answer = world.send(unsigned(&method, &format!("{path}?{query}"), &[])).await;
                let told = answer.told();
                assert!(told == UNAUTHORIZED || told == "405 method-not-allowed", "{method} {path}?{query}: {told}");
            }
        }
    }
    let login = world.send(unsigned(&Method::GET, "/auth/authorize?type=keypair", &[])).await;
    assert_eq!(login.told(), "405 method-not-allowed");
}

/// Pages of other origins get nothing to hold on to, and nothing is answered as a page.
#[tokio::test]
async fn no_answer_is_a_page_or_leaves_a_cookie() {
    let world = World::new().await;
    for route in world.manager.routes() {
        let target = route.path.replace("{s}", "<script>").replace("{name}", "<script>");
        let target = target.replace('<', "%3c").replace('>', "%3e");
        let both = [signed("ROOT", &route.method, &target, None), unsigned(&route.method, &target, &[])];
        for mut request in both {
            request.headers_mut().insert("origin", HeaderValue::from_static("https://evil.example.com"));
            request.headers_mut().insert("accept", HeaderValue::from_static("text/html"));
            let headers = world.head(request).await;
            for header in ["set-cookie", "access-control-allow-credentials", "location"] {
                assert!(!headers.contains_key(header), "{} {target}: {header}", route.method);
            }
            // Any page may ask, since nothing that a browser adds by itself proves anything here.
            assert_eq!(headers["access-control-allow-origin"], "*");
            let kind = headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            assert!(
                kind.is_none_or(|kind| !kind.contains("html") && !kind.contains("xml")),
                "{} {target}",
                route.method
            );
        }
    }
    let preflight = Request::builder().method("OPTIONS").uri("/session").header("origin", "https://evil.example.com");
    let preflight = preflight.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
    let headers = world.head(preflight).await;
    assert_eq!(headers["access-control-allow-methods"], "POST");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn headers_given_twice_or_out_of_shape_are_refused_or_ignored() {
    let world = World::new().await;
    let good = || Signing::of("USER", "GET", "/auth?echo=a");
    let others = Signing { key: "ROOT", ..good() }.header();
    let mut table = String::new();
    let mut note = async |what: &str, request: Request<Body>| {
        let told = world.send(request).await.told();
        table.push_str(&format!("{what:34} {told}\n"));
    };
    let with = |signing: &Signing<'_>, change: &dyn Fn(&mut http::HeaderMap)| {
        let mut request = signing.request(Body::empty());
        change(request.headers_mut());
        request
    };
    let text = |text: &str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
    let header = good().header();
    let (scheme, signature) = header.rsplit_once(':').unwrap();
    for (what, value) in [
        ("a signature of no length", format!("{scheme}:")),
        ("half a signature", format!("{scheme}:{}", &signature[..32])),
        ("a longer signature", format!("{scheme}:{signature}00")),
        ("a signature in capitals", format!("{scheme}:{}", signature.to_uppercase())),
        ("a signature of zeros", format!("{scheme}:{}", "0".repeat(64))),
        ("no hexadecimal", format!("{scheme}:{}", "z".repeat(64))),
        ("a signature without end", format!("{scheme}:{}", "0".repeat(60_000))),
        (
            "a key without end",
            format!("BackendAI signMethod=HMAC-SHA256, credential={}:{signature}", "A".repeat(60_000)),
        ),
        ("no key", format!("BackendAI signMethod=HMAC-SHA256, credential=:{signature}")),
        ("an unknown method", format!("BackendAI signMethod=HMAC-MD5, credential=USER:{signature}")),
        ("no method", format!("BackendAI signMethod=none, credential=USER:{signature}")),
        ("two credentials", format!("{header}, credential=ROOT:{signature}")),
        ("the key quoted", format!("BackendAI signMethod=HMAC-SHA256, credential=\"USER\":{signature}")),
        ("a key of another script", format!("BackendAI signMethod=HMAC-SHA256, credential=ＵＳＥＲ:{signature}")),
        ("blanks alone", "   ".to_owned()),
    ] {
        note(what, with(&good(), &|headers| drop(headers.insert("authorization", text(&value))))).await;
    }
    let signing = good();
    note(
        "the signature twice",
        with(&signing, &|headers| {
            headers.append("authorization", text(&header));
        }),
    )
    .await;
    note("another's before one's own", {
        with(&signing, &|headers| {
            headers.insert("authorization", text(&others));
            headers.append("authorization", text(&header));
        })
    })
    .await;
    for date in [
        "",
        "now",
        "0",
        "-1",
        "9999999999999",
        "2021-10-07",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1900-01-01T00:00:00Z",
        "2021-10-07T07:58:33+99:99",
        "Thu, 32 Oct 2021 07:58:33 GMT",
        "2026-02-30T00:00:00Z",
        "∞",
    ] {
        // Of today's date; the day is a part of the key that signs.
        let mut request = good().request(Body::empty());
        request.headers_mut().insert("date", text(date));
        note(&format!("the date {date:?}"), request).await;
    }
    for (what, minutes) in
        [("15 minutes old but a little", -14), ("16 minutes old", -16), ("16 minutes early", 16), ("a day early", 1440)]
    {
        let date = (chrono::Utc::now() + chrono::TimeDelta::minutes(minutes)).to_rfc3339();
        note(what, Signing { date, ..good() }.request(Body::empty())).await;
    }
    insta::assert_snapshot!(table);
}

/// Rights are those of the request, not of the connection it came by.
#[tokio::test]
async fn a_connection_keeps_nobodys_rights() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let manager = world.manager.clone();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { manager.serve(listener, stop).await }
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let signing = Signing::of("ROOT", "GET", "/auth/role");
    let plain = format!(
        "GET /auth/role HTTP/1.1\r\nHost: {HOST}\r\nDate: {}\r\nContent-Type: application/json\r\n",
        signing.date
    );
    let signed = format!("{plain}X-BackendAI-Version: v6.20210815\r\nAuthorization: {}\r\n\r\n", signing.header());
    for (request, status) in [
        (signed.clone(), "200"),
        (format!("{plain}\r\n"), "401"),
        // The same words again are no longer those of this request: another path, another method.
        (signed.replace("GET /auth/role", "GET /session/_/match?id=a"), "401"),
        (signed.replace("GET /auth/role", "POST /admin/gql"), "401"),
        (format!("{plain}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"), "401"),
        (
            format!("{plain}Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"),
            "401",
        ),
        (signed, "200"),
    ] {
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}\n{answer}");
    }
    drop(stream);
    stop.cancel();
    serving.await.unwrap().unwrap();
}

/// One answer of known length.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = async {
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                if body.len() >= length.unwrap_or(0) {
                    return text;
                }
            }
            let mut more = [0; 4096];
            let count = stream.read(&mut more).await.unwrap();
            assert!(count > 0, "cut after {text}");
            bytes.extend_from_slice(&more[..count]);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.unwrap()
}
