//! `/metrics` of the real program: well-formed, moving with what happens, and naming nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use harness::{Account, Up, signed, wait_for};
use serde_json::json;

fn get(address: &str, path: &str, accept: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("transfer-encoding"), "{head}");
    (head.to_owned(), body.to_owned())
}

/// Samples by name and sorted labels, as `name{a="b"}`; panics at what Prometheus would not take.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let mut kinds: HashMap<String, String> = HashMap::new();
    let mut helped: Vec<String> = Vec::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && !helped.contains(&name.to_owned()), "{line}");
            helped.push(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert_eq!(helped.last().map(String::as_str), Some(name), "no help before {line}");
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{line} comes twice");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number in {line}"));
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
                name.strip_suffix(end).filter(|base| kinds.get(*base).is_some_and(|kind| kind == "histogram"))
            });
            assert!(kinds.contains_key(family.unwrap_or(name)), "{line} is of no family");
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{line}");
            let series = format!("{name}{}", canonical(labels.strip_suffix('}').unwrap()));
            assert!(samples.insert(series, value).is_none(), "{line} comes twice");
        }
    }
    assert!(helped.len() > 20, "{text}");
    histograms_add_up(&kinds, &samples);
    samples
}

fn canonical(labels: &str) -> String {
    let mut pairs: Vec<&str> =
        labels.split("\",").map(|pair| pair.trim_end_matches('"')).filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    for pair in &pairs {
        let (name, value) = pair.split_once("=\"").unwrap_or_else(|| panic!("no label: {pair}"));
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !value.contains('"'), "{pair}");
    }
    if pairs.is_empty() { String::new() } else { format!("{{{}\"}}", pairs.join("\",")) }
}

/// Buckets grow, and the last one is the count.
fn histograms_add_up(kinds: &HashMap<String, String>, samples: &BTreeMap<String, f64>) {
    for (name, _) in kinds.iter().filter(|(_, kind)| *kind == "histogram") {
        let mut lines: HashMap<String, Vec<(f64, f64)>> = HashMap::new();
        let prefix = format!("{name}_bucket{{");
        for (series, value) in samples.iter().filter(|(series, _)| series.starts_with(&prefix)) {
            let labels = series.strip_prefix(&prefix).unwrap().trim_end_matches('}');
            let bound = labels.split(',').find_map(|pair| pair.strip_prefix("le=")).unwrap().trim_matches('"');
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
            let rest: Vec<&str> = labels.split(',').filter(|pair| !pair.starts_with("le=")).collect();
            lines.entry(rest.join(",")).or_default().push((bound, *value));
        }
        for (labels, mut buckets) in lines {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{name} {labels}: {buckets:?}");
            let series = if labels.is_empty() { format!("{name}_count") } else { format!("{name}_count{{{labels}}}") };
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, samples[&series])), "{name} {labels}");
        }
    }
}

fn metrics_address(up: &Up) -> String {
    let printed = wait_for("the banner", || Some(up.printed()).filter(|text| text.contains("Ctrl-C")));
    let line = printed.lines().find(|line| line.trim_start().starts_with("Metrics")).unwrap().to_owned();
    let address = line.split("http://").nth(1).unwrap_or_else(|| panic!("no address in {line}"));
    address.trim_end_matches("/metrics").to_owned()
}

