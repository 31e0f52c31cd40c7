//! Precedence, refusals and the reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::*;
use crate::up::Fence;

fn nothing(_: &str) -> Option<String> {
    None
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn read(text: &str) -> Config {
    load(&[], nothing, Some(written(text).path())).unwrap_or_else(|errors| panic!("{errors:?}")).0
}

/// The errors, one a line, with the file's name struck out.
fn refused(text: &str) -> String {
    let file = written(text);
    let errors = load(&[], nothing, Some(file.path())).map(|_| ()).expect_err("it was accepted");
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n").replace(file.path().to_str().unwrap(), "FILE")
}

#[test]
fn a_flag_wins_over_a_variable_that_over_the_file_that_over_the_default() {
    let file = written("[api]\nlisten = \"127.0.0.1:1\"\nheader_timeout = \"7s\"\n[sessions]\nfence = \"none\"\n");
    let variable = |name: &str| match name {
        "ROLLCALL_API_LISTEN" => Some("127.0.0.1:2".to_owned()),
        "ROLLCALL_SESSIONS_FENCE" => Some("landlock".to_owned()),
        "ROLLCALL_API_HEADER_TIMEOUT" => Some(String::new()),
        _ => None,
    };
    let port = |flags: &[(&'static str, String)], variable: &dyn Fn(&str) -> Option<String>, file: Option<&Path>| {
        load(flags, variable, file).unwrap().0.api.listen.port()
    };
    let flags = [("--api", "127.0.0.1:3".to_owned())];
    assert_eq!(port(&flags, &variable, Some(file.path())), 3);
    assert_eq!(port(&[], &variable, Some(file.path())), 2);
    assert_eq!(port(&[], &nothing, Some(file.path())), 1);
    assert_eq!(port(&[], &nothing, None), 8091);
    let (config, values) = load(&flags, variable, Some(file.path())).unwrap();
    assert_eq!((config.sessions.fence, config.api.header_timeout.as_secs()), (Fence::Landlock, 7));
    let table = command::table(&config, &values);
    for line in [
        "listen = \"127.0.0.1:3\"                   # --api\n",
        "fence = \"landlock\"                       # $ROLLCALL_SESSIONS_FENCE\n",
        &format!("header_timeout = \"7s\"                    # {}, line 3\n", file.path().display()),
        "body_timeout = \"30s\"                     # default\n",
    ] {
        assert!(table.contains(line), "no {line} in\n{table}");
    }
}

#[test]
fn everything_wrong_is_told_by_line_and_name() {
    let text = "[api]\nlisten = \"here\"\nlisten_on = \"x\"\nmax_connections = \"12\"\nbody_limit = 5\n\n\
        [apis]\n[login]\nfailures = 0\nblock = \"20\"\n[sessions]\ncpu_overcommit = 1001\nunsandboxed = 1\n";
    insta::assert_snapshot!(refused(text), @r"
    FILE, line 2: `api.listen` must be an address with its port, such as 127.0.0.1:8091 or [::1]:8091
    FILE, line 3: unknown setting `api.listen_on`; [api] has listen, insecure_http, tls_certificate, tls_key, max_connections, header_timeout, body_timeout, query_timeout, body_limit, shutdown_grace, streams_per_person, streams_per_key, event_ping, event_patience, accept_sha1, trusted_proxies
    FILE, line 4: `api.max_connections` must be a whole number above 0, without quotes
    FILE, line 5: `api.body_limit` must be a size such as 64k, 512m or 16g, in quotes
    FILE, line 7: unknown section `apis`; there are data, api, console, webui, login, metrics, accounts, database, sessions, retention, first_start, log
    FILE, line 9: `login.failures` must be a whole number above 0
    FILE, line 10: `login.block` must be a duration above 0, such as 500ms, 10s, 5m, 2h or 90d
    FILE, line 12: `sessions.cpu_overcommit` must be a number above 0, at most 1000
    FILE, line 13: `sessions.unsandboxed` must be true or false
    ");
}

#[test]
fn the_empty_text_is_none_of_numbers_too() {
    let numbers = "[retention]\nfinished_per_key = \"\"\n[sessions]\nidle_cpu = \"\"\n";
    let config = read(numbers);
    assert_eq!((config.retention.finished_per_key, config.sessions.idle_cpu), (None, None));
    assert_eq!(refused("[login]\nfailures = \"\"\n"), "FILE, line 2: `login.failures` must be a whole number above 0");
}

#[test]
fn what_is_no_toml_and_what_is_no_file_are_told() {
    let twice = refused("[api]\nlisten = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:1\"\n");
    assert!(twice.starts_with("FILE, line 3: not TOML: duplicate key"), "{twice}");
    let cut = refused("[api]\n\n\nlisten = \"127.0");
    assert!(cut.starts_with("FILE, line 4: not TOML: "), "{cut}");
    assert_eq!(refused("api = 5\n"), "FILE, line 1: `api` must be a table: [api]");
    let missing = load(&[], nothing, Some(Path::new("/nowhere/rollcall.toml"))).err().unwrap();
    assert!(missing[0].to_string().starts_with("reading the configuration file `/nowhere/rollcall.toml` failed"));
}

#[test]
fn a_bad_flag_or_variable_is_told_by_its_own_name() {
    let variable = |name: &str| (name == "RUST_LOG").then(|| "=====".to_owned());
    let errors = load(&[("--api", "x".to_owned())], variable, None).err().unwrap();
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "--api: `api.listen` must be an address with its port, such as 127.0.0.1:8091 or [::1]:8091",
            "$RUST_LOG: `log.filter` must be a level, or levels by part"
        ]
    );
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let open = refused("[api]\nlisten = \"0.0.0.0:80\"\n");
    assert!(open.starts_with("FILE, line 2: `api.listen`: 0.0.0.0:80 is not a loopback address"), "{open}");
    assert!(read("[api]\nlisten = \"0.0.0.0:80\"\ninsecure_http = true\n").api.insecure_http);
    let ids = refused("[sessions]\nfirst_uid = 5\nuid_count = 4294967295\n");
    assert_eq!(ids.lines().count(), 2, "{ids}");
}

#[test]
fn impossible_listeners_are_refused() {
    let both = refused("[api]\nlisten = \"127.0.0.1:9091\"\n");
    assert_eq!(both, "default: `metrics.listen`: the API listens on port 9091 already; take another one");
    let any = refused("[api]\nlisten = \"0.0.0.0:9\"\ninsecure_http = true\n[metrics]\nlisten = \"127.0.0.1:9\"\n");
    assert!(any.starts_with("FILE, line 5: `metrics.listen`: the API listens on port 9"), "{any}");
    let open = refused("[metrics]\nlisten = \"192.0.2.1:9091\"\n");
    assert!(open.starts_with("FILE, line 2: `metrics.listen`: 192.0.2.1:9091 is not a loopback address"), "{open}");
    assert!(read("[metrics]\nlisten = \"192.0.2.1:9091\"\nallow_remote = true\n").metrics.allow_remote);
    assert_eq!(read("[metrics]\nlisten = \"off\"\n[api]\nlisten = \"127.0.0.1:9091\"\n").metrics.listen.0, None);
    let console = refused("[console]\nlisten = \"127.0.0.1:8091\"\n");
    assert_eq!(console, "FILE, line 2: `console.listen`: the API listens on port 8091 already; take another one");
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("index.html"), "").unwrap();
    let bundle = place.path().display();
    let webui = refused(&format!("[webui]\ndirectory = \"{bundle}\"\nlisten = \"127.0.0.1:8090\"\n"));
    assert_eq!(webui, "FILE, line 3: `webui.listen`: the console listens on port 8090 already; take another one");
    // Without a bundle nothing listens there.
    read("[webui]\nlisten = \"127.0.0.1:8090\"\n");
    // Port 0 is another one each time.
    read("[metrics]\nlisten = \"127.0.0.1:0\"\n[api]\nlisten = \"127.0.0.1:0\"\n");
}

