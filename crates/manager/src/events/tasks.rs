//! GET `/events/background-task` (`rest.md` §6.2): how a task goes on, for the one who started it and
//! for superadmins. Of any other task nobody learns that it is there.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use rollcall_model::resources::follow_task;
use rollcall_wire::events::{SERVER_CLOSE, TaskRequest};
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};
use tokio::time::{Instant, interval_at};
use uuid::Uuid;

use super::frames::event;
use super::stream::{Audience, Cut, Ended, Writer, answer};
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Routes};
use crate::tasks::{Outcome, State as TaskState, Task};

/// Seconds, as the Python SDK reads it, after which a broken stream is asked for again.
const RETRY: Option<u32> = Some(5);

/// The route.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(Access::Signed, "/events/background-task", task)
}

struct Following {
    audience: Audience,
    id: Uuid,
    task: Task,
}

/// GET `/events/background-task`.
pub(crate) async fn task(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    cut: Option<Extension<Cut>>,
    input: Input,
) -> Result<Response, ApiError> {
    let TaskRequest { task: id } = TaskRequest::of(input.parameters)?;
    let found = app.tasks().find(id).filter(|task| follow_task(&caller, task.starter).is_ok());
    let none = || ApiError::msg(ProblemType::GenericNotFound, "No such background task.");
    let task = found.ok_or_else(none)?;
    let seat = app.seats().take(caller.access_key())?;
    let stream = Following { audience: Audience::new(&app, credential, caller), id, task };
    Ok(answer(&app, seat, cut.map(|Extension(cut)| cut), |writer| stream.write(writer)))
}

impl Following {
    async fn write(mut self, writer: Writer) -> Result<(), Ended> {
        let mut ping = interval_at(Instant::now() + writer.ping, writer.ping);
        let at_first = self.task.state.borrow_and_update().clone();
        if let Some((outcome, _)) = at_first.ended {
            writer.send(event(&format!("task_{}", outcome.as_str()), &self.report(outcome, &at_first), None)).await?;
            return close(&writer).await;
        }
        let mut state = at_first;
        loop {
            self.judge().await?;
            if let Some((outcome, _)) = state.ended {
                let end = json!({"task_id": self.id.to_string(), "message": state.message});
                writer.send(event(&format!("bgtask_{}", outcome.as_str()), &end, RETRY)).await?;
                return close(&writer).await;
            }
            if state.total > 0 {
                writer.send(event("bgtask_updated", &self.progress(&state), RETRY)).await?;
            }
            loop {
                tokio::select! {
                    // Whoever drops it has told the end before.
                    Ok(()) = self.task.state.changed() => break,
                    _ = ping.tick() => writer.ping().await?,
                    () = self.audience.changed() => self.judge().await?,
                }
            }
            state = self.task.state.borrow_and_update().clone();
        }
    }

    /// Whether the caller may still follow.
    async fn judge(&mut self) -> Result<(), Ended> {
        follow_task(self.audience.now().await?, self.task.starter).map_err(|_| Ended)
    }

    fn progress(&self, state: &TaskState) -> Value {
        json!({
            "task_id": self.id.to_string(),
            "message": state.message,
            "current_progress": state.current,
            "total_progress": state.total,
        })
    }

    /// What is told of a task that has ended before.
    fn report(&self, outcome: Outcome, state: &TaskState) -> Value {
        json!({
            "task_id": self.id.to_string(),
            "status": outcome.as_str(),
            "current_progress": state.current.to_string(),
            "total_progress": state.total.to_string(),
            "message": state.message,
        })
    }
}

/// Without it clients would come again.
async fn close(writer: &Writer) -> Result<(), Ended> {
    writer.send(event(SERVER_CLOSE, &json!({}), None)).await
}
