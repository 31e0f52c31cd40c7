//! The console: how long its page takes on the server, what it weighs in a real browser, and how soon a change
//! is seen there.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rollcall_client::sessions::CreateOptions;
use rollcall_model::session::ClusterMode;
use rollcall_testkit::browser::{Browser, Tab};

use crate::error::BenchError;
use crate::figures::{Row, Times, ms};
use crate::world::{Account, World};

const PAGES: usize = 400;
const CHANGES: usize = 100;
/// Longest wait for a change to show.
const PATIENCE: Duration = Duration::from_secs(10);
/// Noted by the browser itself from the beginning of a page on.
const OBSERVERS: &str = "window.longest = 0; window.shifts = 0; window.seen = {};
new PerformanceObserver((list) => list.getEntries().forEach((task) => { window.longest = Math.max(window.longest, task.duration); }))
  .observe({ type: 'longtask', buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((shift) => { window.shifts += shift.hadRecentInput ? 0 : shift.value; }))
  .observe({ type: 'layout-shift', buffered: true });
new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((row) => {
  if (row.dataset && row.dataset.name) requestAnimationFrame(() => { window.seen[row.dataset.name] = performance.timeOrigin + performance.now(); });
}))).observe(document, { childList: true, subtree: true });";

/// The rows of the table, at `sessions` sessions.
pub(crate) async fn measure(world: &World, sessions: u64) -> Result<Vec<Row>, BenchError> {
    let root = world.account("superadmin")?;
    let mut rows = vec![server(world.console, root, sessions)?];
    let mut browser = match Browser::start() {
        Ok(browser) => browser,
        Err(missing) => return Err(BenchError::Wrong(format!("{} ({})", missing.reason, missing.remedy))),
    };
    let tab = signed_in(&mut browser, world.console, root);
    rows.push(weight(&mut browser, &tab, world.console));
    rows.push(changes(&mut browser, &tab, root).await?);
    Ok(rows)
}

/// The page as the server makes it, asked one by one.
fn server(console: SocketAddr, account: &Account, sessions: u64) -> Result<Row, BenchError> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("mode", "email"), ("email", &account.email), ("password", &account.password)])
        .finish();
    let signed = ask(console, "POST", "/sign-in", "", &form)?;
    let cookie = signed
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: ").filter(|line| line.starts_with("AIOHTTP_SESSION=")));
    let cookie =
        cookie.and_then(|line| line.split(';').next()).ok_or_else(|| BenchError::Wrong("no cookie came".to_owned()))?;
    let mut times = Vec::with_capacity(PAGES);
    for number in 0..PAGES + 20 {
        let began = Instant::now();
        let page = ask(console, "GET", "/sessions?tab=finished", cookie, "")?;
        if page.matches("<tr id=").count() != 20 {
            return Err(BenchError::Wrong("the page has not 20 rows".to_owned()));
        }
        // The first ones fill caches.
        if number >= 20 {
            times.push(began.elapsed());
        }
    }
    let times = Times::new(times);
    Ok(Row::new(
        format!(
            "console: the sessions page of a superadmin, 20 of {sessions} sessions, quotas and list included ({PAGES} times)"
        ),
        format!("p50 {}, p99 {}", ms(times.percentile(50)), ms(times.percentile(99))),
    ))
}

fn ask(console: SocketAddr, method: &str, path: &str, cookie: &str, form: &str) -> Result<String, BenchError> {
    let failed = BenchError::system("asking the console");
    let mut stream = TcpStream::connect(console).map_err(&failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(&failed)?;
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {console}\r\nCookie: {cookie}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(text.as_bytes()).map_err(&failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(&failed)?;
    Ok(answer)
}

fn signed_in(browser: &mut Browser, console: SocketAddr, account: &Account) -> Tab {
    let tab = browser.tab();
    browser.at_the_beginning(&tab, OBSERVERS);
    browser.open(&tab, &format!("http://{console}/"));
    browser.click(&tab, "the e-mail", "all('#email')[0]");
    browser.type_text(&tab, &account.email);
    browser.click(&tab, "the password", "all('#password')[0]");
    browser.type_text(&tab, &account.password);
    browser.press(&tab, "Enter");
    browser.wait(&tab, "the stream", "every('[data-state=live]').length");
    tab
}

/// The page with everything that it needs, nothing of it from a cache.
fn weight(browser: &mut Browser, tab: &Tab, console: SocketAddr) -> Row {
    browser.uncached(tab);
    browser.forget(tab);
    browser.open(tab, &format!("http://{console}/sessions?tab=finished"));
    browser.wait(tab, "the stream", "every('[data-state=live]').length");
    std::thread::sleep(Duration::from_secs(2));
    let bytes = browser.bytes(tab);
    let number = |value: serde_json::Value| value.as_f64().unwrap_or(f64::NAN);
    let longest = number(browser.value(tab, "window.longest"));
    let shifts = number(browser.value(tab, "window.shifts"));
    Row::new(
        "console: first sessions page with 20 rows in Chromium: over the wire; longest main-thread task; layout shift",
        format!(
            "{:.1} KB; {}; {shifts:.3}",
            bytes / 1000.0,
            if longest > 0.0 { format!("{longest:.0} ms") } else { "none over 50 ms".to_owned() }
        ),
    )
}

/// From the request that makes a session until its row is painted in an open list.
async fn changes(browser: &mut Browser, tab: &Tab, account: &Account) -> Result<Row, BenchError> {
    let image = crate::sessions::bash(&account.client).await?;
    let address = browser.value(tab, "location.origin");
    browser.open(tab, &format!("{}/sessions", address.as_str().unwrap_or_default()));
    browser.wait(tab, "the stream", "every('[data-state=live]').length");
    let mut times = Vec::with_capacity(CHANGES);
    for number in 0..CHANGES {
        let name = format!("change-{number}");
        let options = CreateOptions {
            name: name.clone(),
            image: image.clone(),
            batch_command: None,
            group: "default".to_owned(),
            resource_group: None,
            // It waits, so that nothing but its row is made.
            resources: vec![("cpu".to_owned(), "1".to_owned()), ("mem".to_owned(), "4t".to_owned())],
            shared_memory: None,
            cluster_size: 1,
            cluster_mode: ClusterMode::SingleNode,
            starts_at: None,
            environ: Vec::new(),
            tag: None,
            bootstrap_script: None,
            mounts: Vec::new(),
            owner: None,
            wait: None,
            reuse: false,
        };
        let sent = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let made = account.client.sessions().create(&options).await?;
        let began = Instant::now();
        let seen = loop {
            if let Some(seen) = browser.value(tab, &format!("window.seen['{name}'] || null")).as_f64() {
                break Duration::from_secs_f64(seen / 1000.0);
            }
            if began.elapsed() > PATIENCE {
                return Err(BenchError::Late { what: format!("{name} in the browser"), after: PATIENCE });
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        times.push(seen.saturating_sub(sent));
        account.client.sessions().destroy(made.id, false, None).await?;
        std::thread::sleep(Duration::from_millis(300));
    }
    let times = Times::new(times);
    Ok(Row::new(
        format!("console: from the request that makes a session to its row painted in Chromium ({CHANGES} times)"),
        format!("p50 {}, p99 {}", ms(times.percentile(50)), ms(times.percentile(99))),
    ))
}
