//! Starting a session.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use rollcall_model::ids::SessionId;
use rollcall_model::session::ClusterMode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Sessions;
use crate::error::Error;
use crate::transport::Call;

/// What to start. Every choice is the caller's: there is no default image or name.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateOptions {
    /// Name: 4 to 64 letters, digits, `_`, `-`, `.`.
    pub name: String,
    /// Image, by its canonical reference or an alias.
    pub image: String,
    /// A command makes it a batch session, which ends with the command.
    pub batch_command: Option<String>,
    /// Project, by name.
    pub group: String,
    /// Resource group.
    pub resource_group: Option<String>,
    /// Slots, as people write them (`"mem": "2g"`); left out ones are the image's least.
    pub resources: Vec<(String, String)>,
    /// Shared memory, as people write it; the image's own where there is none.
    pub shared_memory: Option<String>,
    /// Containers of the session; each has these resources.
    pub cluster_size: u32,
    /// Whether they may stand on several agents.
    pub cluster_mode: ClusterMode,
    /// A batch session waits until then: ISO 8601 or relative (`30m`).
    pub starts_at: Option<String>,
    /// Environment.
    pub environ: Vec<(String, String)>,
    /// Free tag.
    pub tag: Option<String>,
    /// Shell script that runs before anything else, as plain text; an interactive session without one takes the
    /// script kept with its key.
    pub bootstrap_script: Option<String>,
    /// Folders, by name.
    pub mounts: Vec<String>,
    /// For this key instead of one's own.
    pub owner: Option<String>,
    /// Answer at once; else when it runs or this time is over.
    pub wait: Option<Duration>,
    /// Take a live session of the same name and image.
    pub reuse: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Created {
    /// Id.
    #[serde(rename = "sessionId")]
    pub id: SessionId,
    /// Status then; `TIMEOUT` when the wait was over first.
    pub status: String,
    /// False when a live session of the name was taken.
    pub created: bool,
}

impl Sessions<'_> {
    /// Starts a session.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn create(&self, options: &CreateOptions) -> Result<Created, Error> {
        let prefix = self.client.server().await?.session_prefix();
        let path = [prefix];
        let mut call = Call::new("starting the session", Method::POST, &path).body(self.body(options));
        if let Some(wait) = options.wait {
            call = call.timeout(wait + Duration::from_secs(10));
        }
        self.client.call(call).await
    }

    fn body(&self, options: &CreateOptions) -> Value {
        let map = |pairs: &[(String, String)]| -> Map<String, Value> {
            pairs.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect()
        };
        let mut body = json!({
            "name": options.name,
            "image": options.image,
            "type": if options.batch_command.is_some() { "batch" } else { "interactive" },
            "startupCommand": options.batch_command,
            "group": options.group,
            "domain": self.client.domain(),
            "enqueueOnly": options.wait.is_none(),
            "maxWaitSeconds": options.wait.map_or(0, |wait| wait.as_secs().max(1)),
            "reuseIfExists": options.reuse,
            "config": {
                "environ": map(&options.environ),
                "resources": map(&options.resources),
                "resource_opts": options.shared_memory.as_ref().map_or_else(|| json!({}), |size| json!({"shmem": size})),
                "scalingGroup": options.resource_group,
            },
        });
        if !options.mounts.is_empty() {
            body["config"]["mounts"] = json!(options.mounts);
        }
        if let Some(fields) = body.as_object_mut() {
            // Older servers need not know what is as usual.
            if options.cluster_size > 1 {
                fields.insert("clusterSize".to_owned(), options.cluster_size.into());
            }
            if options.cluster_mode != ClusterMode::SingleNode {
                fields.insert("clusterMode".to_owned(), options.cluster_mode.as_str().into());
            }
            if let Some(tag) = &options.tag {
                fields.insert("tag".to_owned(), tag.clone().into());
            }
            if let Some(script) = &options.bootstrap_script {
                fields.insert("bootstrapScript".to_owned(), STANDARD.encode(script).into());
            }
            if let Some(at) = &options.starts_at {
                fields.insert("startsAt".to_owned(), at.clone().into());
            }
            if let Some(owner) = &options.owner {
                fields.insert("owner_access_key".to_owned(), owner.clone().into());
            }
        }
        body
    }
}
