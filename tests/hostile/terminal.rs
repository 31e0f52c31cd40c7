//! Our command line on a terminal, against a server in whose answers every text steers: nothing of it
//! reaches the terminal as it is.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use rollcall_model::naming::steers;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::{Value, json};

use crate::harness::signed::request;
use crate::harness::{Account, Up, program, wait_for};
use crate::nothing_panicked;

/// Clears the screen, sets its title, a control of the upper half, a mark that turns, one that hides.
const STEERING: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{200b}";

/// Passes on what is asked and answered, with something that steers behind each text of an answer.
struct Spoiler {
    endpoint: String,
}

impl Spoiler {
    fn before(api: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = api.strip_prefix("http://").unwrap().to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || pass_on(stream, &server));
            }
        });
        Self { endpoint }
    }
}

/// One request and its answer; the client connects anew for the next.
fn pass_on(mut client: TcpStream, server: &str) -> Option<()> {
    let asked = message(&mut client)?;
    let mut upstream = TcpStream::connect(server).ok()?;
    upstream.write_all(&asked.0).ok()?;
    upstream.write_all(&asked.1).ok()?;
    let (head, body) = message(&mut upstream)?;
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(mut value) => {
            spoil(&mut value, "");
            value.to_string().into_bytes()
        }
        Err(_) => body,
    };
    let head = String::from_utf8(head).ok()?;
    let kept = head.split("\r\n").filter(|line| !line.is_empty() && !line.to_lowercase().starts_with("content-length"));
    let head = kept.collect::<Vec<_>>().join("\r\n");
    let head = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    client.write_all(head.as_bytes()).ok()?;
    client.write_all(&body).ok()
}

/// Head and body of known length.
fn message(stream: &mut TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                let body = bytes.split_off(end + 4);
                return Some((bytes, body));
            }
        }
        let mut more = [0; 16 * 1024];
        match stream.read(&mut more).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&more[..count]),
        }
    }
}

/// Behind every text but those that a client reads as something else: ids, moments, words of a set, JSON.
fn spoil(value: &mut Value, key: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, key)),
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| spoil(value, key)),
        Value::String(text) => {
            let read = [
                "id",
                "session_id",
                "uuid",
                "status",
                "type",
                "role",
                "version",
                "manager",
                "access_key",
                "result",
                "__typename",
            ];
            let a_number = text.parse::<f64>().is_ok();
            let a_moment = text.len() > 18 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T';
            let json = text.starts_with(['{', '[']);
            if !read.contains(&key) && !a_number && !a_moment && !json && text.parse::<uuid::Uuid>().is_err() {
                text.push_str(STEERING);
            }
        }
        _ => {}
    }
}

/// What a command writes to a terminal, and whether it succeeded.
fn on_terminal(mut command: Command) -> (String, bool) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let side = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    tcsetwinsize(&side, Winsize { ws_row: 100, ws_col: 500, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(side.try_clone().unwrap()).stderr(side).spawn().unwrap();
    // The command holds the other side open as well.
    drop(command);
    let mut told = Vec::new();
    // Its end is an error: nobody has the other side any more.
    let _ = File::from(terminal).read_to_end(&mut told);
    let success = child.wait().unwrap().success();
    (String::from_utf8_lossy(&told).into_owned(), success)
}

fn command(up: &Up, account: &Account, endpoint: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(words).env("HOME", up.home.path()).env("NO_COLOR", "1").env("TERM", "xterm");
    command.env_remove("XDG_CONFIG_HOME").env_remove("ROLLCALL_PROFILE").env_remove("XDG_STATE_HOME");
    command.envs(up.credentials(account)).env("BACKEND_ENDPOINT", endpoint);
    command
}

/// No colours were asked for, so nothing that steers may come at all.
fn is_clean(what: &str, told: &str) {
    let steering = told.chars().find(|letter| steers(*letter) && !matches!(letter, '\n' | '\r' | '\t'));
    assert!(steering.is_none(), "`{what}` writes {steering:?}: {told:?}");
}

#[test]
fn nothing_of_others_steers_the_terminal() {
    let up = Up::start(&[]);
    let root = up.account("superadmin", "default").clone();
    // What the API itself takes: a command may have anything in it, and so may what it prints.
    let body = json!({"name": "steers", "image": "bash", "type": "batch", "enqueueOnly": true,
        "startupCommand": format!("printf '\\033[2J\\302\\233\\342\\200\\256said\\007'; : {STEERING}; sleep 600")});
    assert_eq!(request(&up, &root, "POST", "/session", Some(&body)).unwrap().status, 201);
    wait_for("its words", || up.rollcall_ok(&root, &["logs", "steers"]).contains("said").then_some(()));
    let spoiler = Spoiler::before(&up.api);
    let mut spoilt = 0;
    for endpoint in [&up.api, &spoiler.endpoint] {
        for words in [
            &["ps"][..],
            &["ps", "--all"],
            &["ps", "--json"],
            &["info", "steers"],
            &["info", "steers", "--json"],
            &["logs", "steers"],
            &["admin", "user", "list"],
            &["admin", "user", "list", "--json"],
            &["admin", "user", "show", &root.email],
            &["admin", "keypair", "list"],
            &["admin", "keypair", "list", "--json"],
            &["admin", "group", "list"],
            &["admin", "group", "list", "--json"],
            &["admin", "domain", "list"],
            &["admin", "domain", "show", "default"],
            &["admin", "policy", "list"],
            &["admin", "policy", "list", "--json"],
            &["admin", "preset", "list"],
            &["admin", "resource-group", "list"],
            &["admin", "resource-group", "list", "--json"],
            &["log"],
            &["log", "--json"],
            // What was typed is told back in errors.
            &["info", STEERING],
            &["rm", STEERING],
            &["logs", STEERING],
            &["run", STEERING],
            &["run", "bash", "--name", STEERING],
            &["run", "bash", "--group", STEERING],
            &["run", "bash", "--cpu", STEERING],
            &["run", "bash", "-e", STEERING],
            &["ps", "--filter", STEERING],
            &["ps", "--order", STEERING],
            &["ps", "--owner", STEERING],
            &["rename", "steers", STEERING],
            &["admin", "user", "show", STEERING],
            &["admin", "group", "show", STEERING],
        ] {
            let (told, _) = on_terminal(command(&up, &root, endpoint, words));
            is_clean(&words.join(" "), &told);
            spoilt += usize::from(told.contains("u{1b}[2J") || told.contains("u001b[2J"));
        }
    }
    // It was there, and it was made visible.
    assert!(spoilt > 20, "only {spoilt} commands had anything to show");
    nothing_panicked(&up);
}
