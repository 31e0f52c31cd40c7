//! `rollcall admin resource-group add` and `change`: its scheduler, and who may use it.

use rollcall_client::Error;
use rollcall_client::admin::{Admin, ResourceGroup, ResourceGroupChange, UsableBy, Why};
use rollcall_model::ids::GroupId;
use serde_json::{Map, Value, json};

use super::find;
use crate::cli::admin::answer::{done, nothing_typed};
use crate::cli::admin::{domain, group, keypair, refused};
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// The options of the scheduler that are spoken of here (`session-lifecycle.md` §7).
const TRIES: &str = "num_retries_to_skip";
const TYPES: &str = "allowed_session_types";

/// Arguments of `rollcall admin resource-group add`.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArguments {
    /// Its name
    name: String,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    allow: Allow,
    /// Don't let it be used yet
    #[arg(long)]
    inactive: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `rollcall admin resource-group change`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArguments {
    /// Its name
    name: String,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    allow: Allow,
    #[command(flatten)]
    deny: Deny,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What can be said of a resource group.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A note for administrators
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who is started first: who waits longest, who came last, or who holds least
    #[arg(long, value_parser = ["fifo", "lifo", "drf"])]
    scheduler: Option<String>,
    /// Whether later sessions that fit may pass one that doesn't (fifo, lifo): `free` (they may),
    /// `strict` (never), or after so many tries
    #[arg(long, value_name = "HOW", value_parser = head_of_line)]
    head_of_line: Option<HeadOfLine>,
    /// Kind of session it takes; may be given twice, and replaces those of now
    #[arg(long, value_parser = ["interactive", "batch"])]
    session_type: Vec<String>,
    /// Address of the proxy to services
    #[arg(long, value_name = "ADDRESS")]
    proxy: Option<String>,
}

/// Who may use it from now on.
#[derive(Debug, clap::Args)]
pub(crate) struct Allow {
    /// Let everyone of this domain use it; may be given several times
    #[arg(long, value_name = "NAME")]
    allow_domain: Vec<String>,
    /// Let everyone in this project use it (its name or id); may be given several times
    #[arg(long, value_name = "GROUP")]
    allow_group: Vec<String>,
    /// Let this keypair use it; may be given several times
    #[arg(long, value_name = "KEY")]
    allow_key: Vec<String>,
}

/// Who may use it no more.
#[derive(Debug, clap::Args)]
pub(crate) struct Deny {
    /// Take that from a domain; may be given several times
    #[arg(long, value_name = "NAME")]
    deny_domain: Vec<String>,
    /// Take that from a project (its name or id); may be given several times
    #[arg(long, value_name = "GROUP")]
    deny_group: Vec<String>,
    /// Take that from a keypair; may be given several times
    #[arg(long, value_name = "KEY")]
    deny_key: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadOfLine {
    Free,
    After(u32),
}

fn head_of_line(text: &str) -> Result<HeadOfLine, String> {
    match text {
        "free" => Ok(HeadOfLine::Free),
        "strict" => Ok(HeadOfLine::After(0)),
        text => text.parse().map(HeadOfLine::After).map_err(|_| "write free, strict or a number of tries".to_owned()),
    }
}

impl Options {
    fn change(&self, now: Option<&ResourceGroup>) -> Result<ResourceGroupChange<'_>, Failure> {
        let scheduler = self.scheduler.as_deref().or(now.and_then(|now| now.scheduler.as_deref()));
        if self.head_of_line.is_some_and(|how| how != HeadOfLine::Free) && scheduler == Some("drf") {
            return Err(Failure::usage("drf has no head of line: it starts whoever holds least")
                .next("Nothing was done. Take --scheduler fifo or lifo, or leave --head-of-line out."));
        }
        Ok(ResourceGroupChange {
            description: self.description.as_deref(),
            is_active: None,
            wsproxy_addr: self.proxy.as_deref(),
            scheduler: self.scheduler.as_deref(),
            scheduler_opts: self.scheduler_opts(now.and_then(|now| now.scheduler_opts.as_ref())),
        })
    }

