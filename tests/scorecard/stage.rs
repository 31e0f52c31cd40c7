//! What a story stands on: the one server, its people, and the record of what was shown.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Account, python::Cli, signed, wait_for};

thread_local! {
    /// The story that this thread tells.
    static STORY: RefCell<&'static str> = const { RefCell::new("") };
}

/// The server and its people.
pub(crate) struct Stage<'a> {
    pub(crate) cli: Cli<'a>,
    /// A superadmin.
    pub(crate) root: Account,
    pub(crate) admin: Account,
    pub(crate) alice: Account,
    pub(crate) bob: Account,
    /// The machine's id.
    pub(crate) agent: String,
    /// The id of the project `default` of the domain `default`.
    pub(crate) group: String,
    /// Days of the demonstration's past.
    pub(crate) days: [String; 2],
    /// An address where nobody listens.
    pub(crate) free: String,
    shown: Mutex<BTreeSet<(&'static str, &'static str)>>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(cli: Cli<'a>) -> Self {
        let [root, admin, alice, bob] = [0, 1, 2, 3].map(|index| cli.up.accounts[index].clone());
        let first = |account: &Account, query: &str| {
            let found = signed::graphql(cli.up, account, query).unwrap();
            found[0]["id"].as_str().unwrap().to_owned()
        };
        // The demonstration's past has machines that are gone.
        let agent = first(&root, "{ agents(status: \"ALIVE\") { id } }");
        let group = first(&alice, "{ groups { id } }");
        let day = |ago: i64| (chrono::Utc::now() - chrono::Duration::days(ago)).format("%Y%m%d").to_string();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        Self { cli, root, admin, alice, bob, agent, group, days: [day(60), day(0)], free, shown: Mutex::default() }
    }

    /// What an argument on the card stands for.
    pub(crate) fn real<'b>(&'b self, argument: &'b str) -> &'b str {
        match argument {
            "AGENT" => &self.agent,
            "GROUP" => &self.group,
            "FIRST" => &self.days[0],
            "LAST" => &self.days[1],
            "AT_PORT" => &self.free,
            other => other,
        }
    }

    /// Runs a command of the card, which must succeed, and looks at what it printed and did. All that
    /// it asks is answered with yes.
    pub(crate) fn shows(&self, account: &Account, command: &'static str, arguments: &[&str], look: impl FnOnce(&str)) {
        let whole: Vec<&str> = command.split(' ').chain(arguments.iter().copied()).collect();
        let output = self.cli.run_and_type(account, &whole, "y\n");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{whole:?} ended with {}:\n{text}", output.status);
        assert!(!text.contains('✘'), "{whole:?} failed:\n{text}");
        look(&text);
        self.was_shown(command);
    }

    /// The same for a command that goes on by itself: it is watched until it says enough. `provoke` is done
    /// again and again until then, as nobody knows when it began to listen.
    pub(crate) fn shows_meanwhile(
        &self,
        account: &Account,
        command: &'static str,
        arguments: &[&str],
        provoke: impl FnMut(),
        enough: impl Fn(&str) -> bool,
    ) {
        let whole: Vec<&str> = command.split(' ').chain(arguments.iter().copied()).collect();
        self.cli.watch(account, &whole, provoke, enough);
        self.was_shown(command);
    }

    fn was_shown(&self, command: &'static str) {
        self.shown.lock().unwrap().insert((STORY.with_borrow(|story| *story), command));
    }

    /// Everything that a command prints, however it ends.
    pub(crate) fn says(&self, account: &Account, command: &str, arguments: &[&str]) -> String {
        let whole: Vec<&str> = command.split(' ').chain(arguments.iter().copied()).collect();
        let output = self.cli.run_and_type(account, &whole, "y\n");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// A command that opens a way to an application at the free address, and says this when somebody
    /// connects there. Nothing may come out of it.
    pub(crate) fn says_of_who_connects(&self, account: &Account, command: &str, arguments: &[&str], words: &str) {
        let connect = || {
            let Ok(mut connection) = TcpStream::connect(&self.free) else { return };
            connection.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            let _ = connection.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
            let came = connection.read(&mut [0; 64]);
            assert!(!matches!(came, Ok(1..)), "`{command}` reaches the application: give it its story.");
        };
        let whole: Vec<&str> = command.split(' ').chain(arguments.iter().copied()).collect();
        self.cli.watch(account, &whole, connect, |said| said.contains(words));
    }

    /// What the API says of something, asked without the client.
    pub(crate) fn asks(&self, account: &Account, query: &str) -> Value {
        signed::graphql(self.cli.up, account, query).unwrap()
    }

    /// A session that is there before the client looks at it.
    pub(crate) fn start_session(&self, account: &Account, name: &str) -> String {
        let wanted = serde_json::json!({ "cpu": "1", "mem": "256m" });
        let body = serde_json::json!({
            "name": name, "image": "bash", "domain": account.domain, "group": "default",
            "config": { "resources": wanted },
        });
        let answer = signed::request(self.cli.up, account, "POST", "/session", Some(&body)).unwrap();
        assert_eq!(answer.json["status"], "RUNNING", "{}", answer.json);
        answer.json["sessionId"].as_str().unwrap().to_owned()
    }

    /// Waits until a session has this status.
    pub(crate) fn session_becomes(&self, account: &Account, id: &str, status: &str) {
        let query = format!("{{ compute_session(id: \"{id}\") {{ status }} }}");
        wait_for(status, || (self.asks(account, &query)["status"] == status).then_some(()));
    }

    /// What the stories showed.
    pub(crate) fn shown(&self) -> BTreeSet<(&'static str, &'static str)> {
        self.shown.lock().unwrap().clone()
    }
}

/// This thread tells this story from now on.
pub(crate) fn tell(story: &'static str) {
    STORY.set(story);
}

/// Whether a printed table has this line: all the words in one.
pub(crate) fn has_line(text: &str, words: &[&str]) -> bool {
    text.lines().any(|line| words.iter().all(|word| line.contains(word)))
}
