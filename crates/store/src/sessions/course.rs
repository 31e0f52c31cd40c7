//! What kernels used over time, kept as few bytes: a version, then the numbers as short as each is.

use std::collections::HashMap;

use rollcall_model::access::{Scope, System};
use rollcall_model::course::Course;
use rollcall_model::ids::{KernelId, SessionId};
use uuid::Uuid;

use super::read::{bind_scope, json_ids};
use crate::codec::{corrupt, findable};
use crate::engine::{Engine, Tx, retrying, run};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Raised when the numbers behind it change their meaning.
const VERSION: u8 = 1;

/// Courses of sessions, whose ids are `$1`, inside a scope from `$2` on.
macro_rules! select_courses {
    ($ids:literal) => {
        concat!(
            "SELECT c.kernel_id, c.course FROM kernel_usage c JOIN kernels k ON k.id = c.kernel_id \
             JOIN sessions s ON s.id = k.session_id WHERE k.session_id ",
            $ids,
            " AND ($2 IS NULL OR s.domain_name = $2) AND ($3 IS NULL OR s.group_id = $3) \
             AND ($4 IS NULL OR s.access_key = $4) AND ($5 IS NULL OR s.user_id = $5)"
        )
    };
}

#[derive(sqlx::FromRow)]
struct CourseRow {
    kernel_id: Uuid,
    course: Vec<u8>,
}

impl Store {
    /// What the kernels of sessions inside the scope used, as far as it is kept.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`].
    pub async fn courses_of(
        &self,
        scope: &Scope,
        sessions: &[SessionId],
    ) -> Result<HashMap<KernelId, Course>, StoreError> {
        if sessions.is_empty() || !findable(scope) {
            return Ok(HashMap::new());
        }
        let ids: Vec<Uuid> = sessions.iter().map(|id| id.0).collect();
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let sql = select_courses!("IN (SELECT unhex(value) FROM json_each($1))");
                bind_scope!(sqlx::query_as::<_, CourseRow>(sql).bind(json_ids(&ids)), scope).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let sql = select_courses!("= ANY($1)");
                bind_scope!(sqlx::query_as::<_, CourseRow>(sql).bind(ids), scope).fetch_all(pool).await
            }
        };
        let rows = rows.doing("reading the use of kernels")?;
        rows.into_iter().map(|row| Ok((KernelId(row.kernel_id), unpacked(&row)?))).collect()
    }

    /// Keeps what kernels used so far. What is over, or gone, has been kept by its end.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn keep_courses(&self, _system: System, courses: &[(KernelId, Course)]) -> Result<(), StoreError> {
        if courses.is_empty() {
            return Ok(());
        }
        retrying!(self.try_keep_courses(courses))
    }

    async fn try_keep_courses(&self, courses: &[(KernelId, Course)]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (kernel, course) in courses {
            // TERMINATED and CANCELLED.
            let sql = "INSERT INTO kernel_usage (kernel_id, course) \
                       SELECT id, $2 FROM kernels WHERE id = $1 AND status NOT IN (10, 12) \
                       ON CONFLICT (kernel_id) DO UPDATE SET course = excluded.course";
            run!(&mut tx, "keeping the use of a kernel", sql, kernel.0, packed(*kernel, course)?)?;
        }
        // Nobody is woken: it is no news to anyone.
        tx.commit().await
    }
}

/// Keeps the last word on a kernel, in the transaction of its end.
pub(super) async fn keep_course(tx: &mut Tx, kernel: KernelId, course: &Course) -> Result<(), StoreError> {
    let sql = "INSERT INTO kernel_usage (kernel_id, course) VALUES ($1, $2) \
               ON CONFLICT (kernel_id) DO UPDATE SET course = excluded.course";
    run!(tx, "keeping the use of an ended kernel", sql, kernel.0, packed(kernel, course)?).map(|_| ())
}

fn packed(kernel: KernelId, course: &Course) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(course, vec![VERSION]).map_err(|error| corrupt("course of use", &kernel, &error))
}

fn unpacked(row: &CourseRow) -> Result<Course, StoreError> {
    let told = match row.course.split_first() {
        Some((&VERSION, told)) => told,
        _ => return Err(corrupt("course of use", &row.kernel_id, &"it is of another version")),
    };
    postcard::from_bytes(told).map_err(|error| corrupt("course of use", &row.kernel_id, &error))
}
