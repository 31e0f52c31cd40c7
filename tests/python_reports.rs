//! The unmodified Python command line: usage reports, and folders on a server without storage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::python::{Cli, OF_2021};
use harness::{Account, Up, wait_for};

/// What a command that must fail says.
fn refused(cli: &Cli<'_>, account: &Account, arguments: &[&str]) -> String {
    let output = cli.run(account, arguments);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "backend.ai {} succeeded: {text}", arguments.join(" "));
    text
}

/// This month and this day as the client writes them.
fn today() -> (String, String) {
    let date = std::process::Command::new("date").args(["-u", "+%Y%m%d"]).output().unwrap();
    let day = String::from_utf8(date.stdout).unwrap().trim().to_owned();
    (day[..6].to_owned(), day)
}

#[test]
fn superadmins_read_what_was_used() {
    let Some(python) = OF_2021.interpreter("python_reports::superadmins_read_what_was_used") else { return };
    let up = Up::start(&[]);
    let cli = Cli { python, up: &up };
    let [superadmin, admin, alice] = [0, 1, 2].map(|index| up.accounts[index].clone());
    cli.ok(&alice, &["start", "bash", "--name", "py-used", "-r", "cpu=1", "-r", "mem=256m"]);
    cli.ok(&alice, &["rm", "py-used"]);
    wait_for("its end", || cli.ok(&alice, &["ps", "--dead"]).contains("py-used").then_some(()));
    let groups = cli.ok(&alice, &["--output", "json", "ps", "--dead", "-f", "name,group_id"]);
    let groups: serde_json::Value = serde_json::from_str(&groups).unwrap();
    let group = groups["items"][0]["group_id"].as_str().unwrap();
    let (month, day) = today();
    let several = format!("{group},00000000-0000-4000-8000-000000000000");
    for arguments in [
        ["usage-per-month", &*month, group, ""],
        ["usage-per-month", &month, &several, ""],
        ["usage-per-period", group, &day, &day],
    ] {
        let arguments: Vec<&str> =
            ["admin", "resource"].into_iter().chain(arguments).filter(|argument| !argument.is_empty()).collect();
        let told = cli.ok(&superadmin, &arguments);
        // Whatever it is answered, the client says of a period that there is nothing.
        if arguments[2] == "usage-per-month" {
            assert!(told.contains(group) && told.contains("py-used") && told.contains(&alice.access_key), "{told}");
            assert!(told.contains("1 core(s) / 268435456 mem (bytes)"), "{told}");
        }
        for account in [&admin, &alice] {
            let told = refused(&cli, account, &arguments);
            assert!(told.contains("Unauthorized access"), "{told}");
        }
    }
    let none = cli.ok(&superadmin, &["admin", "resource", "usage-per-month", "200001", group]);
    assert!(!none.contains("py-used"), "{none}");
    let wrong = refused(&cli, &superadmin, &["admin", "resource", "usage-per-month", "2024-01", group]);
    assert!(wrong.contains("value is not a month as yyyymm"), "{wrong}");
    let wrong = refused(&cli, &superadmin, &["admin", "resource", "usage-per-period", group, "20240101", "20240601"]);
    assert!(wrong.contains("more than 100 days"), "{wrong}");
}

#[test]
fn folders_are_told_to_be_none() {
    let Some(python) = OF_2021.interpreter("python_reports::folders_are_told_to_be_none") else { return };
    let up = Up::start(&[]);
    let cli = Cli { python, up: &up };
    let [superadmin, admin, alice] = [0, 1, 2].map(|index| up.accounts[index].clone());
    for account in [&superadmin, &admin, &alice] {
        let types = cli.ok(account, &["admin", "resource", "vfolder-types"]);
        assert!(types.contains("user") && types.contains("group"), "{types}");
        cli.ok(account, &["vfolder", "list-allowed-types"]);
        cli.ok(account, &["vfolder", "list-hosts"]);
        cli.ok(account, &["vfolder", "list"]);
        cli.ok(account, &["vfolder", "invitations"]);
        let told = refused(&cli, account, &["vfolder", "create", "data", "local:volume1"]);
        assert!(told.contains("This server has no storage."), "{told}");
        let missing = refused(&cli, account, &["vfolder", "info", "data"]);
        assert!(missing.contains("No such virtual folder."), "{missing}");
        let none = refused(&cli, account, &["task-logs", "00000000-0000-4000-8000-000000000000"]);
        assert!(none.contains("There is no folder for logs."), "{none}");
    }
    for arguments in [
        ["admin", "vfolder", "list-hosts"],
        ["admin", "vfolder", "list-mounts"],
        ["admin", "vfolder", "get-fstab-contents"],
    ] {
        cli.ok(&superadmin, &arguments);
        refused(&cli, &admin, &arguments);
        refused(&cli, &alice, &arguments);
    }
    let metric = refused(&cli, &superadmin, &["admin", "vfolder", "perf-metric", "local:volume1"]);
    assert!(metric.contains("No such folder host."), "{metric}");
}
