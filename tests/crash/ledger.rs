//! What must be true after a crash: what was acknowledged, and for a request that was cut both what
//! was before and what it asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::associations;

/// What a thing may be found as. One possibility after an acknowledged change, more after a cut one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MayBe(BTreeSet<String>);

impl MayBe {
    pub(crate) fn surely(state: &str) -> Self {
        Self(BTreeSet::from([state.to_owned()]))
    }

    /// Asks for a change: until it is acknowledged both are possible.
    pub(crate) fn or(&mut self, state: &str) {
        self.0.insert(state.to_owned());
    }

    /// The change was acknowledged.
    pub(crate) fn is(&mut self, state: &str) {
        *self = Self::surely(state);
    }

    pub(crate) fn admits(&self, found: &str) -> bool {
        self.0.contains(found)
    }

    /// Notes what was found, which must be possible.
    pub(crate) fn found(&mut self, what: &str, found: &str) {
        assert!(self.admits(found), "{what} is {found}, but may only be {self:?}");
        self.is(found);
    }

    /// Every possibility.
    pub(crate) fn each(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The one thing it is, if that is known.
    pub(crate) fn known(&self) -> Option<&str> {
        if self.0.len() == 1 { self.0.first().map(String::as_str) } else { None }
    }
}

/// What is surely there, with what it surely is.
pub(crate) fn present(facts: &BTreeMap<String, MayBe>) -> Vec<(String, String)> {
    let known = facts.iter().filter_map(|(name, fact)| Some((name.clone(), fact.known()?.to_owned())));
    known.filter(|(_, state)| state != "absent").collect()
}

/// A session: its name, and whether it lives.
#[derive(Clone, Debug)]
pub(crate) struct SessionFacts {
    pub(crate) name: MayBe,
    /// `live` or `ended`. What is `ended` must never be found alive again.
    pub(crate) life: MayBe,
    /// Ends by itself: may be found ended without having been asked to. A batch job does at any time, what
    /// is not extended when its lifetime is over.
    pub(crate) mortal: bool,
    pub(crate) batch: bool,
}

/// Kinds of what belongs to people, domains and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    File,
    Script,
    Entry,
    Domain,
    ResourceGroup,
    FullName,
    Template,
    ClusterTemplate,
    Login,
    Preferences,
    GroupFile,
    DomainFile,
    Alias,
}

impl Kind {
    pub(crate) const ALL: [Self; 13] = [
        Self::File,
        Self::Script,
        Self::Entry,
        Self::Domain,
        Self::ResourceGroup,
        Self::FullName,
        Self::Template,
        Self::ClusterTemplate,
        Self::Login,
        Self::Preferences,
        Self::GroupFile,
        Self::DomainFile,
        Self::Alias,
    ];
}

/// A ticket for a terminal: good once, for a minute, however often the server starts meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) text: String,
    pub(crate) drawn: Instant,
    /// `good` or `spent`.
    pub(crate) state: MayBe,
}

/// Everything one worker knows. Workers share nothing, so each change has one author.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) sessions: BTreeMap<String, SessionFacts>,
    /// E-mail to `absent`, `active`, `inactive`, `deleted`, `signed up` or `signed out`.
    pub(crate) people: BTreeMap<String, MayBe>,
    /// Keys made besides a person's first: to `absent`, `active` or `inactive`.
    pub(crate) keys: BTreeMap<String, MayBe>,
    /// Policy to its limit of sessions, or `absent`.
    pub(crate) policies: BTreeMap<String, MayBe>,
    /// Preset to its cores, or `absent`.
    pub(crate) presets: BTreeMap<String, MayBe>,
    /// Project's id to `active`, `inactive` or `absent`.
    pub(crate) groups: BTreeMap<String, MayBe>,
    /// Project's id to whether the worker's own person is a `member` or a `stranger`.
    pub(crate) members: BTreeMap<String, MayBe>,
    /// Kind and name to what it holds, or `absent`.
    pub(crate) places: BTreeMap<(Kind, String), MayBe>,
    /// Name of a login to its token, also of those that have ended.
    pub(crate) tokens: BTreeMap<String, String>,
    /// What an error report says to `absent`, or to `new` or `read`, with ` cleared` where it is.
    pub(crate) reports: BTreeMap<String, MayBe>,
    pub(crate) tickets: Vec<Ticket>,
    /// Who may use the worker's own resource groups, as one text: what takes back all of them is one change.
    pub(crate) shared: MayBe,
    /// E-mail to the password, of those whose password was changed.
    pub(crate) passwords: BTreeMap<String, MayBe>,
    /// Whose password was changed since it was last tried.
    pub(crate) unproven: BTreeSet<String>,
    /// The public half of the worker's own person's SSH key, while it is known.
    pub(crate) ssh_key: Option<String>,
    /// What everybody is told; empty for nothing.
    pub(crate) announcement: MayBe,
    /// `running` or `frozen`.
    pub(crate) status: MayBe,
    /// Whether the agent takes new sessions: `taking` or `kept`.
    pub(crate) agent: MayBe,
    /// Whether the image of the sessions is `offered` or `forgotten`.
    pub(crate) image: MayBe,
    /// How many ends of all sessions were asked for, and how many acknowledged, when it was last looked.
    pub(crate) ends_of_all: (u32, u32),
    /// How often each kind of change was acknowledged.
    pub(crate) tally: BTreeMap<&'static str, u32>,
}

impl Default for Ledger {
    /// That of a server to which nothing has been done.
    fn default() -> Self {
        Self {
            sessions: BTreeMap::new(),
            people: BTreeMap::new(),
            keys: BTreeMap::new(),
            policies: BTreeMap::new(),
            presets: BTreeMap::new(),
            groups: BTreeMap::new(),
            members: BTreeMap::new(),
            places: BTreeMap::new(),
            tokens: BTreeMap::new(),
            reports: BTreeMap::new(),
            tickets: Vec::new(),
            shared: MayBe::surely(&associations::nothing()),
            passwords: BTreeMap::new(),
            unproven: BTreeSet::new(),
            ssh_key: None,
            announcement: MayBe::surely(""),
            status: MayBe::surely("running"),
            agent: MayBe::surely("taking"),
            image: MayBe::surely("offered"),
            ends_of_all: (0, 0),
            tally: BTreeMap::new(),
        }
    }
}

impl Ledger {
    pub(crate) fn acknowledged(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }
}
