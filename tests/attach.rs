//! `rollcall attach` on a real terminal, against the real program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::time::Duration;

use harness::foreign::Foreign;
use harness::pty::OnTerminal;
use harness::{Account, Up, wait_for};

/// A session of the first user, and a terminal that shows its prompt.
fn attached(up: &Up, name: &str, api: &str, more: &[&str]) -> (Account, OnTerminal) {
    let alice = up.account("user", "default").clone();
    up.rollcall_ok(&alice, &["run", "bash", "--name", name]);
    let terminal = attach(up, &alice, api, &[&["attach", name], more].concat());
    (alice, terminal)
}

fn attach(up: &Up, account: &Account, api: &str, arguments: &[&str]) -> OnTerminal {
    let terminal = OnTerminal::start(up, account, api, arguments);
    wait_for("the terminal to be raw", || (!terminal.is_cooked()).then_some(()));
    terminal
}

/// Types a sum, so that its result is no echo.
fn answers(terminal: &mut OnTerminal, number: u32) {
    terminal.type_in(&format!("echo said-$((1000 + {number}))\n"));
    terminal.wait_to_show(&format!("said-{}", 1000 + number));
}

#[test]
fn a_terminal_is_used_left_and_found_again() {
    let up = Up::start(&[]);
    let (alice, mut terminal) = attached(&up, "one-term", &up.api.clone(), &[]);
    answers(&mut terminal, 1);
    terminal.type_in("stty size\n");
    terminal.wait_to_show("33 111");
    terminal.resize(20, 77);
    wait_for("the new size", || {
        terminal.type_in("stty size\n");
        std::thread::sleep(Duration::from_millis(200));
        terminal.shown().contains("20 77").then_some(())
    });
    // Interrupts go to the session, and the first of the keys that leave is passed on by itself.
    terminal.type_in("sleep 1000\n");
    terminal.wait_to_show("sleep 1000");
    std::thread::sleep(Duration::from_millis(300));
    terminal.type_in("\u{3}");
    answers(&mut terminal, 2);
    terminal.type_in("\u{10}");
    // It recalls the last command.
    wait_for("the key", || (terminal.shown().matches("said-$((1000 + 2))").count() > 1).then_some(()));
    terminal.type_in("\n");
    // A restart brings other processes into the same terminal.
    up.rollcall_ok(&alice, &["restart", "one-term"]);
    wait_for("the replacement", || up.rollcall_ok(&alice, &["ps"]).contains("running").then_some(()));
    answers(&mut terminal, 4);
    terminal.type_in("\u{10}\u{11}");
    assert_eq!(terminal.ended().code(), Some(0));
    assert!(terminal.is_cooked());
    terminal.wait_to_show("Left one-term, which goes on.");
    assert!(up.rollcall_ok(&alice, &["ps"]).contains("running"));
    // Whoever comes again sees what was printed before, and other keys leave.
    let mut again = attach(&up, &alice, &up.api, &["attach", "one-term", "--detach-keys", "ctrl-a,d"]);
    again.wait_to_show("said-1004");
    answers(&mut again, 3);
    again.type_in("\u{10}\u{11}\u{1}d");
    assert_eq!(again.ended().code(), Some(0));
    // What is recorded of all this has no ticket in it.
    let recorded = up.rollcall_ok(&alice, &["log", "-n", "0", "--json"]);
    assert!(recorded.contains("/v1/terminal") && !recorded.contains("ticket"), "{recorded}");
    assert!(!up.logged().contains("ticket="), "{}", up.logged());
}

#[test]
fn it_goes_on_when_the_manager_is_killed() {
    let mut up = Up::start(&[]);
    let (alice, mut terminal) = attached(&up, "two-term", &up.api.clone(), &[]);
    answers(&mut terminal, 1);
    terminal.type_in("KEPT=kept-$((40 + 2))\n");
    terminal.wait_to_show("KEPT=kept");
    up.signal("KILL");
    up.ended();
    terminal.wait_to_show("[The connection was lost; it is made again by itself.]");
    // Typed into nothing, and heard by nobody.
    terminal.type_in("echo in-$((1 + 1))-vain\n");
    std::thread::sleep(Duration::from_millis(500));
    up.start_again();
    terminal.wait_to_show("\u{1b}[H\u{1b}[2J");
    terminal.type_in("echo $KEPT\n");
    terminal.wait_to_show("kept-42");
    // The screen is empty before what was printed comes again, so that it stands there once.
    let shown = terminal.shown();
    let (_, screen) = shown.rsplit_once("\u{1b}[2J").unwrap();
    assert_eq!(screen.matches("said-1001").count(), 1, "{screen:?}");
    assert!(!shown.contains("in-2-vain"), "{shown:?}");
    // The end of the session ends it.
    terminal.type_in("exit\n");
    assert_eq!(terminal.ended().code(), Some(0));
    assert!(terminal.is_cooked());
    terminal.wait_to_show("The session two-term has ended.");
    let over = OnTerminal::start(&up, &alice, &up.api, &["attach", "two-term"]).ended();
    assert_eq!(over.code(), Some(1));
}

