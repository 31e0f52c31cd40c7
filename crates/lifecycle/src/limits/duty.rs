//! The duty that ends sessions by their limits, and tells of it before.
//!
//! It looks at the agent's own sessions in a calm pace, when something changed, and exactly when the
//! next end is due. What it finds is judged again inside each transaction, and nothing that a restart
//! would need is kept here: an end that was announced is in the row.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::TimeDelta;
use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;
use rollcall_model::limits::{self, End, Rules};
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advance, Advanced, Announcement, Change, Due, Limited};
use tokio::sync::watch;

use super::uses::Uses;
use crate::core::Core;
use crate::error::LifecycleError;
use crate::upkeep::Trouble;
use crate::{clock, status_data};

/// Between two looks for the sake of news, however much happens.
const BREATH: Duration = Duration::from_secs(1);
/// Between any two looks.
const SHORTEST: Duration = Duration::from_millis(5);

/// A limit, and since when it was seen in force.
type Seen = Option<(TimeDelta, Timestamp)>;

struct Duty {
    uses: Uses,
    /// Of lifetime and idleness. What was found at the start of the program, or came with another
    /// policy, may be overdue already; it is told first and ends when its warning has passed, so that
    /// nobody is surprised, and signs of life that a crash lost can come again.
    seen: HashMap<SessionId, [Seen; 2]>,
}

/// Goes on for ever.
pub(crate) async fn run(core: &Core) {
    let mut duty = Duty { uses: Uses::new(), seen: HashMap::new() };
    let mut trouble = Trouble::new("looking at the limits of sessions");
    let mut news = core.store.watch();
    loop {
        news.mark_unchanged();
        let rest = match duty.look(core).await {
            Ok(rest) => {
                trouble.over();
                rest
            }
            Err(error) => trouble.again(&error),
        };
        tokio::select! {
            () = tokio::time::sleep(rest.max(SHORTEST)) => {}
            () = changed(&mut news) => {}
        }
    }
}

async fn changed(news: &mut watch::Receiver<u64>) {
    tokio::time::sleep(BREATH).await;
    if news.changed().await.is_err() {
        // Ends only with the store.
        std::future::pending::<()>().await;
    }
}

impl Duty {
    /// Looks once; the answer is how long to rest.
    async fn look(&mut self, core: &Core) -> Result<Duration, LifecycleError> {
        let limited = core.store.limited_sessions(core.system, core.agent()).await?;
        let known: HashSet<SessionId> = limited.iter().map(|one| one.session).collect();
        self.seen.retain(|session, _| known.contains(session));
        core.reprieves.retain(&known);
        let pace = core.settings.limits.pace;
        let mut rest = self.uses.note(core, &limited).await?.map_or(pace, |again| again.min(pace));
        for one in &limited {
            if let Some(next) = self.attend(core, one).await? {
                rest = rest.min((next - clock::now()).to_std().unwrap_or_default());
            }
        }
        Ok(rest)
    }

    /// Tells of the end of one session, or brings it; the answer is when there is something to do next.
    async fn attend(&mut self, core: &Core, one: &Limited) -> Result<Option<Timestamp>, LifecycleError> {
        let now = clock::now();
        let rules = Rules::of(one.limits, core.settings.limits.default_idle());
        let (kind, active) = (one.session_type, core.signs.last(one.session));
        let seen = self.seen.entry(one.session).or_default();
        for (seen, end) in seen.iter_mut().zip(limits::ends(kind, &one.times, &rules, active)) {
            *seen = end.map(|end| seen.filter(|(limit, _)| *limit == end.limit).unwrap_or((end.limit, now)));
        }
        let Some(end) = limits::end(kind, &one.times, &rules, active) else {
            core.reprieves.set(one.session, None);
            return Ok(None);
        };
        let warning = end.warning(core.settings.limits.lead());
        let since = seen[usize::from(end.reason == limits::EndReason::Idle)].map_or(now, |(_, since)| since);
        let ends_at = end.at.max(since.checked_add_signed(warning).unwrap_or(end.at));
        core.reprieves.set(one.session, Some(ends_at).filter(|at| *at > end.at));
        if ends_at <= now {
            let again = !bring(core, one, &end, now).await?;
            return Ok(again.then_some(now + BREATH));
        }
        let told_at = end.told_at(core.settings.limits.lead());
        if told_at > now {
            return Ok(Some(told_at));
        }
        if one.times.warned_of != Some(end.at) {
            tell(core, one, &end, now).await?;
        }
        Ok(Some(ends_at))
    }
}

fn due(core: &Core, one: &Limited, end: &End) -> Due {
    let (active, default_idle) = (core.signs.of(one.session), core.settings.limits.default_idle());
    Due { reason: end.reason, active, default_idle }
}

async fn tell(core: &Core, one: &Limited, end: &End, now: Timestamp) -> Result<(), LifecycleError> {
    let announcement = Announcement { session: one.session, ends_at: end.at, due: due(core, one, end) };
    core.store.announce_end(core.system, &announcement, now).await?;
    Ok(())
}

/// RUNNING to TERMINATING, as on request; `false` if it is not due after all.
async fn bring(core: &Core, one: &Limited, end: &End, now: Timestamp) -> Result<bool, LifecycleError> {
    let mut step = Advance::new(one.session, Status::Running, Step::Terminate, now);
    step.reason = Change::Set(Some(end.reason.as_str().to_owned()));
    step.status_data = Change::Set(Some(status_data::ending(None, "terminating")));
    step.if_due = Some(due(core, one, end));
    let done = matches!(core.advance(&core.system, &step).await?, Advanced::Done(_));
    if done {
        let (session, reason) = (one.session, end.reason.as_str());
        tracing::info!(session.id = %session, reason, "the session {session} ends by a limit: {reason}");
    }
    Ok(done)
}
