//! A real Chromium, driven over its own protocol (Chrome DevTools). Finds elements through shadow roots,
//! and remembers everything that a page asked for and every error that it told.

// A browser that is gone or a page that never gets there is the end of the test.
#![allow(clippy::panic)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

use crate::postgres::Missing;

/// How long a page may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// Functions that every script here may use: `all(selector)` finds visible elements in every shadow root.
const HELPERS: &str = r#"
const walk = function* (root) {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* walk(element.shadowRoot);
  }
};
const every = (selector) => [...walk(document)].filter((element) => element.matches(selector));
const seen = (element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
};
const all = (selector) => every(selector).filter(seen);
const text = (element) => (element ? element.innerText || element.textContent || "" : "").trim();
"#;

/// A browser; ends with this value.
pub struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    next: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

/// A tab with cookies of its own.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    session: String,
    target: String,
    context: String,
}

/// A request that a page made.
#[derive(Clone, Debug)]
pub struct Requested {
    /// Its method.
    pub method: String,
    /// Its address.
    pub url: String,
    /// The answer's status; none if there was no answer.
    pub status: Option<u64>,
    /// Why there was none.
    pub failure: Option<String>,
}

impl Browser {
    /// Starts one. As root it runs without a sandbox of its own, and nothing that it asks for leaves the machine.
    ///
    /// # Errors
    /// [`Missing`] where there is none.
    pub fn start() -> Result<Self, Missing> {
        let program = std::env::var("ROLLCALL_TEST_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let missing = |reason: String| Missing {
            reason,
            remedy: "install Debian's `chromium`, or name a Chromium in ROLLCALL_TEST_CHROMIUM".to_owned(),
        };
        let profile = TempDir::new().map_err(|error| missing(error.to_string()))?;
        let mut child = Command::new(&program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"])
            .args(["--window-size=1400,900", "--remote-debugging-port=0", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| missing(format!("`{program}` does not start: {error}")))?;
        let told = child.stderr.take().map(BufReader::new);
        let address = told.and_then(|mut told| {
            let mut line = String::new();
            while told.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some(address) = line.trim().strip_prefix("DevTools listening on ") {
                    let address = address.to_owned();
                    // Its pipe must not fill up.
                    std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
                    return Some(address);
                }
                line.clear();
            }
            None
        });
        let opened = address.and_then(|address| {
            let host = address.strip_prefix("ws://")?.split('/').next()?;
            let stream = TcpStream::connect(host).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            tungstenite::client(address.as_str(), stream).ok()
        });
        let Some((socket, _)) = opened else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(missing(format!("`{program}` cannot be driven")));
        };
        Ok(Self { child, socket, next: 0, events: Vec::new(), _profile: profile })
    }

    /// Opens a tab of somebody who shares nothing with the other tabs.
    pub fn tab(&mut self) -> Tab {
        let context = self.call(None, "Target.createBrowserContext", json!({}));
        self.tab_of(context["browserContextId"].as_str().unwrap_or_default())
    }

    /// Opens another tab of the same person, in a window of its own: both are seen.
    pub fn tab_beside(&mut self, tab: &Tab) -> Tab {
        self.tab_of(&tab.context.clone())
    }

    fn tab_of(&mut self, context: &str) -> Tab {
        let arguments = json!({ "url": "about:blank", "browserContextId": context, "newWindow": true });
        let target = self.call(None, "Target.createTarget", arguments)["targetId"].clone();
        Tab { context: context.to_owned(), ..self.attach(&target) }
    }

    /// How wide and high the tab is, in CSS pixels.
    pub fn size(&mut self, tab: &Tab, width: u32, height: u32) {
        let arguments = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call(Some(tab), "Emulation.setDeviceMetricsOverride", arguments);
    }