#[test]
fn a_session_that_ends_while_the_manager_is_away_is_found_ended() {
    let mut up = Up::start(&[]);
    let (_, mut terminal) = attached(&up, "three-term", &up.api.clone(), &[]);
    terminal.type_in("sleep 2; exit\n");
    terminal.wait_to_show("sleep 2");
    up.signal("TERM");
    up.ended();
    terminal.wait_to_show("[The connection was lost");
    std::thread::sleep(Duration::from_secs(3));
    up.start_again();
    assert_eq!(terminal.ended().code(), Some(0));
    terminal.wait_to_show("The session three-term has ended.");
}

#[test]
fn the_terminal_here_is_as_before_however_it_ends() {
    let up = Up::start(&[]);
    let (_, mut terminal) = attached(&up, "four-term", &up.api.clone(), &[]);
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        terminal.signal(signal);
        assert_eq!(terminal.ended().code(), Some(code));
        assert!(terminal.is_cooked());
        terminal.wait_to_show("four-term goes on.");
        let alice = up.account("user", "default").clone();
        terminal = attach(&up, &alice, &up.api, &["attach", "four-term"]);
    }
    // A right that is lost ends it with an error.
    let root = up.account("superadmin", "default").clone();
    let alice = up.account("user", "default").clone();
    up.rollcall_ok(&root, &["admin", "keypair", "disable", &alice.access_key]);
    assert_eq!(terminal.ended().code(), Some(1));
    assert!(terminal.is_cooked());
    terminal.wait_to_show("error:");
}

#[test]
fn who_may_not_is_told_so() {
    let up = Up::start(&[]);
    let (alice, mut terminal) = attached(&up, "five-term", &up.api.clone(), &[]);
    let admin = up.accounts[1].clone();
    let bob = up.accounts[3].clone();
    let refused = |account: &Account, owner: &[&str]| {
        let arguments = [&["attach", "five-term"], owner].concat();
        let mut terminal = OnTerminal::start(&up, account, &up.api, &arguments);
        assert_eq!(terminal.ended().code(), Some(1));
        assert!(terminal.is_cooked());
        std::thread::sleep(Duration::from_millis(100));
        terminal.shown()
    };
    assert!(refused(&bob, &[]).contains("no session named `five-term`"));
    let told = refused(&admin, &["--owner", &alice.access_key]);
    assert!(told.contains("five-term") && told.contains("owner's alone"), "{told}");
    let piped = up.rollcall(&alice, &["attach", "five-term"]);
    assert_eq!(piped.status.code(), Some(2));
    let told = String::from_utf8_lossy(&piped.stderr).into_owned();
    assert!(told.contains("standard input is no terminal") && told.contains("rollcall logs"), "{told}");
    assert_eq!(up.rollcall(&alice, &["attach", "five-term", "--detach-keys", "ctrl-1"]).status.code(), Some(2));
    up.rollcall_ok(&alice, &["run", "bash", "--name", "greedy", "--mem", "900t", "--no-wait"]);
    let mut early = OnTerminal::start(&up, &alice, &up.api, &["attach", "greedy"]);
    assert_eq!(early.ended().code(), Some(1));
    early.wait_to_show("greedy does not run yet: it is waiting");
    answers(&mut terminal, 1);
}

#[test]
fn a_server_of_the_compatible_api_alone_has_terminals_too() {
    let up = Up::start(&[]);
    let foreign = Foreign::before(&up);
    let (_, mut terminal) = attached(&up, "six-term", &foreign.api, &[]);
    answers(&mut terminal, 1);
    terminal.type_in("stty size\n");
    terminal.wait_to_show("33 111");
    terminal.type_in("exit\n");
    assert_eq!(terminal.ended().code(), Some(0));
    terminal.wait_to_show("The session six-term has ended.");
    let asked = foreign.asked();
    assert!(asked.iter().any(|asked| asked.starts_with("GET /stream/session/")), "{asked:?}");
}
