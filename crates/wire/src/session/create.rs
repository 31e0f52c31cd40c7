//! The body of session creation, with every spelling that clients use.

use rollcall_model::session::{ClusterMode, SessionType};
use rollcall_model::slots::{Amount, SlotKind, Slots};
use serde_json::{Map, Value};

use crate::parameters::Parameters;
use crate::problem::Problem;

/// What a session's name looks like, as messages tell it.
pub const NAME_PATTERN: &str = r"^(?=.{4,64}$)\w[\w.-]*\w$";

/// The most kernels a request can ask for; policies allow fewer.
const MAX_CLUSTER_SIZE: i64 = 1000;
/// The most ports a request can ask for.
const MAX_PORTS: usize = 64;

/// A checked request to create a session. Who may, and whether it fits, is decided elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRequest {
    /// Name.
    pub name: String,
    /// Canonical image reference or alias.
    pub image: String,
    /// Kind.
    pub session_type: SessionType,
    /// Project's name.
    pub group: String,
    /// Domain's name.
    pub domain: String,
    /// Number of kernels.
    pub cluster_size: i32,
    /// Placement of kernels.
    pub cluster_mode: ClusterMode,
    /// Free tag.
    pub tag: Option<String>,
    /// Answer at once, while it is pending.
    pub enqueue_only: bool,
    /// Wait at most so long; 0 is without limit.
    pub max_wait_seconds: u64,
    /// Not before; batch only.
    pub starts_at: Option<String>,
    /// Take the live session of that name if it has the same image.
    pub reuse_if_exists: bool,
    /// Command of a batch session.
    pub startup_command: Option<String>,
    /// Base64 text.
    pub bootstrap_script: Option<String>,
    /// Key of the person it is made for.
    pub owner_access_key: Option<String>,
    /// Resources and the like.
    pub config: CreateConfig,
}

/// The part under `config`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateConfig {
    /// Folders to mount.
    pub mounts: Vec<String>,
    /// Where to mount them, by folder.
    pub mount_map: Vec<(String, String)>,
    /// Environment.
    pub environ: Vec<(String, String)>,
    /// Resource group.
    pub scaling_group: Option<String>,
    /// Resources asked for; slots not listed take their default.
    pub resources: Slots,
    /// Shared memory in bytes, if given.
    pub shmem: Option<i64>,
    /// Everything under `resource_opts`, as given.
    pub resource_opts: Map<String, Value>,
    /// Ports to open.
    pub preopen_ports: Vec<u16>,
    /// Agents chosen; an empty list is none chosen.
    pub agent_list: Vec<String>,
}

