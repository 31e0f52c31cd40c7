//! What `rollcall up` tells people when it answers.

use std::fmt::Write as _;
use std::path::Path;

use rollcall_runtime::About;
use secrecy::ExposeSecret as _;

use super::accounts::Account;

/// What there is to tell.
pub(super) struct Banner<'a> {
    /// Where browsers reach the console, if it is served.
    pub(super) console: Option<&'a str>,
    /// Where browsers reach the WebUI, if one is served.
    pub(super) webui: Option<&'a str>,
    pub(super) api: &'a str,
    pub(super) metrics: &'a str,
    pub(super) data_dir: &'a Path,
    pub(super) database: &'a str,
    pub(super) about: &'a About,
    /// The accounts, on the first start.
    pub(super) accounts: Option<&'a [Account]>,
    pub(super) accounts_file: Option<&'a Path>,
    /// `--demo` came too late.
    pub(super) demo_too_late: bool,
    pub(super) elapsed_ms: u128,
}

impl Banner<'_> {
    /// The text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("Rollcall {} answers after {} ms.\n\n", env!("CARGO_PKG_VERSION"), self.elapsed_ms);
        let mut say = |label: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {label:<10} {value}");
        };
        say("Console", self.console.unwrap_or("off"));
        if let Some(reason) = rollcall_console::missing().filter(|_| self.console.is_some()) {
            say("Terminal", &format!("not in this build: {reason}"));
        }
        if let Some(webui) = self.webui {
            say("WebUI", webui);
        }
        say("API", self.api);
        say("Metrics", self.metrics);
        say("Data", &self.data_dir.display().to_string());
        say("Database", self.database);
        say("Fence", &self.about.fence_text);
        say("Limits", &self.about.limits_text);
        say("Network", &self.about.network_text);
        say("Images", &images(self.about));
        match self.accounts {
            Some(accounts) => text.push_str(&first_start(self.api, accounts, self.accounts_file)),
            None => text.push_str(&later_start(self.api, self.accounts_file, self.demo_too_late)),
        }
        text.push_str("\nCtrl-C ends the server; running sessions go on and are found again.\n");
        text
    }
}

fn images(about: &About) -> String {
    let names: Vec<String> = about.images.iter().map(rollcall_model::image::Image::canonical).collect();
    if names.is_empty() { "none found on this machine".to_owned() } else { names.join(", ") }
}

fn first_start(api: &str, accounts: &[Account], file: Option<&Path>) -> String {
    let mut text = "\nAccounts, shown this once; keep them now:\n\n".to_owned();
    text.push_str(&table(accounts));
    if let Some(file) = file {
        let _ = writeln!(text, "\nThe same as JSON: {}", file.display());
    }
    text.push_str("\nFor the command line clients, one of:\n");
    for account in accounts {
        let _ = write!(text, "\n  # {} ({}, domain {})\n", account.email, account.role.as_str(), account.domain);
        let lines = [
            ("ENDPOINT", api),
            ("ENDPOINT_TYPE", "api"),
            ("ACCESS_KEY", account.access_key.as_str()),
            ("SECRET_KEY", account.secret_key.expose_secret()),
            ("DOMAIN", account.domain.as_str()),
            ("GROUP", super::founding::DEFAULT),
        ];
        for (name, value) in lines {
            let _ = writeln!(text, "  export BACKEND_{name}={value}");
        }
    }
    text.push_str("\nThen: rollcall ps, or: backend.ai ps\n");
    text
}

fn later_start(api: &str, accounts_file: Option<&Path>, demo_too_late: bool) -> String {
    let mut text = format!("\nEverything is as it was. Sign in with: rollcall login {api}\n");
    if accounts_file.is_some() {
        text.push_str("--accounts is written at the first start only; nothing was written.\n");
    }
    if demo_too_late {
        text.push_str("--demo applies to the first start only; give an empty --data-dir to see it.\n");
    }
    text
}

fn table(accounts: &[Account]) -> String {
    let head = ["ROLE", "DOMAIN", "E-MAIL", "PASSWORD", "ACCESS KEY", "SECRET KEY"].map(str::to_owned);
    let row = |account: &Account| {
        [
            account.role.as_str().to_owned(),
            account.domain.to_string(),
            account.email.clone(),
            account.password.expose_secret().to_owned(),
            account.access_key.to_string(),
            account.secret_key.expose_secret().to_owned(),
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(accounts.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let print = |row: &[String; 6]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("  {}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(print).collect()
}
