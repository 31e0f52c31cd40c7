//! The gateway of the real program over plain HTTP: cookie logins, requests passed on, and what is refused
//! whose page asks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use harness::signed::request;
use harness::web::Alone;
use harness::{Account, Up, wait_for};
use serde_json::{Value, json};

/// An answer, read to its end.
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    /// The cookie that it sets, without its attributes.
    fn cookie(&self) -> Option<String> {
        let line = self.header("set-cookie")?;
        Some(line.split(';').next()?.to_owned())
    }
}

/// Sends a request with these lines to the address.
fn ask(url: &str, method: &str, path: &str, lines: &[(&str, &str)], body: Option<&Value>) -> Answer {
    let host = url.strip_prefix("http://").unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !lines.iter().any(|(name, _)| *name == "Host") {
        text += &format!("Host: {host}\r\n");
    }
    for (name, value) in lines {
        text += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let json = body.find(['{', '[']).map_or(Value::Null, |at| {
        let end = body.rfind(['}', ']']).unwrap();
        serde_json::from_str(&body[at..=end]).unwrap_or(Value::Null)
    });
    Answer { status, head: head.to_owned(), body: json }
}

fn login_body(account: &Account) -> Value {
    json!({ "username": account.email, "password": account.password })
}

fn login(console: &str, account: &Account) -> String {
    let answer = ask(console, "POST", "/server/login", &[], Some(&login_body(account)));
    assert_eq!((answer.status, &answer.body["authenticated"]), (200, &json!(true)), "{}", answer.body);
    answer.cookie().unwrap()
}

fn is_in(console: &str, cookie: &str) -> bool {
    ask(console, "POST", "/server/login-check", &[("Cookie", cookie)], None).body["authenticated"] == true
}

#[test]
fn session_fixation_signing_in_and_out() {
    let up = Up::start(&[]);
    let console = up.console();
    let user = up.account("user", "default");

    let nobody = ask(&console, "POST", "/server/login-check", &[], None);
    assert_eq!(nobody.body, json!({"authenticated": false, "data": null, "session_id": null}));
    assert_eq!(nobody.cookie(), None);
    for (body, title) in [
        (json!({"username": "", "password": ""}), "You must provide the username field."),
        (json!({"username": "a@b"}), "You must provide the password field."),
        (json!([]), "You must provide the username field."),
    ] {
        let answer = ask(&console, "POST", "/server/login", &[], Some(&body));
        assert_eq!((answer.status, answer.body["title"].as_str().unwrap()), (400, title));
        assert_eq!(answer.body["type"], "https://api.backend.ai/probs/invalid-api-params");
    }
    let wrong = json!({"username": user.email, "password": "not this one"});
    let refused = ask(&console, "POST", "/server/login", &[], Some(&wrong));
    let data = json!({"type": "https://api.backend.ai/probs/auth-failed", "title": "Credential/signature mismatch.",
        "details": "User credential mismatch."});
    assert_eq!((refused.status, &refused.body), (200, &json!({"authenticated": false, "data": data})));
    let of_failure = refused.cookie().unwrap();
    assert!(!is_in(&console, &of_failure));

    // The cookie that somebody else may have planted is not the one that counts afterwards.
    let answer = ask(&console, "POST", "/server/login", &[("Cookie", &of_failure)], Some(&login_body(user)));
    let expected = json!({"access_key": user.access_key, "role": "user", "status": "active"});
    assert_eq!(answer.body, json!({"authenticated": true, "data": expected}));
    let cookie = answer.cookie().unwrap();
    assert_ne!(cookie, of_failure);
    let attributes = answer.header("set-cookie").unwrap();
    assert!(attributes.contains("; HttpOnly; SameSite=Lax") && !attributes.contains("Secure"), "{attributes}");
    let value = cookie.strip_prefix("AIOHTTP_SESSION=").unwrap();
    assert!(value.len() == 32 && value.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{value}");

    let check = ask(&console, "POST", "/server/login-check", &[("Cookie", &cookie)], None).body;
    assert_eq!((&check["authenticated"], &check["data"]), (&json!(true), &expected));
    let public = check["session_id"].as_str().unwrap();
    assert!(!public.is_empty() && public != value);
    let by_public = format!("AIOHTTP_SESSION={}", public.replace('-', ""));
    assert!(!is_in(&console, &by_public) && !is_in(&console, &format!("AIOHTTP_SESSION={public}")));
    let again = ask(&console, "POST", "/server/login", &[("Cookie", &cookie)], Some(&login_body(user)));
    assert_eq!((again.status, &again.body["title"]), (400, &json!("You have already logged in.")));
    let other = ask(&console, "POST", "/server/token-login", &[], None);
    assert_eq!((other.status, &other.body["title"]), (400, &json!("Auth token name is not defined")));

    // A second browser is a login of its own.
    let second = login(&console, user);
    let out = ask(&console, "POST", "/server/logout", &[("Cookie", &cookie)], None);
    assert_eq!((out.status, out.cookie().as_deref()), (201, Some("AIOHTTP_SESSION=\"\"")));
    assert!(!is_in(&console, &cookie) && is_in(&console, &second));
    assert_eq!(ask(&console, "POST", "/server/logout", &[], None).status, 201);
    assert_eq!(ask(&console, "GET", "/func/session/x", &[("Cookie", &cookie)], None).status, 401);
}

#[test]
fn requests_are_passed_on_as_who_is_signed_in() {
    let mut up = Up::start(&[]);
    let console = up.console();
    let (user, root) = (up.account("user", "default").clone(), up.account("superadmin", "default").clone());
    let cookie = login(&console, &user);
    let with = [("Cookie", cookie.as_str()), ("Content-Type", "application/json")];

    assert_eq!(ask(&console, "GET", "/func/", &[], None).body["version"], "v6.20210815");
    assert_eq!(ask(&console, "GET", "/func/ping", &[], None).body["details"], "Success");
    let unsigned = ask(&console, "POST", "/func/admin/graphql", &[], Some(&json!({"query": "{ user { email } }"})));
    let refusal = json!({"type": "https://api.backend.ai/probs/auth-failed", "title": "Unauthorized access"});
    assert_eq!((unsigned.status, unsigned.body), (401, refusal));
    let query = json!({"query": "{ user { email } }", "variables": {}});
    let answer = ask(&console, "POST", "/func/admin/graphql", &with, Some(&query));
    assert_eq!(answer.body, json!({"user": {"email": user.email}}));

    let body = json!({"name": "through-it", "image": "bash", "config": {"resources": {"cpu": "1", "mem": "128m"}}});
    let made = ask(&console, "POST", "/func/session", &with, Some(&body));
    assert_eq!((made.status, &made.body["status"]), (201, &json!("RUNNING")), "{}", made.body);
    assert_eq!(made.body["servicePorts"][0]["name"], "ttyd");
    let missing = ask(&console, "GET", "/func/session/nothing-there", &with, None);
    assert_eq!(missing.status, 404);
    assert_eq!(missing.header("content-type").unwrap(), "application/problem+json; charset=utf-8");
    assert_eq!(missing.body["type"], "https://api.backend.ai/probs/session-not-found");
    for path in ["/func/../healthz", "/func/%2e%2e/healthz", "/func/hanati/user", "/func/cloud/x", "/server/x"] {
        assert_eq!(ask(&console, "GET", path, &with, None).status, 404, "{path}");
    }

    // Nothing in an address stands for a login, and a header that a browser may be made to send neither.
    let token = cookie.strip_prefix("AIOHTTP_SESSION=").unwrap();
    for path in [format!("/func/session/through-it?AIOHTTP_SESSION={token}"), format!("/func/session/x?token={token}")]
    {
        assert_eq!(ask(&console, "GET", &path, &[], None).status, 401);
    }
    let bearer = format!("Rollcall-Login {token}");
    assert_eq!(ask(&console, "GET", "/func/session/through-it", &[("Authorization", &bearer)], None).status, 401);
    let tossed = format!("{cookie}; AIOHTTP_SESSION={}", "0".repeat(32));
    assert_eq!(ask(&console, "GET", "/func/session/through-it", &[("Cookie", &tossed)], None).status, 401);

    // The login is the manager's: it outlives the program, and a change of the password ends it at once.
    up.signal("KILL");
    let _ = up.ended();
    up.start_again();
    let console = up.console();
    assert!(is_in(&console, &cookie));
    let mutation = format!(
        "mutation {{ modify_user(email: \"{}\", props: {{password: \"another long one\"}}) {{ ok msg }} }}",
        user.email
    );
    let changed = harness::signed::graphql(&up, &root, &mutation).unwrap();
    assert_eq!(changed["ok"], true, "{changed}");
    wait_for("the end of the login", || (!is_in(&console, &cookie)).then_some(()));
}

/// A console that somebody uses, and what pages of other origins may ask of it.
struct Visited {
    up: Up,
    console: String,
    cookie: String,
}

impl Visited {
    fn new() -> Self {
        let environment = [
            ("ROLLCALL_CONSOLE_ORIGINS", "https://friend.example.com"),
            ("ROLLCALL_CONSOLE_PUBLIC_URL", "https://console.example.com"),
        ];
        let up = Up::start_with(&[], &environment);
        let console = up.console();
        let cookie = login(&console, up.account("user", "default"));
        Self { up, console, cookie }
    }

    fn ask(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> Answer {
        let lines = [&[("Cookie", self.cookie.as_str())], lines].concat();
        ask(&self.console, method, path, &lines, Some(&login_body(self.up.account("user", "default"))))
    }

    /// Whether it is refused, and nothing is told to the page or done for it.
    fn refuses(&self, method: &str, path: &str, lines: &[(&str, &str)]) {
        let answer = self.ask(method, path, lines);
        assert_eq!(answer.status, 403, "{method} {path} {lines:?}");
        assert_eq!((answer.header("access-control-allow-origin"), answer.cookie()), (None, None));
        assert!(is_in(&self.console, &self.cookie), "a foreign page has signed somebody out");
    }
}

#[test]
fn cross_site_post() {
    let visited = Visited::new();
    for origin in [
        "https://evil.example.com",
        "null",
        "http://127.0.0.1:1",
        "https://console.example.com.evil.example.com",
        "http://console.example.com",
    ] {
        for path in ["/server/login", "/server/logout", "/func/session", "/func/admin/graphql", "/func/v1/logins"] {
            visited.refuses("POST", path, &[("Origin", origin)]);
            visited.refuses("POST", path, &[("Origin", origin), ("X-Forwarded-Host", "evil.example.com")]);
        }
        visited.refuses("DELETE", "/func/session/x", &[("Origin", origin)]);
        visited.refuses("GET", "/func/v1/sessions", &[("Origin", origin)]);
    }
}

#[test]
fn no_cors_fetch() {
    let visited = Visited::new();
    for site in ["cross-site", "same-site"] {
        for (method, path) in [("GET", "/func/v1/sessions"), ("POST", "/server/logout"), ("POST", "/func/session")] {
            visited.refuses(method, path, &[("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "no-cors")]);
        }
        visited.refuses("POST", "/server/logout", &[("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate")]);
    }
}

#[test]
fn foreign_websocket_origin() {
    let visited = Visited::new();
    let Visited { console, cookie, .. } = &visited;
    for path in ["/func/stream/session/x/pty", "/func/v1/terminal?ticket=x"] {
        for origin in ["https://evil.example.com", "null", "http://127.0.0.1:1"] {
            assert_eq!(websocket(console, path, cookie, Some(origin)).unwrap_err(), 403, "{path} {origin}");
        }
    }
    // Our own pages come as far as the session that there is not, or the ticket that is none.
    for (path, status) in [("/func/stream/session/x/pty", 404), ("/func/v1/terminal?ticket=x", 401)] {
        assert_eq!(websocket(console, path, cookie, Some(console)).unwrap_err(), status, "{path}");
    }
}

#[test]
fn configured_origins_and_the_public_address() {
    let visited = Visited::new();
    let Visited { console, .. } = &visited;
    for origin in [console.as_str(), "https://console.example.com"] {
        let answer = visited.ask("GET", "/func/v1/sessions", &[("Origin", origin)]);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{origin}");
    }
    let friend = visited.ask("GET", "/func/v1/sessions", &[("Origin", "https://friend.example.com")]);
    assert_eq!(friend.header("access-control-allow-origin"), Some("https://friend.example.com"));
    assert_eq!(friend.header("access-control-allow-credentials"), Some("true"));
    let asks = [("Origin", "https://friend.example.com"), ("Access-Control-Request-Method", "DELETE")];
    let preflight = ask(console, "OPTIONS", "/func/session/x", &asks, None);
    assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (204, Some("DELETE")));
    // Behind the public address everything is TLS.
    let answer = ask(console, "POST", "/server/login", &[], Some(&login_body(visited.up.account("user", "default"))));
    assert!(answer.header("set-cookie").unwrap().ends_with("; Secure"));
}

/// Every route of `signing.md` §5.2 and every page as nobody, as a user, and from a page of another origin.
#[test]
fn every_route_of_the_gateway() {
    let visited = Visited::new();
    let mut table = String::new();
    for (method, path) in [
        ("POST", "/server/login-check"),
        ("POST", "/server/login"),
        ("POST", "/server/token-login"),
        ("GET", "/server/login"),
        ("POST", "/server/elsewhere"),
        ("GET", "/func/ping"),
        ("GET", "/func/"),
        ("POST", "/func/auth/signup"),
        ("POST", "/func/auth/authorize"),
        ("GET", "/func/hanati/user"),
        ("GET", "/func/cloud/x"),
        ("HEAD", "/func/folders/_/tus/upload/x"),
        ("GET", "/func/stream/kernel/_/events"),
        ("GET", "/func/stream/session/x/apps"),
        ("GET", "/func/stream/session/x/pty"),
        ("GET", "/func/v1/terminal?ticket=x"),
        ("GET", "/func/v1/login"),
        ("GET", "/func/session/x"),
        ("PUT", "/func/manager/status"),
        ("GET", "/func/nowhere"),
        ("GET", "/v2/proxy/ticket/session/add"),
        ("PUT", "/conf"),
        ("GET", "/terminal"),
        ("GET", "/nowhere"),
        ("GET", "/"),
        ("POST", "/sign-in"),
        ("POST", "/taste"),
        ("GET", "/sessions"),
        ("GET", "/sessions/00000000-0000-0000-0000-000000000000"),
        ("GET", "/sessions/00000000-0000-0000-0000-000000000000/usage"),
        ("GET", "/sessions/00000000-0000-0000-0000-000000000000/logs"),
        ("GET", "/sessions/00000000-0000-0000-0000-000000000000/logs.txt"),
        ("GET", "/sessions/00000000-0000-0000-0000-000000000000/logs/stream"),
        ("GET", "/sessions/00000000-0000-0000-0000-000000000000/restart"),
        ("POST", "/sessions/00000000-0000-0000-0000-000000000000/restart"),
        ("POST", "/sessions/00000000-0000-0000-0000-000000000000/extend"),
        ("POST", "/sessions/00000000-0000-0000-0000-000000000000/rename"),
        ("GET", "/terminate"),
        ("POST", "/terminate"),
        ("GET", "/launch"),
        ("POST", "/launch"),
        ("POST", "/launch/form"),
        ("GET", "/export.csv"),
        ("GET", "/export.xml"),
        ("GET", "/suggest"),
        ("GET", "/quotas"),
        ("POST", "/views"),
        ("GET", "/live"),
        ("GET", "/terminals"),
        ("GET", "/summary"),
        ("GET", "/account"),
        ("POST", "/account/password"),
        ("POST", "/account/ssh-key"),
        ("POST", "/account/logins/00000000-0000-0000-0000-000000000000/end"),
        ("GET", "/people"),
        ("POST", "/people"),
        ("GET", "/people/alice%40default.example"),
        ("POST", "/people/alice%40default.example"),
        ("GET", "/projects"),
        ("POST", "/projects"),
        ("GET", "/resource-groups"),
        ("POST", "/resource-groups"),
        ("GET", "/policies"),
        ("POST", "/policies"),
        ("GET", "/agents"),
        ("GET", "/agents/table"),
        ("POST", "/sign-out"),
        ("POST", "/server/logout"),
    ] {
        let user = login(&visited.console, visited.up.account("user", "default"));
        let foreign = [("Cookie", user.as_str()), ("Origin", "https://evil.example.com")];
        let statuses = [&[][..], &foreign, &[("Cookie", user.as_str())]]
            .map(|lines| ask(&visited.console, method, path, lines, Some(&json!({}))).status);
        table += &format!(
            "{method:4} {path:66} nobody {}  foreign page {}  user {}\n",
            statuses[0], statuses[1], statuses[2]
        );
    }
    insta::assert_snapshot!(table);
}

#[test]
fn forged_forwarded_header() {
    let tries = |up: &Up, console: &str, count: usize| {
        let user = up.account("user", "default");
        let wrong = json!({"username": user.email, "password": "not this one"});
        let mut last = 0;
        for number in 0..count {
            let claimed = format!("192.0.2.{number}");
            last = ask(console, "POST", "/server/login", &[("X-Forwarded-For", &claimed)], Some(&wrong)).status;
        }
        last
    };
    let environment = [("ROLLCALL_LOGIN_FAILURES", "3")];
    let up = Up::start_with(&[], &environment);
    let console = up.console();
    assert_eq!(tries(&up, &console, 3), 200);
    assert_eq!(tries(&up, &console, 1), 429);
    let answer = ask(&console, "POST", "/server/login", &[], Some(&login_body(up.account("user", "default"))));
    let title = json!("Too many failed login attempts");
    assert_eq!((answer.status, &answer.body["title"]), (429, &title));
    assert_eq!(answer.body["type"], "https://api.backend.ai/probs/too-many-requests");

    let up = Up::start_with(&[], &[environment[0], ("ROLLCALL_CONSOLE_TRUSTED_PROXIES", "127.0.0.0/8")]);
    assert_eq!(tries(&up, &up.console(), 9), 200, "each client behind the proxy has its own tries");
}

/// An address behind which the API is, without what Rollcall has beyond the contract: a foreign manager as far
/// as one can be had here.
fn without_v1(api: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let api = api.strip_prefix("http://").unwrap().to_owned();
    std::thread::spawn(move || {
        for browser in listener.incoming() {
            let (Ok(mut browser), Ok(mut manager)) = (browser, TcpStream::connect(&api)) else { return };
            std::thread::spawn(move || {
                let mut answers = (manager.try_clone().unwrap(), browser.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut answers.0, &mut answers.1);
                    let _ = answers.1.shutdown(std::net::Shutdown::Both);
                });
                let mut bytes = [0; 16 * 1024];
                while let Ok(read @ 1..) = browser.read(&mut bytes) {
                    let target = bytes[..read].split(|byte| *byte == b' ').nth(1).unwrap_or_default();
                    if target.starts_with(b"/v1/") {
                        let body = r#"{"type": "https://api.backend.ai/probs/generic-not-found", "title": "Unknown"}"#;
                        let length = body.len();
                        let answer = format!(
                            "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: {length}\r\n\r\n{body}"
                        );
                        let _ = browser.write_all(answer.as_bytes());
                    } else if manager.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
                let _ = manager.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    address
}

type Socket = tungstenite::WebSocket<TcpStream>;

/// A websocket through the gateway with this cookie, or the refusal's status.
fn websocket(console: &str, path: &str, cookie: &str, origin: Option<&str>) -> Result<Socket, u16> {
    use tungstenite::client::IntoClientRequest as _;
    let host = console.strip_prefix("http://").unwrap();
    let mut request = format!("ws://{host}{path}").into_client_request().unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    let stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match tungstenite::client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// Types a line, and reads until the terminal shows the text.
fn typed(socket: &mut Socket, line: &str, expected: &str) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let frame = json!({"type": "stdin", "chars": STANDARD.encode(format!("{line}\n"))});
    socket.send(tungstenite::Message::text(frame.to_string())).unwrap();
    let mut seen = String::new();
    while !seen.contains(expected) {
        let tungstenite::Message::Text(text) = socket.read().unwrap() else { continue };
        let frame: Value = serde_json::from_str(&text).unwrap();
        let bytes = STANDARD.decode(frame["data"].as_str().unwrap_or_default()).unwrap();
        seen += &String::from_utf8_lossy(&bytes);
    }
}

/// Everything that a browser does, before whichever manager; and signing out ends what is open within a second.
fn walk(up: &Up, console: &str, user: &Account, keeps_logins: bool) {
    let cookie = login(console, user);
    let with = [("Cookie", cookie.as_str()), ("Content-Type", "application/json")];
    let wrong = json!({"username": user.email, "password": "not this one"});
    let refused = ask(console, "POST", "/server/login", &[], Some(&wrong));
    assert_eq!((refused.status, &refused.body["data"]["details"]), (200, &json!("User credential mismatch.")));
    let check = ask(console, "POST", "/server/login-check", &[("Cookie", &cookie)], None).body;
    assert_eq!(check["data"], json!({"access_key": user.access_key, "role": "user", "status": "active"}));
    let query = json!({"query": "{ user { email } }", "variables": {}});
    let answer = ask(console, "POST", "/func/admin/graphql", &with, Some(&query));
    assert_eq!(answer.body, json!({"user": {"email": user.email}}));

    let logins = ask(console, "GET", "/func/v1/logins", &with, None);
    assert_eq!(logins.status, if keeps_logins { 200 } else { 404 });
    if keeps_logins {
        assert!(logins.body.as_array().unwrap().iter().any(|row| row["current"] == true), "{}", logins.body);
    }
    let name = format!("walk-{}", console.rsplit(':').next().unwrap());
    let body = json!({"name": name, "image": "bash", "config": {"resources": {"cpu": "1", "mem": "128m"}}});
    let made = ask(console, "POST", "/func/session", &with, Some(&body));
    assert_eq!((made.status, &made.body["status"]), (201, &json!("RUNNING")), "{}", made.body);
    let path = format!("/func/stream/session/{name}/pty");
    assert_eq!(websocket(console, &path, "a=b", None).unwrap_err(), 401);
    assert_eq!(websocket(console, &path, &cookie, Some("https://evil.example.com")).unwrap_err(), 403);
    assert_eq!(websocket(console, "/func/stream/session/none/pty", &cookie, None).unwrap_err(), 404);
    let mut socket = websocket(console, &path, &cookie, Some(console)).unwrap();
    typed(&mut socket, "echo $((6*7))-through-the-gateway", "42-through-the-gateway");

    let began = std::time::Instant::now();
    assert_eq!(ask(console, "POST", "/server/logout", &[("Cookie", &cookie)], None).status, 201);
    while socket.read().is_ok_and(|message| !message.is_close()) {}
    assert!(began.elapsed() < Duration::from_secs(2), "the terminal outlived the login by {:?}", began.elapsed());
    assert_eq!(ask(console, "POST", "/func/admin/graphql", &with, Some(&query)).status, 401);
    let answer = request(up, user, "DELETE", &format!("/session/{name}"), None).unwrap();
    assert!(answer.succeeded(), "{}", answer.json);
}

#[test]
fn a_console_in_the_same_process_alone_and_before_a_foreign_manager() {
    let up = Up::start(&[]);
    let user = up.account("user", "default").clone();
    walk(&up, &up.console(), &user, true);
    let alone = Alone::before(&up.api);
    walk(&up, &alone.url, &user, true);
    let foreign = Alone::before(&without_v1(&up.api));
    walk(&up, &foreign.url, &user, false);
    // Its pages say that there is no list for them, also to who is signed in.
    let plain = harness::web::Plain::new(&foreign.url);
    for path in ["/", "/sessions", "/account"] {
        let page = plain.get(path);
        assert_eq!((page.status, page.body.contains("none of Rollcall")), (200, true), "{path}: {}", page.body);
    }
    // Where nobody answers it says so.
    let nowhere = Alone::before("http://127.0.0.1:1");
    let page = harness::web::Plain::new(&nowhere.url).get("/sessions");
    assert_eq!((page.status, page.body.contains("data-retry")), (503, true), "{}", page.body);
    let answer = ask(&nowhere.url, "GET", "/func/", &[], None);
    assert_eq!((answer.status, &answer.body["title"]), (502, &json!("The proxy target server is inaccessible.")));
    let answer = ask(&nowhere.url, "POST", "/server/login", &[], Some(&login_body(&user)));
    assert_eq!((answer.status, &answer.body["type"]), (502, &json!("https://api.backend.ai/probs/bad-gateway")));
}