    /// Whether the tab's system is a dark one.
    pub fn dark(&mut self, tab: &Tab, dark: bool) {
        let features = [json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } })];
        self.call(Some(tab), "Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Whether the tab is told that somebody looks at it: `hidden` as if another were in front.
    pub fn focus(&mut self, tab: &Tab) {
        self.call(Some(tab), "Page.bringToFront", json!({}));
    }

    /// The tab that a page has opened beside itself, once there is one whose address contains `part`.
    pub fn opened(&mut self, part: &str) -> Tab {
        let target = self.until(&format!("a tab at {part}"), |browser| {
            let targets = browser.call(None, "Target.getTargets", json!({}));
            let infos = targets["targetInfos"].as_array()?.clone();
            infos.into_iter().find(|info| info["url"].as_str().is_some_and(|url| url.contains(part)))
        });
        self.attach(&target["targetId"])
    }

    fn attach(&mut self, target: &Value) -> Tab {
        let attached = self.call(None, "Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tab = Tab { session: text(&attached["sessionId"]), target: text(target), context: String::new() };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            self.call(Some(&tab), &format!("{domain}.enable"), json!({}));
        }
        tab
    }

    /// Closes a tab.
    pub fn close(&mut self, tab: &Tab) {
        self.call(None, "Target.closeTarget", json!({ "targetId": tab.target }));
    }

    /// Goes to an address.
    pub fn open(&mut self, tab: &Tab, url: &str) {
        let answer = self.call(Some(tab), "Page.navigate", json!({ "url": url }));
        assert!(answer.get("errorText").is_none(), "{url}: {answer}");
    }

    /// The value of a script, which may use `all(selector)`, `every(selector)` and `text(element)`.
    pub fn value(&mut self, tab: &Tab, script: &str) -> Value {
        self.tried(tab, script).unwrap_or_else(|thrown| panic!("{script}: {thrown}"))
    }

    /// The same, or what the script threw.
    fn tried(&mut self, tab: &Tab, script: &str) -> Result<Value, Value> {
        let expression = format!("(() => {{ {HELPERS} return ({script}); }})()");
        let arguments = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call(Some(tab), "Runtime.evaluate", arguments);
        if answer.get("exceptionDetails").is_some() { Err(answer) } else { Ok(answer["result"]["value"].clone()) }
    }

    /// Waits until a script has a value that is neither false, null, zero nor empty.
    pub fn wait(&mut self, tab: &Tab, what: &str, script: &str) -> Value {
        let tab = tab.clone();
        let began = Instant::now();
        loop {
            // Between two pages there is no element at all: a script that throws then has no value yet.
            let tried = self.tried(&tab, script);
            let value = tried.clone().unwrap_or_default();
            let holds = match &value {
                Value::Null => false,
                Value::Bool(truth) => *truth,
                Value::Number(number) => number.as_f64() != Some(0.0),
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Object(_) => true,
            };
            if holds {
                return value;
            }
            if began.elapsed() > PATIENCE {
                let shown = self.value(&tab, "document.body ? text(document.body).slice(0, 3000) : ''");
                panic!("waited in vain for {what}; last {tried:?}; the page shows: {shown}; {:?}", self.errors(&tab));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Clicks with the mouse on the visible element that a script gives, once it is there and on top.
    pub fn click(&mut self, tab: &Tab, what: &str, element: &str) {
        let script = format!(
            "(() => {{ const element = {element}; if (!element || !seen(element)) return null;
               element.scrollIntoView({{ block: 'nearest' }});
               const box = element.getBoundingClientRect();
               return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }}; }})()"
        );
        let mut place = self.wait(tab, what, &script);
        // What moves is not hit.
        loop {
            std::thread::sleep(PAUSE * 2);
            let now = self.wait(tab, what, &script);
            if now == place {
                break;
            }
            place = now;
        }
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let buttons = u8::from(kind == "mousePressed");
            let arguments = json!({ "type": kind, "x": place["x"], "y": place["y"], "button": "left",
                "buttons": buttons, "clickCount": 1 });
            self.call(Some(tab), "Input.dispatchMouseEvent", arguments);
        }
    }

    /// Runs a script at the beginning of every page of the tab.
    pub fn at_the_beginning(&mut self, tab: &Tab, script: &str) {
        self.call(Some(tab), "Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Lets the tab take nothing from a cache.
    pub fn uncached(&mut self, tab: &Tab) {
        self.call(Some(tab), "Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    }

    /// Puts the mouse over the visible element that a script gives.
    pub fn hover(&mut self, tab: &Tab, what: &str, element: &str) {
        let script = format!(
            "(() => {{ const element = {element}; if (!element || !seen(element)) return null;
               const box = element.getBoundingClientRect();
               return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }}; }})()"
        );
        let place = self.wait(tab, what, &script);
        let arguments = json!({ "type": "mouseMoved", "x": place["x"], "y": place["y"] });
        self.call(Some(tab), "Input.dispatchMouseEvent", arguments);
    }

    /// Types a text into what has the focus.
    pub fn type_text(&mut self, tab: &Tab, text: &str) {
        self.call(Some(tab), "Input.insertText", json!({ "text": text }));
    }

    /// Presses a key by its name, such as `Enter`.
    pub fn press(&mut self, tab: &Tab, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            "Escape" => (27, ""),
            "ArrowDown" => (40, ""),
            "ArrowUp" => (38, ""),
            " " => (32, " "),
            _ => (0, key),
        };
        for kind in ["keyDown", "keyUp"] {
            let arguments = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
            self.call(Some(tab), "Input.dispatchKeyEvent", arguments);
        }
    }

    /// What the tab shows, as PNG, written to a file below the directory named by `ROLLCALL_TEST_SCREENSHOTS`;
    /// nothing where none is.
    pub fn screenshot(&mut self, tab: &Tab, name: &str) {
        use base64::Engine as _;
        let Some(directory) = std::env::var_os("ROLLCALL_TEST_SCREENSHOTS") else { return };
        let answer = self.call(Some(tab), "Page.captureScreenshot", json!({ "format": "png" }));
        let png = base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap_or_default());
        let file = std::path::Path::new(&directory).join(format!("{name}.png"));
        std::fs::write(&file, png.unwrap_or_default()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Cookies of the tab.
    pub fn cookies(&mut self, tab: &Tab) -> Vec<Value> {
        self.call(Some(tab), "Network.getCookies", json!({}))["cookies"].as_array().cloned().unwrap_or_default()
    }

    /// Errors that scripts of the tab did not catch, in the order in which they came.
    pub fn errors(&mut self, tab: &Tab) -> Vec<String> {
        self.value(tab, "1");
        let thrown = self.of(tab, "Runtime.exceptionThrown").into_iter().map(|event| {
            let details = &event["exceptionDetails"];
            let exception = &details["exception"];
            exception["description"].as_str().or(details["text"].as_str()).unwrap_or_default().to_owned()
        });
        thrown.collect()
    }

    /// Errors that the browser itself wrote to the console of the tab: what a policy forbids, what was not found.
    pub fn complaints(&mut self, tab: &Tab) -> Vec<String> {
        self.value(tab, "1");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let logged = self.of(tab, "Log.entryAdded").into_iter().map(|event| event["entry"].clone());
        let logged = logged.filter(|entry| entry["level"] == "error");
        let logged: Vec<String> =
            logged.map(|entry| format!("{} {}", text(&entry["text"]), text(&entry["url"]))).collect();
        let said = self.of(tab, "Runtime.consoleAPICalled").into_iter().filter(|event| event["type"] == "error");
        logged.into_iter().chain(said.map(|event| event["args"].to_string())).collect()
    }

    /// Bytes that came over the network for the tab, headers included.
    pub fn bytes(&mut self, tab: &Tab) -> f64 {
        self.value(tab, "1");
        self.of(tab, "Network.loadingFinished").iter().filter_map(|event| event["encodedDataLength"].as_f64()).sum()
    }

    /// Every request of the tab that has an answer or a failure.
    pub fn requests(&mut self, tab: &Tab) -> Vec<Requested> {
        self.value(tab, "1");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let answers = self.of(tab, "Network.responseReceived");
        let failures = self.of(tab, "Network.loadingFailed");
        let about = |list: &[Value], id: &Value| list.iter().find(|event| event["requestId"] == *id).cloned();
        self.of(tab, "Network.requestWillBeSent")
            .into_iter()
            .map(|event| Requested {
                method: text(&event["request"]["method"]),
                url: text(&event["request"]["url"]),
                status: about(&answers, &event["requestId"]).and_then(|event| event["response"]["status"].as_u64()),
                failure: about(&failures, &event["requestId"]).map(|event| text(&event["errorText"])),
            })
            .filter(|request| request.status.is_some() || request.failure.is_some())
            .collect()
    }

    /// Forgets what was asked for and what went wrong so far.
    pub fn forget(&mut self, tab: &Tab) {
        self.value(tab, "1");
        self.events.retain(|event| event["sessionId"] != tab.session.as_str());
    }

    fn of(&self, tab: &Tab, method: &str) -> Vec<Value> {
        let events = self.events.iter().filter(|event| event["method"] == method);
        events.filter(|event| event["sessionId"] == tab.session.as_str()).map(|event| event["params"].clone()).collect()
    }

    fn until<T>(&mut self, what: &str, mut find: impl FnMut(&mut Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = find(self) {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(PAUSE);
        }
    }

    fn call(&mut self, tab: Option<&Tab>, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut request = json!({ "id": id, "method": method, "params": params });
        if let Some(tab) = tab {
            request["sessionId"] = json!(tab.session);
        }
        let sent = self.socket.send(Message::text(request.to_string()));
        sent.unwrap_or_else(|error| panic!("the browser is gone: {error}"));
        loop {
            let message = match self.socket.read() {
                // A signal came in between; nothing is lost.
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                read => read.unwrap_or_else(|error| panic!("{method}: the browser is gone: {error}")),
            };
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap_or_default();
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            if message.get("method").is_some() {
                self.events.push(message);
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