#[test]
fn what_up_could_not_work_with_is_refused() {
    let webui = refused("[webui]\ndirectory = \"/nonexistent\"\n");
    assert!(webui.starts_with("FILE, line 2: `webui.directory`: `/nonexistent` holds no index.html"), "{webui}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let data = refused(&format!("[data]\ndirectory = \"{}\"\n", file.path().display()));
    assert!(data.starts_with("FILE, line 2: `data.directory`: ") && data.ends_with("and is no directory"), "{data}");
    for limit in ["0", "63k"] {
        let body = refused(&format!("[api]\nbody_limit = \"{limit}\"\n"));
        assert!(body.starts_with("FILE, line 2: `api.body_limit`: is less than 64k"), "{body}");
    }
    read("[api]\nbody_limit = \"64k\"\n");
}

#[test]
fn certificates_must_be_usable() {
    let place = tempfile::tempdir().unwrap();
    let authority = rollcall_testkit::authority::Authority::new(place.path(), "authority");
    let valid = rollcall_testkit::authority::Valid::Now;
    let (certificate, key) = authority.issue("one", &["localhost"], valid);
    let (_, other) = authority.issue("two", &["localhost"], valid);
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let with = |certificate: &str, key: &str| {
        let mut text = "[api]\nlisten = \"0.0.0.0:8443\"\n".to_owned();
        for (name, value) in [("tls_certificate", certificate), ("tls_key", key)] {
            if !value.is_empty() {
                text.push_str(&format!("{name} = \"{value}\"\n"));
            }
        }
        text
    };
    let (certificate, key, other) = (path(&certificate), path(&key), path(&other));
    // Encrypted, it may be served to everybody.
    read(&with(&certificate, &key));
    let check = |certificate: &str, key: &str, told: &str| {
        let text = refused(&with(certificate, key));
        assert!(text.starts_with(told) && text.lines().count() == 1, "{text}");
    };
    check(&certificate, "", "FILE, line 3: `api.tls_certificate`: a certificate is of no use without `api.tls_key`");
    check("", &key, "FILE, line 3: `api.tls_key`: a key is of no use without `api.tls_certificate`");
    check("/nowhere.crt", &key, "FILE, line 3: `api.tls_certificate`: reading `/nowhere.crt` failed");
    check(&certificate, "/nowhere.key", "FILE, line 4: `api.tls_key`: reading `/nowhere.key` failed");
    check(&key, &key, &format!("FILE, line 3: `api.tls_certificate`: `{key}` holds no certificate"));
    check(
        &certificate,
        &certificate,
        &format!("FILE, line 4: `api.tls_key`: `{certificate}` holds a private key, and"),
    );
    check(&certificate, &other, &format!("FILE, line 4: `api.tls_key`: the key in `{other}` and the certificate in"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    check(&certificate, &key, &format!("FILE, line 4: `api.tls_key`: `{key}` holds a private key, and everyone"));
}

#[test]
fn the_password_of_a_database_never_shows() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("url"), "postgres://me:hunter2@db:5432/x\n").unwrap();
    let config = directory.path().join("rollcall.toml");
    let load_text = |text: &str, mode: u32| {
        std::fs::write(&config, text).unwrap();
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(mode)).unwrap();
        load(&[], nothing, Some(&config))
    };
    let told = |loaded: Result<(Config, Values), Vec<ConfigError>>| {
        let errors = loaded.map(|_| ()).expect_err("it was accepted");
        let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(!text.contains("hunter2") && !format!("{errors:?}").contains("hunter2"), "{text}");
        text
    };

    let (by_file, _) = load_text("[database]\nurl_file = \"url\"\n", 0o644).unwrap();
    assert_eq!(by_file.database.url.as_ref().unwrap().expose_secret(), "postgres://me:hunter2@db:5432/x");
    assert!(!format!("{by_file:?}").contains("hunter2"));
    let given = "[database]\nurl = \"postgres://me:hunter2@db/x\"\n";
    let (by_value, values) = load_text(given, 0o640).unwrap();
    let table = command::table(&by_value, &values);
    assert!(table.contains("postgres://me:***@db/x") && !table.contains("hunter2"), "{table}");

    assert!(told(load_text(given, 0o644)).contains("everyone on this machine may read"));
    assert!(told(load_text("[database]\nurl = \"mysql://me:hunter2@db/x\"\n", 0o600)).contains("must be postgres://"));
    assert!(told(load_text("[database]\nurl = [\"hunter2\"]\n", 0o600)).contains("`database.url` must be"));
    assert!(told(load_text("database = \"hunter2\"\n", 0o600)).contains("`database` must be a table"));
    assert!(told(load_text("[database]\nurl = \"hunter2\n", 0o600)).contains("not TOML"));
    assert!(told(load_text(&format!("{given}url_file = \"url\"\n"), 0o600)).contains("give one of them"));
    let missing = told(load_text("[database]\nurl_file = \"none\"\n", 0o600));
    assert!(missing.contains("line 2: `database.url_file`: reading `"), "{missing}");
}

