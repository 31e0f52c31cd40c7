//! The card: how each session and administration command of the Python client 21.9.5 stands.

/// How a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A story of this directory runs it and looks at what it did.
    Works(&'static str),
    /// It comes later: why, and how it is tried until then.
    NotYet(&'static str, Try),
    /// It cannot, whatever the server does: why, and how that is seen.
    Never(&'static str, Try),
}

/// A command as a plain user (whose session `waits` runs) or, of `admin`, as a superadmin, and what comes of
/// it instead of the result. `AGENT` and `GROUP` stand for a real machine's and project's id, `FIRST` and
/// `LAST` for days between which that project was busy, `AT_PORT` for an address that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Try {
    pub(crate) arguments: &'static [&'static str],
    pub(crate) instead: Instead,
}

/// What comes of a command that does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// It says this.
    Says(&'static str),
    /// It opens `AT_PORT`, and says this when somebody connects there.
    SaysOfWhoConnects(&'static str),
}

use Standing::{Never, NotYet, Works};

const fn says(arguments: &'static [&'static str], says: &'static str) -> Try {
    Try { arguments, instead: Instead::Says(says) }
}

const fn says_of_who_connects(arguments: &'static [&'static str], says: &'static str) -> Try {
    Try { arguments, instead: Instead::SaysOfWhoConnects(says) }
}

/// A route or field that isn't there.
const NO_ROUTE: &str = "Unknown URL path";
const INSIDE: &str = "works inside sessions, which comes with execution and files";
const TUNNEL: &str = "needs a tunnel into the session, which comes with services";
const ONE: &str = "the client wants one report where the API has a list, and prints none of it";
const WATCHER: &str = "machines are part of this program: there is no watcher beside them to ask";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Group a: sessions and their list.
pub(crate) const SESSIONS: [(&str, Standing); 29] = [
    ("admin session info", Works("sessions")),
    ("admin session list", Works("sessions")),
    ("app", NotYet(TUNNEL, says_of_who_connects(&["waits", "ttyd", "-b", "AT_PORT"], "status=404"))),
    ("apps", Works("sessions")),
    ("create", Works("sessions")),
    ("create-from-template", Works("templates")),
    ("destroy", Works("sessions")),
    ("events", Works("events")),
    ("info", Works("sessions")),
    ("ps", Works("sessions")),
    ("restart", Works("sessions")),
    ("run", NotYet(INSIDE, says(&["bash", "-t", "waits", "-c", "echo hi"], "/execute"))),
    ("scp", NotYet(TUNNEL, says(&["waits", "file", "work@localhost:file"], NO_ROUTE))),
    ("session create", Works("sessions")),
    ("session create-from-template", Works("templates")),
    ("session destroy", Works("sessions")),
    ("session download", NotYet(INSIDE, says(&["waits", "file"], NO_ROUTE))),
    ("session events", Works("events")),
    ("session info", Works("sessions")),
    ("session list", Works("sessions")),
    ("session logs", Works("sessions")),
    ("session ls", NotYet(INSIDE, says(&["waits", "."], NO_ROUTE))),
    ("session rename", Works("sessions")),
    ("session restart", Works("sessions")),
    ("session scp", NotYet(TUNNEL, says(&["waits", "file", "work@localhost:file"], NO_ROUTE))),
    ("session ssh", NotYet(TUNNEL, says(&["waits"], NO_ROUTE))),
    ("session upload", NotYet(INSIDE, says(&["waits", "accounts.json"], NO_ROUTE))),
    ("ssh", NotYet(TUNNEL, says(&["waits"], NO_ROUTE))),
    (
        "task-logs",
        NotYet("batch logs are kept in folders, which come with storage", says(&[NOBODY], "no folder for logs")),
    ),
];