    /// The options of now with those that were typed; others stay.
    fn scheduler_opts(&self, now: Option<&Value>) -> Option<Value> {
        if self.head_of_line.is_none() && self.session_type.is_empty() {
            return None;
        }
        let mut opts: Map<String, Value> = now.and_then(Value::as_object).cloned().unwrap_or_default();
        match self.head_of_line {
            Some(HeadOfLine::Free) => drop(opts.remove(TRIES)),
            Some(HeadOfLine::After(tries)) => drop(opts.insert(TRIES.to_owned(), tries.into())),
            None => {}
        }
        if !self.session_type.is_empty() {
            opts.insert(TYPES.to_owned(), json!(self.session_type));
        }
        Some(Value::Object(opts))
    }

    fn is_empty(&self) -> bool {
        self.description.is_none()
            && self.scheduler.is_none()
            && self.head_of_line.is_none()
            && self.session_type.is_empty()
            && self.proxy.is_none()
    }
}

/// How the line is kept, in words.
pub(super) fn line_of(group: &ResourceGroup) -> String {
    if group.scheduler.as_deref() == Some("drf") {
        return "-".to_owned();
    }
    match group.scheduler_opts.as_ref().and_then(|opts| opts.get(TRIES)).and_then(Value::as_u64) {
        None => "the server's default (Rollcall: who fits may pass)".to_owned(),
        Some(0) => "strict: nobody passes".to_owned(),
        Some(tries) => format!("who fits may pass after {tries} tries"),
    }
}

/// Adds a resource group, and says who may use it.
pub(super) async fn add(admin: Admin<'_>, arguments: &AddArguments) -> Result<(), Failure> {
    let allow = Whom::find(admin, &arguments.allow.lists()).await?;
    let new = ResourceGroupChange { is_active: Some(!arguments.inactive), ..arguments.options.change(None)? };
    admin.create_resource_group(&arguments.name, &new).await.map_err(refused)?;
    let mut acts = vec![format!("resource group {} added", clean(&arguments.name))];
    apply(admin, &arguments.name, &allow, &[], &mut acts).await?;
    done(arguments.json, &acts.join("\n"), find(admin, &arguments.name)).await?;
    if allow.is_empty() {
        let name = clean(&arguments.name);
        out::note(format_args!(
            "Nobody may use it yet: `rollcall admin resource-group change {name} --allow-domain NAME` (or -group, -key)."
        ));
    }
    Ok(())
}

/// Changes a resource group, then who may use it.
pub(super) async fn change(admin: Admin<'_>, arguments: &ChangeArguments) -> Result<(), Failure> {
    let (allow, deny) = (arguments.allow.lists(), arguments.deny.lists());
    if arguments.options.is_empty() && allow.iter().chain(&deny).all(|names| names.is_empty()) {
        return Err(nothing_typed("resource-group"));
    }
    let before = find(admin, &arguments.name).await?;
    // Everybody is looked up before anything is done.
    let (allow, deny) = (Whom::find(admin, &allow).await?, Whom::find(admin, &deny).await?);
    let mut acts = Vec::new();
    if !arguments.options.is_empty() {
        let change = arguments.options.change(Some(&before))?;
        admin.change_resource_group(&arguments.name, &change).await.map_err(refused)?;
        acts.push(format!("resource group {} changed", clean(&arguments.name)));
    }
    apply(admin, &arguments.name, &allow, &deny, &mut acts).await?;
    done(arguments.json, &acts.join("\n"), find(admin, &arguments.name)).await
}

type Lists<'a> = [&'a [String]; 3];

impl Allow {
    fn lists(&self) -> Lists<'_> {
        [&self.allow_domain, &self.allow_group, &self.allow_key]
    }
}

impl Deny {
    fn lists(&self) -> Lists<'_> {
        [&self.deny_domain, &self.deny_group, &self.deny_key]
    }
}

/// Somebody who may use a resource group, or not.
enum Whom {
    Domain(String),
    Group(GroupId, String),
    Keypair(String),
}