#[test]
fn the_reference_with_every_line_taken_in_says_the_defaults() {
    let taken_in: String = reference::text()
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let file = written(&taken_in);
    let (config, values) = load(&[], nothing, Some(file.path())).unwrap();
    let (default, _) = load(&[], nothing, None).unwrap();
    assert_eq!(format!("{config:?}"), format!("{default:?}"));
    for setting in settings::SECTIONS.iter().flat_map(|section| section.settings) {
        assert_ne!(values.source(&setting.key()), error::Source::Default, "{} is not in the reference", setting.key());
        assert!(setting.doc.trim().len() > 10, "{} has no description", setting.key());
    }
}

#[test]
fn the_reference_in_the_repository_is_the_present_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let document = reference::document();
    if std::env::var_os("ROLLCALL_WRITE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == document,
        "docs/configuration.md differs: ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall --bin rollcall reference"
    );
}

/// The defaults here and in the crates that have them are the same.
#[test]
fn the_defaults_are_those_of_the_parts() {
    let (config, _) = load(&[], nothing, None).unwrap();
    let manager = config.manager();
    assert_eq!(format!("{manager:?}"), format!("{:?}", rollcall_manager::Settings::default()));
    let lifecycle = config.lifecycle();
    assert_eq!(format!("{lifecycle:?}"), format!("{:?}", rollcall_lifecycle::Settings::default()));
}

#[test]
fn every_flag_of_up_that_sets_something_has_a_setting() {
    use clap::CommandFactory as _;
    let arguments = crate::cli::Arguments::command();
    let up = arguments.find_subcommand("up").unwrap();
    // Which file, whether to measure, and the profile of the client commands.
    let apart = ["config", "demo-sessions", "profile", "help"];
    let flags: Vec<&str> =
        up.get_arguments().filter_map(clap::Arg::get_long).filter(|flag| !apart.contains(flag)).collect();
    let mut known: Vec<&str> =
        settings::SECTIONS.iter().flat_map(|section| section.settings).map(|setting| setting.flag).collect();
    known.retain(|flag| !flag.is_empty());
    for flag in &flags {
        assert!(known.contains(&format!("--{flag}").as_str()), "--{flag} is no setting");
    }
    assert_eq!(flags.len(), known.len());
}
