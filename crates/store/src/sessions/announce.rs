//! Which events a step writes (`rest.md` §6.1, order of `session-lifecycle.md` §3).

use rollcall_model::Timestamp;
use rollcall_model::event::Event;
use rollcall_model::session::{Kernel, Session, SessionResult};
use rollcall_model::status::Step;

use crate::StoreError;
use crate::engine::Tx;
use crate::events::insert_event;

/// An event of the session, or one of each of its kernels.
enum Of {
    Session(&'static str),
    Kernels(&'static str),
}

/// The creation request goes out with `Prepare`, so preparing and creating come together; a
/// download announces itself with `Pull`, and `Create` tells its end. ERROR is none of the API's
/// events: `session_error` is for our own watchers and is not relayed.
fn events_of(step: Option<Step>) -> &'static [Of] {
    use Of::{Kernels, Session};
    match step {
        None => &[Session("session_enqueued")],
        Some(Step::Schedule) => &[Session("session_scheduled")],
        Some(Step::Prepare) => &[Kernels("kernel_preparing"), Kernels("kernel_creating")],
        Some(Step::Pull) => &[Kernels("kernel_pulling")],
        Some(Step::Create) => &[Kernels("kernel_creating")],
        Some(Step::Start) => &[Kernels("kernel_started"), Session("session_started")],
        Some(Step::FailToStart | Step::Cancel) => &[Kernels("kernel_cancelled"), Session("session_cancelled")],
        Some(Step::Restart) => &[Kernels("kernel_preparing")],
        Some(Step::Restarted) => &[Kernels("kernel_started")],
        Some(Step::Terminate) => &[Kernels("kernel_terminating")],
        Some(Step::End | Step::SelfTerminate | Step::ForceTerminate) => {
            &[Kernels("kernel_terminated"), Session("session_terminated")]
        }
        Some(Step::Fail) => &[Session("session_error")],
    }
}

/// What is being told, and when.
pub(crate) struct Occasion<'a> {
    pub(crate) step: Option<Step>,
    pub(crate) reason: &'a str,
    /// Set when this step brought the result of a batch command.
    pub(crate) result: Option<SessionResult>,
    pub(crate) at: Timestamp,
}

/// Writes the events of a step.
pub(crate) async fn announce(
    tx: &mut Tx,
    session: &Session,
    kernels: &[Kernel],
    occasion: &Occasion<'_>,
) -> Result<(), StoreError> {
    let result = match occasion.result {
        Some(SessionResult::Success) => Some(Of::Session("session_success")),
        Some(SessionResult::Failure) => Some(Of::Session("session_failure")),
        Some(SessionResult::Undefined) | None => None,
    };
    for of in result.iter().chain(events_of(occasion.step)) {
        match of {
            Of::Session(name) => insert_event(tx, &event(name, session, None, occasion)).await?,
            Of::Kernels(name) => {
                for kernel in kernels {
                    insert_event(tx, &event(name, session, Some(kernel), occasion)).await?;
                }
            }
        }
    }
    Ok(())
}

/// One event of a session, or of one of its kernels.
pub(super) fn event(name: &str, session: &Session, kernel: Option<&Kernel>, occasion: &Occasion<'_>) -> Event {
    Event {
        number: 0,
        name: name.to_owned(),
        reason: occasion.reason.to_owned(),
        session_id: session.id,
        session_name: session.name.clone(),
        kernel_id: kernel.map_or(session.id.main_kernel(), |kernel| kernel.id),
        cluster_role: kernel.map(|kernel| kernel.cluster_role.clone()),
        cluster_idx: kernel.map(|kernel| kernel.cluster_idx),
        access_key: session.access_key.clone(),
        user_id: session.user_id,
        domain: session.domain.clone(),
        group_id: session.group_id,
        at: occasion.at,
    }
}