impl Whom {
    async fn find(admin: Admin<'_>, [domains, groups, keys]: &Lists<'_>) -> Result<Vec<Self>, Failure> {
        let mut whom = Vec::new();
        for name in *domains {
            whom.push(Self::Domain(domain::find(admin, name).await?.name));
        }
        for named in *groups {
            let found = group::find_anywhere(admin, named).await?;
            whom.push(Self::Group(found.id, found.name));
        }
        for key in *keys {
            whom.push(Self::Keypair(keypair::find(admin, key).await?.access_key));
        }
        Ok(whom)
    }

    fn usable_by(&self) -> UsableBy<'_> {
        match self {
            Self::Domain(name) => UsableBy::Domain(name),
            Self::Group(id, _) => UsableBy::Group(*id),
            Self::Keypair(key) => UsableBy::Keypair(key),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Domain(name) => format!("domain {}", clean(name)),
            Self::Group(_, name) => format!("group {}", clean(name)),
            Self::Keypair(key) => format!("keypair {}", clean(key)),
        }
    }
}

/// Allows, then denies; adds what was done to `done`.
async fn apply(
    admin: Admin<'_>,
    name: &str,
    allow: &[Whom],
    deny: &[Whom],
    done: &mut Vec<String>,
) -> Result<(), Failure> {
    let shown = clean(name);
    let (may, may_not) = (format!("may use {shown}"), format!("may not use {shown} any more"));
    let acts: Vec<(&Whom, bool)> =
        allow.iter().map(|whom| (whom, true)).chain(deny.iter().map(|whom| (whom, false))).collect();
    for (at, (whom, allowed)) in acts.iter().enumerate() {
        let answer = match allowed {
            true => admin.allow_resource_group(name, whom.usable_by()).await,
            false => admin.deny_resource_group(name, whom.usable_by()).await,
        };
        let words =
            |(whom, allowed): &(&Whom, bool)| format!("{} {}", whom.told(), if *allowed { &may } else { &may_not });
        match answer {
            Ok(()) => done.push(words(&(*whom, *allowed))),
            Err(error) if is_so_already(&error, *allowed) => {
                done.push(format!("{} {} already", whom.told(), if *allowed { &may } else { "may not" }));
            }
            Err(error) => {
                let left: Vec<String> = acts[at..].iter().map(words).collect();
                return Err(refused(error).midway(done, &left));
            }
        }
    }
    Ok(())
}

fn is_so_already(error: &Error, allowed: bool) -> bool {
    let Error::Refused { refusal, .. } = error else { return false };
    match refusal.why() {
        Why::Taken { .. } => allowed,
        Why::NoMatch => !allowed,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn options(head_of_line: Option<HeadOfLine>, scheduler: Option<&str>) -> Options {
        Options {
            description: None,
            scheduler: scheduler.map(str::to_owned),
            head_of_line,
            session_type: Vec::new(),
            proxy: None,
        }
    }

    #[test]
    fn the_head_of_the_line() {
        assert_eq!(head_of_line("free"), Ok(HeadOfLine::Free));
        assert_eq!(head_of_line("strict"), Ok(HeadOfLine::After(0)));
        assert_eq!(head_of_line("3"), Ok(HeadOfLine::After(3)));
        assert!(head_of_line("-1").is_err() && head_of_line("").is_err());
    }

    #[test]
    fn other_options_of_the_scheduler_stay() {
        let now = json!({"num_retries_to_skip": 3, "another": 1});
        let opts = |how| options(Some(how), None).scheduler_opts(Some(&now)).unwrap();
        assert_eq!(opts(HeadOfLine::Free), json!({"another": 1}));
        assert_eq!(opts(HeadOfLine::After(0)), json!({"num_retries_to_skip": 0, "another": 1}));
        assert_eq!(options(None, None).scheduler_opts(Some(&now)), None);
    }

    #[test]
    fn drf_has_no_head_of_line() {
        assert!(options(Some(HeadOfLine::After(0)), Some("drf")).change(None).is_err());
        assert!(options(Some(HeadOfLine::Free), Some("drf")).change(None).is_ok());
        assert!(options(Some(HeadOfLine::After(0)), Some("fifo")).change(None).is_ok());
    }
}
