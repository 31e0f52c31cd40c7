//! Sessions by what people type: id, name, or the beginning of either (`rest.md` §0).

use rollcall_model::access::{Operation, Permit, Scope};
use rollcall_model::session::Session;
use uuid::Uuid;

use super::read::bind_scope;
use super::rows::{SessionRow, select_sessions, sessions};
use crate::engine::reading;
use crate::error::Doing;
use crate::{Store, StoreError};

/// Whether TERMINATED and CANCELLED sessions are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// They are not.
    Skip,
    /// They are, but the live one of an exact name comes alone: a name used again and again is not
    /// ambiguous while one session of that name lives.
    AfterLive,
    /// They are, beside the live ones.
    Include,
}

/// `$1` whether dead ones count, `$2` to `$5` the scope, `$6` and `$7` the condition's own. The scope of a
/// permit always has a key: one without would find nothing here.
macro_rules! find {
    ($condition:literal) => {
        select_sessions!(
            "WHERE s.access_key = $4 AND ($2 IS NULL OR s.domain_name = $2) AND ($3 IS NULL OR s.group_id = $3) \
             AND ($5 IS NULL OR s.user_id = $5) AND ($1 OR s.status NOT IN (10, 12)) AND ",
            $condition,
            " ORDER BY s.created_at DESC, s.id DESC LIMIT 10"
        )
    };
}

impl Store {
    /// The first non-empty set of: session id prefix, exact name, name prefix, kernel id prefix.
    /// At most ten, newest first. Nothing in `reference` is wild.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn find_sessions<O: Operation>(
        &self,
        permit: &Permit<O>,
        reference: &str,
        dead: Dead,
    ) -> Result<Vec<Session>, StoreError> {
        let scope = &permit.scope();
        // PostgreSQL has no text with a zero byte, and no session a name with one.
        if reference.is_empty() || reference.contains('\0') {
            return Ok(Vec::new());
        }
        let ids = id_range(reference);
        if let Some(ids) = ids {
            let found = self.find_by_id(find!("s.id BETWEEN $6 AND $7"), scope, dead, ids).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let named = self.find_by_exact_name(scope, dead, reference).await?;
        if !named.is_empty() {
            return Ok(named);
        }
        let begun = find!("s.name >= $6 AND s.name < $7");
        let begun = self.find_by_name(begun, scope, dead, reference).await?;
        if !begun.is_empty() {
            return Ok(begun);
        }
        match ids {
            Some(ids) => {
                let of_kernel = find!("s.id IN (SELECT session_id FROM kernels WHERE id BETWEEN $6 AND $7)");
                self.find_by_id(of_kernel, scope, dead, ids).await
            }
            None => Ok(Vec::new()),
        }
    }

    async fn find_by_exact_name(&self, scope: &Scope, dead: Dead, name: &str) -> Result<Vec<Session>, StoreError> {
        let named = find!("s.name = $6 AND s.name < $7");
        if dead == Dead::AfterLive {
            let live = self.find_by_name(named, scope, Dead::Skip, name).await?;
            if !live.is_empty() {
                return Ok(live);
            }
        }
        self.find_by_name(named, scope, dead, name).await
    }

    async fn find_by_id(
        &self,
        sql: &'static str,
        scope: &Scope,
        dead: Dead,
        (low, high): (Uuid, Uuid),
    ) -> Result<Vec<Session>, StoreError> {
        let rows = reading!(self, db => {
            bind_scope!(sqlx::query_as::<_, SessionRow>(sql).bind(dead != Dead::Skip), scope)
                .bind(low).bind(high).fetch_all(db).await
        });
        sessions(rows.doing("finding sessions by id")?)
    }

    async fn find_by_name(
        &self,
        sql: &'static str,
        scope: &Scope,
        dead: Dead,
        name: &str,
    ) -> Result<Vec<Session>, StoreError> {
        // Every text that begins with `name` sorts before it with the last character there is.
        let end = format!("{name}\u{10FFFF}");
        let rows = reading!(self, db => {
            bind_scope!(sqlx::query_as::<_, SessionRow>(sql).bind(dead != Dead::Skip), scope)
                .bind(name).bind(end.as_str()).fetch_all(db).await
        });
        sessions(rows.doing("finding sessions by name")?)
    }
}

/// The ids that begin with `text`; `None` if none can.
fn id_range(text: &str) -> Option<(Uuid, Uuid)> {
    const LOWEST: &str = "00000000-0000-0000-0000-000000000000";
    const HIGHEST: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    let fits = |(place, given): (usize, char)| match LOWEST.as_bytes().get(place) {
        Some(b'-') => given == '-',
        Some(_) => given.is_ascii_hexdigit(),
        None => false,
    };
    if !text.chars().enumerate().all(fits) {
        return None;
    }
    let filled = |rest: &str| Uuid::parse_str(&format!("{text}{}", rest.get(text.len()..)?)).ok();
    Some((filled(LOWEST)?, filled(HIGHEST)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn id_prefixes_are_ranges() {
        let (low, high) = id_range("aB-").map_or((None, None), |(low, high)| (Some(low), Some(high)));
        assert_eq!((low, high), (None, None));
        let (low, high) = id_range("aBcdef01-2").unwrap();
        assert_eq!(low.to_string(), "abcdef01-2000-0000-0000-000000000000");
        assert_eq!(high.to_string(), "abcdef01-2fff-ffff-ffff-ffffffffffff");
        let whole = "abcdef01-2000-0000-0000-000000000000";
        assert_eq!(id_range(whole).map(|(low, high)| low == high), Some(true));
        for no_prefix in ["xyz", "abcdef012", "%", "abcdef01-2000-0000-0000-0000000000001", "ä"] {
            assert_eq!(id_range(no_prefix), None, "{no_prefix}");
        }
    }
}
