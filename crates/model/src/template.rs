//! Templates of sessions (`rest.md` §10), and how many and how large they may be.

use serde_json::Value;

use crate::Timestamp;
use crate::ids::{DomainName, GroupId, TemplateId, UserId};

/// Templates of one person, of each kind.
pub const MAX_TEMPLATES: i64 = 100;
/// Templates that one list shows, the newest.
pub const MAX_LISTED: i64 = 1000;
/// Bytes of a template as JSON.
pub const MAX_BYTES: usize = 16 * 1024;

/// What a template is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// Sessions of one kernel.
    Task,
    /// Sessions of several.
    Cluster,
}

impl TemplateKind {
    /// The value used by the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Cluster => "cluster",
        }
    }
}

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Id.
    pub id: TemplateId,
    /// Name for people.
    pub name: String,
    /// Domain of its project.
    pub domain: DomainName,
    /// Whose members use it.
    pub group: GroupId,
    /// Whose it is.
    pub user: UserId,
    /// The template itself, an object.
    pub body: Value,
    /// Made at.
    pub created_at: Timestamp,
}
