//! Random headers for the signature check, random templates, and random parameters for the readers of
//! bodies (`rollcall_testkit::fuzz`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::sample::select;
use rollcall_model::template::TemplateKind;
use rollcall_testkit::fuzz;
use rollcall_wire::parameters::Parameters;
use rollcall_wire::problem::Problem;
use rollcall_wire::signing::{self, SigningPolicy, parse_authorization};
use rollcall_wire::templates::TemplateRequest;
use rollcall_wire::{account, auth, config, dotfiles, manager, resources, session, usage};
use secrecy::SecretString;
use serde_json::{Value, json};

const PIECES: &[&str] = &[
    "BackendAI",
    "Sorna",
    "Bearer",
    " ",
    "  ",
    "signMethod",
    "=",
    "HMAC-SHA256",
    "hmac-sha256",
    "HMAC-SHA1",
    "SHA256",
    "HMAC-",
    ",",
    ", ",
    "credential",
    "AKIAIOSFODNN7EXAMPLE",
    ":",
    "00",
    "ffffffffffffffff",
    "022ae894",
    "\t",
    "é",
];
/// Near the moment that the check takes for now, so that many dates are neither stale nor in the future.
const DATES: &[&str] =
    &["2021-10-07T07:58:33", "Z", "+00:00", "+09:00", "Thu, 07 Oct 2021 07:58:33 GMT", "20211007T075833Z", " "];

const YAML: &[&str] = &[
    "session_templates",
    "template",
    "api_version",
    "kind",
    "taskTemplate",
    "metadata",
    "spec",
    "kernel",
    "name",
    "image",
    "git",
    "repository",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a ",
    "*a",
    "&b ",
    "*b ",
    "? ",
    "!!str ",
    "!!int ",
    "!x ",
    "! ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\x00",
    "\\u202e",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "# ",
    "~",
    "null",
    "0x1f",
    "1e999",
    "-.inf",
    "<<",
    "\t",
    "\r",
    "\u{feff}",
    "\u{85}",
    "é",
];

/// How deep a value is; the reading of it promises a bound.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn templates() {
    let read = std::sync::atomic::AtomicU64::new(0);
    fuzz::run("templates", &fuzz::texts(YAML), |text| {
        if let Ok(value) = rollcall_wire::yaml::parse(&text) {
            read.fetch_add(u64::from(!value.is_string()), std::sync::atomic::Ordering::Relaxed);
            prop_assert!(depth(&value) <= rollcall_wire::yaml::MAX_DEPTH);
            let again = serde_json::to_string(&value).ok().and_then(|json| serde_json::from_str(&json).ok());
            prop_assert_eq!(again, Some(value));
        }
        let payload = serde_json::json!({ "payload": text }).as_object().unwrap().clone();
        let parameters = Parameters::new(payload);
        let _ = TemplateRequest::of(TemplateKind::Task, parameters);
        Ok(())
    });
    assert!(read.into_inner() > 0, "no YAML was ever read");
}

#[test]
fn authorization_headers() {
    fuzz::run("authorization headers", &fuzz::texts(PIECES), |text| {
        if let Ok(read) = parse_authorization(&text) {
            for part in [read.method, read.access_key, read.signature] {
                prop_assert!(text.contains(part), "{:?} is not in {:?}", part, text);
            }
        }
        Ok(())
    });
}

/// Nobody gets in by chance, whatever else is written in the headers.
#[test]
fn signed_heads() {
    let now = rollcall_model::time::from_micros(1_633_593_513_000_000);
    let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let whole = "[0-9a-f]{0,70}"
        .prop_map(|signature| format!("BackendAI signMethod=HMAC-SHA256, credential=AKIAIOSFODNN7EXAMPLE:{signature}"));
    let authorization = prop_oneof![fuzz::texts(PIECES), whole];
    let date = prop_oneof![Just("2021-10-07T07:58:33Z".to_owned()), fuzz::texts(DATES)];
    let headers = (authorization, date, prop::option::of(fuzz::texts(DATES)), any::<String>());
    let judged = std::sync::atomic::AtomicU64::new(0);
    fuzz::run("signed heads", &headers, |(authorization, date, other_date, host)| {
        let mut head = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                head.append(HeaderName::from_static(name), value);
            }
        };
        put("authorization", &authorization);
        put("date", &date);
        put("host", &host);
        put("x-backendai-version", "v6.20210815");
        if let Some(date) = other_date {
            put("x-backendai-date", &date);
        }
        if let Ok(Some(received)) = signing::read("GET", "/auth?echo=a", &head, now) {
            judged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let policy = SigningPolicy { allow_sha1: true };
            prop_assert!(received.verify(&secret, policy).is_err(), "{:?} passes", authorization);
        }
        Ok(())
    });
    assert!(judged.into_inner() > 0, "no signature was ever looked at");
}

