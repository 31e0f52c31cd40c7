//! Random people and sessions, as plain as a spreadsheet.

use rollcall_model::ids::{AccessKey, DomainName, GroupId, SessionId, UserId};
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionResult, SessionTimes, SessionType};
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use rollcall_model::{Timestamp, time};
use rollcall_store::{HistoryEntry, PastSession};
use serde_json::json;
use uuid::Uuid;

/// Random numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    /// True once in so many.
    pub(crate) fn once_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.roll(), self.roll())
    }
}

/// The contract's names in the contract's order (`graphql.md` §3.5).
pub(crate) const STATUSES: [&str; 13] = [
    "PENDING",
    "SCHEDULED",
    "PREPARING",
    "BUILDING",
    "PULLING",
    "RUNNING",
    "RESTARTING",
    "RESIZING",
    "SUSPENDED",
    "TERMINATING",
    "TERMINATED",
    "ERROR",
    "CANCELLED",
];
pub(crate) const TYPES: [&str; 2] = ["INTERACTIVE", "BATCH"];
pub(crate) const MODES: [&str; 2] = ["SINGLE_NODE", "MULTI_NODE"];
pub(crate) const RESULTS: [&str; 3] = ["UNDEFINED", "SUCCESS", "FAILURE"];
/// Words that look alike, hold wild characters, or are not of ASCII.
pub(crate) const WORDS: [&str; 9] =
    ["alpha", "Alpha", "al%ha", "al_ha", "be\"ta", "c:\\dir", "Ünit", "ünit", "\u{202e}rtl"];

/// A session's row as the oracle sees it. Enumerations are places in the lists above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: usize,
    pub(crate) image: String,
    pub(crate) domain: String,
    pub(crate) group: Uuid,
    pub(crate) group_name: String,
    pub(crate) email: String,
    pub(crate) access_key: String,
    pub(crate) scaling_group: Option<String>,
    pub(crate) mode: usize,
    pub(crate) size: i64,
    pub(crate) status: usize,
    pub(crate) status_info: Option<String>,
    pub(crate) status_changed: Option<i64>,
    pub(crate) result: usize,
    pub(crate) created_at: i64,
    pub(crate) terminated_at: Option<i64>,
    pub(crate) starts_at: Option<i64>,
    pub(crate) startup_command: Option<String>,
    pub(crate) agent: Option<String>,
}

/// Whose session a row is.
pub(crate) struct Owner<'a> {
    pub(crate) user: Uuid,
    pub(crate) email: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) group: Uuid,
}

fn maybe_word(dice: &mut Dice) -> Option<String> {
    (!dice.once_in(3)).then(|| (*dice.one_of(&WORDS)).to_owned())
}

/// Few moments, so that many are equal; in seconds and half-seconds, as microseconds.
pub(crate) fn moment(dice: &mut Dice) -> i64 {
    1_600_000_000_000_000 + i64::try_from(dice.below(40)).unwrap() * 500_000
}

fn maybe_moment(dice: &mut Dice) -> Option<i64> {
    (!dice.once_in(3)).then(|| moment(dice))
}

impl Row {
    pub(crate) fn random(dice: &mut Dice, owner: &Owner<'_>, number: u64) -> Self {
        Self {
            id: dice.uuid(),
            name: format!("{}{number}", dice.one_of(&WORDS)),
            kind: usize::try_from(dice.below(2)).unwrap(),
            image: format!("local.rollcall/{}:1", dice.one_of(&["python", "bash", "node"])),
            domain: owner.domain.to_owned(),
            group: owner.group,
            group_name: "default".to_owned(),
            email: owner.email.to_owned(),
            access_key: owner.access_key.to_owned(),
            scaling_group: maybe_word(dice),
            mode: usize::try_from(dice.below(2)).unwrap(),
            size: i64::try_from(1 + dice.below(4)).unwrap(),
            status: usize::try_from(dice.below(13)).unwrap(),
            status_info: maybe_word(dice),
            status_changed: maybe_moment(dice),
            result: usize::try_from(dice.below(3)).unwrap(),
            created_at: moment(dice),
            terminated_at: maybe_moment(dice),
            starts_at: maybe_moment(dice),
            startup_command: maybe_word(dice),
            agent: (!dice.once_in(3)).then(|| format!("i-{}", dice.below(3))),
        }
    }

    /// The same for the store.
    pub(crate) fn past(&self, owner: &Owner<'_>) -> PastSession {
        let at = |micros: i64| -> Timestamp { time::from_micros(micros) };
        let status: Status = STATUSES[self.status].parse().unwrap();
        let session = Session {
            id: SessionId(self.id),
            name: self.name.clone(),
            session_type: SessionType::ALL[self.kind],
            image: self.image.clone(),
            registry: "local.rollcall".to_owned(),
            tag: None,
            cluster_mode: ClusterMode::ALL[self.mode],
            cluster_size: i32::try_from(self.size).unwrap(),
            domain: DomainName::from(self.domain.as_str()),
            group_id: GroupId(self.group),
            group_name: self.group_name.clone(),
            user_id: UserId(owner.user),
            user_email: self.email.clone(),
            access_key: AccessKey::from(self.access_key.as_str()),
            status,
            status_changed: self.status_changed.map(at),
            status_info: self.status_info.clone(),
            status_data: None,
            created_at: at(self.created_at),
            terminated_at: self.terminated_at.map(at),
            starts_at: self.starts_at.map(at),
            startup_command: self.startup_command.clone(),
            bootstrap_script: None,
            result: SessionResult::ALL[self.result],
            resource_opts: json!({}),
            scaling_group: self.scaling_group.clone(),
            agent: self.agent.as_deref().map(Into::into),
            service_ports: None,
            environ: Vec::new(),
            occupied_slots: Slots::default(),
            waiting: None,
            times: SessionTimes::default(),
        };
        let main = Kernel {
            id: session.id.main_kernel(),
            session_id: session.id,
            cluster_role: "main".to_owned(),
            cluster_idx: 1,
            cluster_hostname: "main1".to_owned(),
            image: session.image.clone(),
            registry: session.registry.clone(),
            status,
            status_changed: session.status_changed,
            status_info: session.status_info.clone(),
            status_data: None,
            created_at: session.created_at,
            terminated_at: session.terminated_at,
            starts_at: session.starts_at,
            agent: session.agent.clone(),
            container_id: None,
            generation: 0,
            exit_code: None,
            occupied_slots: Slots::default(),
            resource_opts: json!({}),
            last_stat: None,
        };
        let entry = HistoryEntry { step: None, from: None, to: status, reason: None, at: session.created_at };
        PastSession { session, kernels: vec![main], history: vec![entry] }
    }
}