impl CreateRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params` with a reason for each wrong parameter.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let p = &mut parameters;
        let types = [("interactive", SessionType::Interactive), ("batch", SessionType::Batch)];
        let modes = [("single-node", ClusterMode::SingleNode), ("multi-node", ClusterMode::MultiNode)];
        let name = session_name(p);
        let image = p.required_text(&["image", "lang"], "image");
        let session_type = p.choice(&["type", "sessionType"], "SessionTypes", &types, SessionType::Interactive);
        let group = p.text(&["group", "groupName", "group_name"]);
        let domain = p.text(&["domain", "domainName", "domain_name"]);
        let mut config = Parameters::new(p.object(&["config"]));
        // Older API versions put the size under `config`.
        let size_before = config.integer(&["cluster_size", "clusterSize"], 1, 1);
        let cluster_size = p.integer(&["cluster_size", "clusterSize"], 1, size_before);
        if cluster_size > MAX_CLUSTER_SIZE {
            p.wrong("cluster_size", format!("value is greater than {MAX_CLUSTER_SIZE}"));
        }
        let request = Self {
            name,
            image,
            session_type,
            group: group.unwrap_or_else(|| "default".to_owned()),
            domain: domain.unwrap_or_else(|| "default".to_owned()),
            cluster_size: i32::try_from(cluster_size).unwrap_or(1),
            cluster_mode: p.choice(&["cluster_mode", "clusterMode"], "ClusterModes", &modes, ClusterMode::SingleNode),
            tag: p.text(&["tag"]),
            enqueue_only: p.boolean(&["enqueueOnly"], false),
            max_wait_seconds: p.integer(&["maxWaitSeconds"], 0, 0).unsigned_abs(),
            starts_at: p.text(&["starts_at", "startsAt"]),
            reuse_if_exists: p.boolean(&["reuseIfExists"], true),
            startup_command: p.text(&["startupCommand"]),
            bootstrap_script: p.text(&["bootstrap_script", "bootstrapScript"]),
            owner_access_key: p.text(&["owner_access_key"]),
            config: CreateConfig::of(&mut config),
        };
        let config_errors = config.into_errors();
        if !config_errors.is_empty() {
            p.wrong("config", config_errors);
        }
        parameters.finish(request)
    }
}

impl CreateConfig {
    fn of(config: &mut Parameters) -> Self {
        let resources = config.object(&["resources"]);
        let resource_opts = config.object(&["resource_opts", "resourceOpts"]);
        Self {
            mounts: texts(config, &["mounts"]),
            mount_map: pairs(config, &["mount_map", "mountMap"]),
            environ: pairs(config, &["environ"]),
            scaling_group: config.text(&["scaling_group", "scalingGroup"]),
            resources: slots(config, &resources),
            shmem: shmem(config, resource_opts.get("shmem")),
            resource_opts,
            preopen_ports: ports(config, &["preopen_ports", "preopenPorts"]),
            agent_list: texts(config, &["agent_list", "agentList"]),
        }
    }
}

/// The name under its spellings, checked.
pub(super) fn session_name(parameters: &mut Parameters) -> String {
    const NAMES: [&str; 2] = ["name", "clientSessionToken"];
    let name = parameters.required_text(&NAMES, "session_name");
    if let Err(reason) = check_name(&name)
        && !name.is_empty()
    {
        parameters.wrong("session_name", reason);
    }
    name
}

/// Checks a session's name: 4 to 64 ASCII letters, digits, `_`, and inside also `.` and `-`.
///
/// # Errors
/// The reason in words.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = name.as_bytes();
    let fits = (4..=64).contains(&bytes.len())
        && bytes.iter().all(|byte| is_word(*byte) || matches!(byte, b'.' | b'-'))
        && bytes.first().copied().is_some_and(is_word)
        && bytes.last().copied().is_some_and(is_word);
    match name {
        "from-template" => Err("`from-template` is reserved".to_owned()),
        _ if fits => Ok(()),
        _ => Err(format!("does not match pattern {NAME_PATTERN}")),
    }
}

fn slots(config: &mut Parameters, map: &Map<String, Value>) -> Slots {
    let mut wrong = Map::new();
    let mut slots = Slots::default();
    for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        match Amount::from_json(SlotKind::of(name), value) {
            Ok(amount) => slots.set(name, amount),
            Err(error) => drop(wrong.insert(name.clone(), error.to_string().into())),
        }
    }
    if !wrong.is_empty() {
        config.wrong("resources", wrong);
    }
    slots
}

fn shmem(config: &mut Parameters, value: Option<&Value>) -> Option<i64> {
    let value = value.filter(|value| !value.is_null())?;
    let bytes = Amount::from_json(SlotKind::Bytes, value).map_err(|error| error.to_string()).and_then(|amount| {
        let whole = amount.finite().and_then(|bytes| i64::try_from(bytes).ok());
        whole.ok_or_else(|| "shared memory must be finite".to_owned())
    });
    bytes.map_err(|reason| config.wrong("resource_opts", Map::from_iter([("shmem".to_owned(), reason.into())]))).ok()
}

fn texts(config: &mut Parameters, names: &[&'static str]) -> Vec<String> {
    let items = config.list(names);
    let texts: Option<Vec<_>> = items.iter().map(plain_text).collect();
    texts.unwrap_or_else(|| wrong_items(config, names, "value is not a list of strings"))
}

fn ports(config: &mut Parameters, names: &[&'static str]) -> Vec<u16> {
    let port = |item: &Value| item.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port >= 1024);
    let items = config.list(names);
    if items.len() > MAX_PORTS {
        return wrong_items(config, names, "value has more than 64 ports");
    }
    let ports: Option<Vec<_>> = items.iter().map(port).collect();
    ports.unwrap_or_else(|| wrong_items(config, names, "value is not a list of ports from 1024 to 65535"))
}

fn pairs(config: &mut Parameters, names: &[&'static str]) -> Vec<(String, String)> {
    let map = config.object(names);
    let pair = |(name, value): (&String, &Value)| Some((plain_text(&Value::String(name.clone()))?, plain_text(value)?));
    let pairs: Option<Vec<_>> = map.iter().map(pair).collect();
    pairs.unwrap_or_else(|| wrong_items(config, names, "value is not a dict of strings"))
}

/// A text, or a number as it is written; nothing with a null character.
fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.contains('\0') => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn wrong_items<T>(config: &mut Parameters, names: &[&'static str], reason: &str) -> Vec<T> {
    config.wrong(names.first().copied().unwrap_or_default(), reason);
    Vec::new()
}