/// Group b: people, keypairs, projects, domains, policies, resource groups, machines, images, resources.
pub(crate) const ADMINISTRATION: [(&str, Standing); 57] = [
    ("admin agent info", Works("machines")),
    ("admin agent list", Works("machines")),
    ("admin domain add", Works("domains")),
    ("admin domain delete", Works("domains")),
    ("admin domain info", Works("domains")),
    ("admin domain list", Works("domains")),
    ("admin domain purge", Works("domains")),
    ("admin domain update", Works("domains")),
    ("admin group add", Works("groups")),
    ("admin group add-users", Works("groups")),
    ("admin group delete", Works("groups")),
    ("admin group info", Works("groups")),
    ("admin group list", Works("groups")),
    ("admin group purge", Works("groups")),
    ("admin group remove-users", Works("groups")),
    ("admin group update", Works("groups")),
    ("admin image alias", Works("images")),
    ("admin image dealias", Works("images")),
    ("admin image list", Works("images")),
    ("admin image rescan", Works("images")),
    ("admin keypair activate", Works("keypairs")),
    ("admin keypair add", Works("keypairs")),
    ("admin keypair deactivate", Works("keypairs")),
    ("admin keypair delete", Works("keypairs")),
    ("admin keypair info", Works("keypairs")),
    ("admin keypair list", Works("keypairs")),
    ("admin keypair update", Works("keypairs")),
    ("admin keypair-resource-policy add", Works("policies")),
    ("admin keypair-resource-policy delete", Works("policies")),
    ("admin keypair-resource-policy info", Works("policies")),
    ("admin keypair-resource-policy list", Works("policies")),
    ("admin keypair-resource-policy update", Works("policies")),
    ("admin manager scheduler exclude-agents", Works("scheduling")),
    ("admin manager scheduler include-agents", Works("scheduling")),
    ("admin resource docker-registries", Works("machines")),
    ("admin resource query-slots", Works("machines")),
    ("admin resource recalculate-usage", Works("scheduling")),
    ("admin resource usage-per-month", Works("usage")),
    ("admin resource usage-per-period", Never(ONE, says(&["GROUP", "FIRST", "LAST"], "No usage information"))),
    ("admin scaling-group add", Works("resource_groups")),
    ("admin scaling-group associate-scaling-group", Works("resource_groups")),
    ("admin scaling-group delete", Works("resource_groups")),
    ("admin scaling-group dissociate-scaling-group", Works("resource_groups")),
    ("admin scaling-group get-available", Works("resource_groups")),
    ("admin scaling-group info", Works("resource_groups")),
    ("admin scaling-group list", Works("resource_groups")),
    ("admin scaling-group update", Works("resource_groups")),
    ("admin user add", Works("people")),
    ("admin user delete", Works("people")),
    ("admin user info", Works("people")),
    ("admin user list", Works("people")),
    ("admin user purge", Works("people")),
    ("admin user update", Works("people")),
    ("admin watcher agent-restart", Never(WATCHER, says(&["AGENT"], "has no watcher"))),
    ("admin watcher agent-start", Never(WATCHER, says(&["AGENT"], "has no watcher"))),
    ("admin watcher agent-stop", Never(WATCHER, says(&["AGENT"], "has no watcher"))),
    ("admin watcher status", Never(WATCHER, says(&["AGENT"], "has no watcher"))),
];

/// Forms of these commands that the client itself cannot do.
pub(crate) const FORMS: [(&str, Standing); 4] = [
    (
        "admin group info",
        Never("fails before it sends anything; with the project's id it works", says(&["default"], "FieldSpec")),
    ),
    (
        "create-from-template",
        Never(
            "fails on its own default numbers; with `--max-wait` and `--cluster-size` it goes on",
            says(&[NOBODY], "Undefined"),
        ),
    ),
    (
        "ps",
        Never(
            "knows this field only by a misspelt name, which no server has",
            says(&["-f", "resource_opts"], "no such format option"),
        ),
    ),
    ("info", Never("wants the id; by name it sends nothing", says(&["waits"], "UUID"))),
];

/// Everything on the card.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, Standing)> {
    SESSIONS.into_iter().chain(ADMINISTRATION)
}

/// Commands of the same client that the card does not judge: folders and storage, templates, dotfiles,
/// the server's status and configuration, sign-in.
pub(crate) const ELSEWHERE: [&str; 59] = [
    "admin announcement delete",
    "admin announcement dismiss",
    "admin announcement get",
    "admin announcement update",
    "admin etcd delete",
    "admin etcd get",
    "admin etcd set",
    "admin license show",
    "admin manager freeze",
    "admin manager status",
    "admin manager unfreeze",
    "admin resource vfolder-types",
    "admin storage info",
    "admin storage list",
    "admin vfolder get-fstab-contents",
    "admin vfolder list",
    "admin vfolder list-hosts",
    "admin vfolder list-mounts",
    "admin vfolder mount-host",
    "admin vfolder perf-metric",
    "admin vfolder umount-host",
    "config",
    "dotfile create",
    "dotfile delete",
    "dotfile get",
    "dotfile list",
    "dotfile update",
    "login",
    "logout",
    "proxy",
    "server-logs list",
    "session-template create",
    "session-template delete",
    "session-template get",
    "session-template list",
    "session-template update",
    "update-password",
    "vfolder clone",
    "vfolder cp",
    "vfolder create",
    "vfolder delete",
    "vfolder download",
    "vfolder info",
    "vfolder invitations",
    "vfolder invite",
    "vfolder leave",
    "vfolder list",
    "vfolder list-allowed-types",
    "vfolder list-hosts",
    "vfolder ls",
    "vfolder mkdir",
    "vfolder rename",
    "vfolder rename-file",
    "vfolder request-download",
    "vfolder rm",
    "vfolder share",
    "vfolder unshare",
    "vfolder update-options",
    "vfolder upload",
];
