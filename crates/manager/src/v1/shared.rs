//! One look at a page for all who follow it: the tabs of a person, and what else they have open, would each read the
//! same page at each change.
//!
//! Nothing is shared beyond what one caller asks in the same words, and who follows is judged before, each by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rollcall_model::access::Caller;
use rollcall_model::ids::UserId;
use rollcall_wire::v1::ListAnswer;
use tokio::time::Instant;

use super::list::page;
use super::page::Asked;
use crate::error::ApiError;
use crate::manager::App;

/// A look is good for others no longer than this: use changes without an event.
const FRESH: Duration = Duration::from_secs(1);

/// The pages that are followed now, by whose they are.
#[derive(Debug, Default)]
pub(crate) struct SharedPages(Mutex<HashMap<UserId, Vec<Followed>>>);

#[derive(Debug)]
struct Followed {
    caller: Caller,
    asked: Asked,
    page: Weak<SharedPage>,
}

/// A page, and the last look at it. Who waits for it gets what the one before has seen.
#[derive(Debug, Default)]
pub(super) struct SharedPage(tokio::sync::Mutex<Option<Look>>);

#[derive(Debug)]
struct Look {
    at: Instant,
    accounts: u64,
    answer: Arc<ListAnswer>,
}

impl SharedPages {
    /// The page that others follow too, or a new one.
    pub(super) fn of(&self, caller: &Caller, asked: &Asked) -> Arc<SharedPage> {
        let mut followed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        followed.retain(|_, pages| {
            pages.retain(|one| one.page.strong_count() > 0);
            !pages.is_empty()
        });
        let pages = followed.entry(caller.identity().user_id).or_default();
        let known = pages.iter().find(|one| one.caller == *caller && one.asked == *asked);
        if let Some(page) = known.and_then(|one| one.page.upgrade()) {
            return page;
        }
        let page = Arc::<SharedPage>::default();
        pages.push(Followed { caller: caller.clone(), asked: asked.clone(), page: Arc::downgrade(&page) });
        page
    }
}

impl SharedPage {
    /// The page as it is now: no older than the event `known`, the version `accounts` of people and what belongs to
    /// them, and [`FRESH`].
    pub(super) async fn look(
        &self,
        app: &App,
        (caller, asked): (&Caller, &Asked),
        known: i64,
        accounts: u64,
    ) -> Result<Arc<ListAnswer>, ApiError> {
        let mut last = self.0.lock().await;
        let good = |look: &&Look| look.answer.event >= known && look.accounts == accounts && look.at.elapsed() < FRESH;
        if let Some(look) = last.as_ref().filter(good) {
            return Ok(look.answer.clone());
        }
        let at = Instant::now();
        let answer = Arc::new(page(app, caller, asked).await?);
        *last = Some(Look { at, accounts, answer: answer.clone() });
        Ok(answer)
    }
}