#[test]
fn figures_are_well_formed_and_move_with_what_happens() {
    let up = Up::start_with(&[], &[("ROLLCALL_METRICS_LISTEN", "127.0.0.1:0")]);
    let address = metrics_address(&up);
    let scrape = || parse(&get(&address, "/metrics", "text/plain").1);
    let before = scrape();
    let of = |samples: &BTreeMap<String, f64>, series: &str| samples.get(series).copied();
    assert_eq!(of(&before, r#"rollcall_sessions{status="RUNNING"}"#), Some(0.0));
    assert_eq!(of(&before, r#"rollcall_session_steps_total{step="start"}"#), Some(0.0));
    assert_eq!(of(&before, "rollcall_database_up"), Some(1.0));
    assert_eq!(of(&before, r#"rollcall_agents{status="ALIVE"}"#), Some(1.0));

    let user = up.account("user", "default").clone();
    up.rollcall_ok(&user, &["run", "bash", "--name", "metered-session"]);
    let stranger = Account { secret_key: "wrong".to_owned(), ..user.clone() };
    assert_eq!(signed::request(&up, &stranger, "GET", "/auth", None).unwrap().status, 401);
    assert_eq!(signed::request(&up, &user, "GET", "/no/such-path", None).unwrap().status, 404);
    let login = json!({"type": "keypair", "domain": "default", "username": user.email, "password": "wrong"});
    assert_eq!(signed::request(&up, &user, "POST", "/auth/authorize", Some(&login)).unwrap().status, 401);
    let waits =
        json!({"name": "metered-queue", "image": "bash", "enqueueOnly": true, "config": {"resources": {"cpu": 1000}}});
    let queued = signed::request(&up, &user, "POST", "/session", Some(&waits)).unwrap();
    assert!(queued.succeeded(), "{queued:?}");

    let after = scrape();
    for (series, value) in [
        (r#"rollcall_sessions{status="RUNNING"}"#, 1.0),
        (r#"rollcall_sessions{status="PENDING"}"#, 1.0),
        (r#"rollcall_kernels{status="RUNNING"}"#, 1.0),
        (r#"rollcall_session_steps_total{step="start"}"#, 1.0),
        ("rollcall_session_start_seconds_count", 1.0),
        (r#"rollcall_queue_sessions{resource_group="default"}"#, 1.0),
        (r#"rollcall_signatures_total{outcome="mismatch"}"#, 1.0),
        (r#"rollcall_logins_total{outcome="refused"}"#, 1.0),
        (r#"rollcall_requests_total{method="GET",route="none",status="404"}"#, 1.0),
        (r#"rollcall_requests_total{method="POST",route="/auth/authorize",status="401"}"#, 1.0),
        ("rollcall_events_unnumbered", 0.0),
    ] {
        assert_eq!(of(&after, series), Some(value), "{series}");
    }
    for moved in [
        r#"rollcall_signatures_total{outcome="accepted"}"#,
        "rollcall_connections_total",
        "rollcall_event_last_number",
        "process_cpu_seconds_total",
    ] {
        assert!(of(&after, moved) > of(&before, moved), "{moved}: {:?} {:?}", before.get(moved), after.get(moved));
    }
    for (name, least) in [("process_resident_memory_bytes", 1e6), ("process_open_fds", 5.0), ("process_max_fds", 5.0)] {
        assert!(after[name] > least, "{name}");
    }
    let taken = after
        .iter()
        .find(|(series, _)| series.starts_with("rollcall_agent_slots_used{") && series.contains(r#"slot="cpu""#));
    assert_eq!(taken.map(|(_, value)| *value), Some(1.0));
    assert!(after.keys().any(|series| series.starts_with("rollcall_build_info{")));
    assert!(after[r#"rollcall_database_connections_most{pool="write"}"#] >= 1.0);

    names_nobody(&up, &get(&address, "/metrics", "text/plain").1);
    let (head, open) = get(&address, "/metrics", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(open.ends_with("# EOF\n") && open.contains("# UNIT rollcall_request_duration_seconds seconds"), "{open}");
    assert!(get(&address, "/", "").0.starts_with("HTTP/1.1 404"));
    let api = up.api.strip_prefix("http://").unwrap();
    assert!(get(api, "/metrics", "").0.starts_with("HTTP/1.1 404"), "the API serves metrics to anybody");
}

fn names_nobody(up: &Up, text: &str) {
    let of_people = up.accounts.iter().flat_map(|account| [&account.access_key, &account.secret_key, &account.email]);
    for secret in of_people.map(String::as_str).chain(["metered-", "such-path", "alice"]) {
        assert!(!text.contains(secret), "{secret} is in the metrics");
    }
}

#[test]
fn a_port_in_use_is_a_warning_and_off_is_off() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let up = Up::start_with(&[], &[("ROLLCALL_METRICS_LISTEN", &address)]);
    let printed = wait_for("the banner", || Some(up.printed()).filter(|text| text.contains("Ctrl-C")));
    for text in [printed, up.logged()] {
        assert!(text.contains("in use by another program") && text.contains("ROLLCALL_METRICS_LISTEN"), "{text}");
    }
    up.rollcall_ok(&up.accounts[2].clone(), &["ps"]);
    let up = Up::start_with(&[], &[("ROLLCALL_METRICS_LISTEN", "off")]);
    let printed = wait_for("the banner", || Some(up.printed()).filter(|text| text.contains("Ctrl-C")));
    assert!(printed.lines().any(|line| line.split_whitespace().eq(["Metrics", "off"])), "{printed}");
}