/// Names that readers ask for.
const NAMES: &[&str] = &[
    "name",
    "clientSessionToken",
    "image",
    "lang",
    "type",
    "sessionType",
    "group",
    "group_id",
    "domain",
    "cluster_size",
    "clusterSize",
    "cluster_mode",
    "config",
    "tag",
    "enqueueOnly",
    "maxWaitSeconds",
    "starts_at",
    "reuseIfExists",
    "startupCommand",
    "bootstrap_script",
    "owner_access_key",
    "mounts",
    "mount_map",
    "environ",
    "scaling_group",
    "resources",
    "resource_opts",
    "shmem",
    "preopen_ports",
    "agent_list",
    "cpu",
    "mem",
    "path",
    "permission",
    "data",
    "script",
    "key",
    "value",
    "prefix",
    "echo",
    "username",
    "password",
    "id",
    "forced",
    "enabled",
    "message",
    "status",
    "force_kill",
    "op",
    "args",
    "month",
    "group_ids",
    "start_date",
    "end_date",
    "email",
    "full_name",
    "old_password",
    "new_password",
];
/// Texts that mean something to one or another.
const TEXTS: &[&str] = &[
    "",
    "abcd",
    "a b",
    "sh",
    "batch",
    "interactive",
    "single-node",
    "true",
    "no",
    "1",
    "-1",
    "99999999999999999999",
    "1g",
    "inf",
    "nan",
    "600",
    "777",
    ".rc",
    "../x",
    "a/../b",
    "2021-10-07",
    "2h",
    "202401",
    "20240131",
    "keypair",
    "jwt",
    "frozen",
    "include-agents",
    "00000000-0000-4000-8000-000000000000",
    "a\0b",
    "\u{202e}",
    "\u{1b}[2J",
    "ZWNobw==",
    "a@b.example",
];

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3_i64..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(TEXTS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let named = prop::collection::vec((select(NAMES), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            named.prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

type Reader = fn(Parameters) -> Result<(), Problem>;

/// Every reader of a body.
const READERS: &[(&str, Reader)] = &[
    ("create", |p| {
        session::CreateRequest::of(p).map(|request| {
            assert!((4..=64).contains(&request.name.len()) && request.name.is_ascii());
            assert!(
                request.cluster_size >= 1
                    && !request.config.environ.iter().any(|(name, value)| format!("{name}{value}").contains('\0'))
            );
        })
    }),
    ("match", |p| session::MatchRequest::of(p).map(drop)),
    ("destroy", |p| session::DestroyRequest::of(p).map(drop)),
    ("rename", |p| session::RenameRequest::of(p).map(drop)),
    ("echo", |p| auth::TestAnswer::of(p).map(drop)),
    ("authorize", |p| auth::AuthorizeRequest::of(p).map(drop)),
    ("role", |p| auth::RoleRequest::of(p).map(|_| ())),
    ("password", |p| account::PasswordRequest::of(p).map(drop)),
    ("full name", |p| account::full_name(p).map(drop)),
    ("sign out", |p| account::SignOutRequest::of(p).map(drop)),
    ("sign up", |p| account::SignUpRequest::of(p).map(drop)),
    ("dotfile", |p| {
        dotfiles::DotfileRequest::of(p).map(|request| {
            assert!(request.file.content.len() <= 64 * 1024 && request.file.permission.len() == 3);
        })
    }),
    ("dotfile choice", |p| dotfiles::DotfileChoice::one(p).map(drop)),
    ("script", |p| dotfiles::bootstrap_script(p).map(drop)),
    ("entry", |p| config::ConfigKey::of(p).map(drop)),
    ("entries", |p| config::ConfigEntries::of(p).map(|entries| assert!(entries.0.len() <= config::MAX_LEAVES))),
    ("presets", |p| resources::CheckPresetsRequest::of(p).map(drop)),
    ("resource groups", |p| resources::GroupRequest::required(p).map(drop)),
    ("announcement", |p| manager::AnnouncementRequest::of(p).map(drop)),
    ("status", |p| manager::StatusRequest::of(p).map(|_| ())),
    ("scheduler", |p| manager::SchedulerRequest::of(p).map(drop)),
    ("usage of a month", |p| usage::UsageRequest::month(p).map(drop)),
    ("usage of a period", |p| usage::UsageRequest::period(p).map(drop)),
];

/// Whatever is sent, each reader takes it or says what is wrong with it, by name.
#[test]
fn request_parameters() {
    let fields = prop::collection::vec((select(NAMES), values()), 0..10);
    let bodies = fields
        .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    let taken = std::sync::atomic::AtomicU64::new(0);
    fuzz::run("request parameters", &(bodies, select(READERS)), |(body, (reader, read))| {
        let parameters = Parameters::of_request(None, body.to_string().as_bytes()).unwrap();
        match read(parameters) {
            Ok(()) => drop(taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
            Err(problem) => {
                prop_assert_eq!(problem.status(), 400, "{}: {}", reader, body);
                let named = problem.data().is_none_or(|data| data.as_object().is_some_and(|data| !data.is_empty()));
                prop_assert!(named, "{} does not say what is wrong with {}", reader, body);
            }
        }
        Ok(())
    });
    assert!(taken.into_inner() > 0, "nothing was ever taken");
}

/// Bytes that may or may not be a body, and a query string beside them.
#[test]
fn request_bodies() {
    let pieces: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"name\"",
        ":",
        ",",
        "null",
        "true",
        "1e400",
        "-",
        "\\u0000",
        "\\ud800",
        "\\",
        " ",
        "\"abcd\"",
        "{\"config\":",
        "é",
    ];
    let queries: &[&str] =
        &["name", "=", "&", "%", "%00", "%ff", "+", "abcd", "owner_access_key", "[]", ";", "#", "%F0%9F", "é"];
    fuzz::run("request bodies", &(fuzz::texts(pieces), fuzz::texts(queries)), |(body, query)| {
        if let Ok(mut parameters) = Parameters::of_request(Some(&query), body.as_bytes()) {
            let text = parameters.text(&["name", "owner_access_key"]);
            prop_assert!(text.is_none_or(|text| !text.is_empty() && !text.contains('\0')));
            prop_assert!(
                body.is_empty() || serde_json::from_str::<Value>(&body).is_ok_and(|value| value != json!(null))
            );
        }
        let owner = session::owner_in_query(Some(&query));
        prop_assert!(
            owner.is_ok_and(|owner| owner.is_none_or(|owner| !owner.is_empty())) || query.contains("owner_access_key")
        );
        Ok(())
    });
}
