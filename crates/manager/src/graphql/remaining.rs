//! `SessionRemaining`: Rollcall's own field of a session, how long it has left in words and numbers; and
//! the same for clients of 23.9, which know `idle_checks`.

use async_graphql::Object;
use rollcall_model::Timestamp;
use rollcall_model::limits::{End, Remaining};
use rollcall_model::time::print_iso;
use serde_json::{Map, Value, json};

use super::scalars::{BigInt, Moment};

/// How long a running session has left.
pub(crate) struct SessionRemaining(pub(crate) Remaining);

#[Object(rename_fields = "snake_case")]
impl SessionRemaining {
    /// How long and why, in one or two plain sentences.
    async fn sentence(&self) -> &str {
        &self.0.sentence
    }

    /// When it ends unless something happens.
    async fn ends_at(&self) -> Moment {
        Moment(self.0.ends_at)
    }

    /// By which limit: the `status_info` that it will end with.
    async fn reason(&self) -> &str {
        self.0.reason.as_str()
    }

    /// Seconds until then.
    async fn seconds(&self) -> BigInt {
        BigInt(self.0.seconds)
    }

    /// Seconds by which its end may still be pushed out.
    async fn extendable_seconds(&self) -> BigInt {
        BigInt(self.0.extendable_seconds)
    }
}

/// `idle_checks`: each limit by its reason, with the seconds that it leaves.
pub(crate) fn checks(ends: &[End], now: Timestamp) -> Value {
    let check = |end: &End| {
        let seconds = (end.at - now).num_seconds().max(0);
        let check = json!({
            "remaining": seconds,
            "limit": end.limit.num_seconds(),
            "ends_at": print_iso(end.at),
        });
        (end.reason.as_str().to_owned(), check)
    };
    Value::Object(Map::from_iter(ends.iter().map(check)))
}
