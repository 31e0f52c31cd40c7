//! What a failed command says: what happened, and what to do next.

use std::fmt::Write as _;
use std::process::ExitCode;

use rollcall_client::{Candidate, Error};

use super::text::{clean, clean_output};
use crate::out;

/// The server or the act failed.
const FAILED: u8 = 1;
/// Wrong use: arguments, variables, profiles.
const USAGE: u8 = 2;

/// An error for people.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    next: Option<String>,
    code: u8,
}

impl Failure {
    /// The act failed.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None, code: FAILED }
    }

    /// What was typed or configured is wrong.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None, code: USAGE }
    }

    /// A signal of this number ended it.
    pub(super) fn signalled(number: u8, message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None, code: 128_u8.saturating_add(number) }
    }

    /// With what to do next.
    pub(super) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// With what was done before it came to this, and what was not.
    pub(super) fn midway(mut self, done: &[String], left: &[String]) -> Self {
        const NOTHING: &str = "Nothing was done.";
        let mut lines = match done {
            [] => vec![NOTHING.to_owned()],
            done => vec![format!("Done before that: {}.", done.join("; "))],
        };
        if !left.is_empty() {
            lines.push(format!("Not done: {}.", left.join("; ")));
        }
        let next = self.next.take().unwrap_or_default();
        let next = next.strip_prefix(NOTHING).unwrap_or(&next).trim_start();
        lines.extend((!next.is_empty()).then(|| next.to_owned()));
        self.next(lines.join("\n"))
    }

    /// Names its subject, where several are at work, unless it does already.
    pub(super) fn about(self, subject: &str) -> Self {
        let subject = clean(subject);
        if self.message.contains(&subject) {
            return self;
        }
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    /// Writes it to standard error.
    pub(super) fn tell(&self) {
        // What was typed and what was answered is told back: none of it steers.
        out::error(clean_output(&self.message));
        if let Some(next) = &self.next {
            out::note(clean_output(next));
        }
    }

    /// Writes it and gives the exit code.
    pub(super) fn exit(&self) -> ExitCode {
        self.tell();
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}

impl Failure {
    /// What a failed request says.
    pub(super) fn of(error: &Error) -> Self {
        let mut message = clean(&error.to_string());
        if let Some(problem) = error.certificate_problem() {
            let _ = write!(message, ": the server's certificate is refused: {}", clean(&problem));
        } else if let Error::Connection { source, .. } = error {
            let _ = write!(message, ": {}", clean(&root_cause(source)));
        }
        let code = if matches!(error, Error::Usage(_)) { USAGE } else { FAILED };
        Self { message, next: advice(error), code }
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn advice(error: &Error) -> Option<String> {
    let text = match error {
        Error::Connection { .. } if error.certificate_problem().is_some() => {
            "If it is of an authority of your own, name that one's certificate: `rollcall login --ca FILE`, or ROLLCALL_CA_FILE."
        }
        Error::Connection { endpoint, .. } if is_local(endpoint) => {
            "Is it running? Start it with `rollcall up`; another address is set with `rollcall login`."
        }
        Error::Connection { .. } => "Check the address and the network; `rollcall login` sets another address.",
        Error::Timeout { .. } => "It may have been done all the same: look with `rollcall ps` before trying again.",
        Error::NoSuchSession { .. } => "`rollcall ps --all` lists every session you may see, by its exact name.",
        Error::SeveralSessions { candidates, .. } => return Some(told(candidates)),
        Error::Server { status: 401, .. } => "Sign in again with `rollcall login`.",
        Error::Server { .. } => return by_slug(error),
        Error::Response { .. } => "Is this the address of a Rollcall or compatible manager?",
        Error::Usage(_) | Error::Cancelled { .. } | Error::Refused { .. } => return None,
    };
    Some(text.to_owned())
}

fn by_slug(error: &Error) -> Option<String> {
    let text = match error.slug()? {
        "invalid-auth-params" => {
            "Is this machine's clock right? It may differ from the server's by 15 minutes at most."
        }
        "session-already-exists" => {
            "Choose another name with --name, or end that session first with `rollcall rm NAME`."
        }
        "session-not-found" => "It may have ended meanwhile: `rollcall ps --tab finished`.",
        "scaling-group-not-found" => "Leave --resource-group out to take the first one you may use.",
        "rate-limit-exceeded" | "too-many-requests" => "Wait a few minutes, then try again.",
        "quota-exceeded" => {
            "End sessions you no longer need (`rollcall ps`, `rollcall rm`), or ask your administrator."
        }
        "insufficient-privilege" => "Only administrators may do this.",
        "graphql-error" | "invalid-api-params" if error.to_string().contains("filter parsing") => {
            "A filter looks like: --filter 'name == \"mine\" & status == \"RUNNING\"'."
        }
        "graphql-error" | "invalid-api-params" if error.to_string().contains("ordering parsing") => {
            "An order looks like: --order '-created_at,+name'."
        }
        "server-frozen" => "Try again when the maintenance is over.",
        _ => return None,
    };
    Some(text.to_owned())
}

fn is_local(endpoint: &str) -> bool {
    ["://127.", "://localhost", "://[::1]"].iter().any(|host| endpoint.contains(host))
}

fn told(candidates: &[Candidate]) -> String {
    let mut text = "Name one by its id:".to_owned();
    for candidate in candidates {
        let made = candidate.created_at.map(super::text::moment).unwrap_or_default();
        let owner = candidate.access_key.as_deref().map(|key| format!("  key {}", clean(key))).unwrap_or_default();
        let _ = write!(text, "\n  {}  {}  {made}{owner}", candidate.id, super::text::status(&candidate.status).0);
    }
    text
}
