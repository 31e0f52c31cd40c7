//! GET `/events/session` (`rest.md` §6.1): what happens to sessions, from now on.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use rollcall_lifecycle::{Listener, Occurrence};
use rollcall_model::access::Caller;
use rollcall_model::event::Event;
use rollcall_model::ids::{AccessKey, GroupId};
use rollcall_model::resources::EventScope;
use rollcall_wire::events::{EventsRequest, data};
use tokio::time::{Instant, interval_at};

use super::frames::event;
use super::stream::{Audience, Cut, Ended, Writer, answer};
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::rest::groups::group;
use crate::routes::{Access, Routes};

/// The route.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(Access::Signed, "/events/session", sessions)
}

/// Which events were asked for, apart from who asks.
struct Filter {
    request: EventsRequest,
    key: AccessKey,
    group: Option<GroupId>,
}

/// One stream.
struct Sessions {
    audience: Audience,
    filter: Filter,
    listener: Listener,
}

/// GET `/events/session`.
pub(crate) async fn sessions(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    cut: Option<Extension<Cut>>,
    input: Input,
) -> Result<Response, ApiError> {
    let request = EventsRequest::of(input.parameters)?;
    let asked = input.owner.or_else(|| request.owner.clone()).map(AccessKey);
    let asked = asked.filter(|key| key != caller.access_key());
    if let Some(key) = &asked {
        EventScope::of(&caller).ask_for(app.store().key_owner(key).await?.as_ref())?;
    }
    let key = asked.unwrap_or_else(|| caller.access_key().clone());
    let group = match &request.group {
        Some(name) => Some(group(&app, &caller, name).await?.id),
        None => None,
    };
    let seat = app.seats().take(caller.access_key())?;
    let listener = app.lifecycle().listen().await?;
    let filter = Filter { request, key, group };
    let stream = Sessions { audience: Audience::new(&app, credential, caller), filter, listener };
    Ok(answer(&app, seat, cut.map(|Extension(cut)| cut), |writer| stream.write(writer)))
}

impl Filter {
    fn admits(&self, event: &Event) -> bool {
        let EventsRequest { session, name, .. } = &self.request;
        let named = match (session, name) {
            (Some(session), _) => *session == event.session_id,
            (None, Some(name)) => *name == event.session_name && self.key == event.access_key,
            (None, None) => true,
        };
        let of_group = self.group.is_none_or(|group| group == event.group_id);
        named && of_group && self.request.admits(&event.name)
    }
}

impl Sessions {
    async fn write(mut self, writer: Writer) -> Result<(), Ended> {
        let mut ping = interval_at(Instant::now() + writer.ping, writer.ping);
        loop {
            tokio::select! {
                heard = self.listener.next() => match heard {
                    Ok(heard) => self.tell(&writer, &heard).await?,
                    Err(error) => {
                        let error = ApiError::from(error).in_words();
                        tracing::warn!(error, "an event stream ends: events could not be read");
                        return Err(Ended);
                    }
                },
                _ = ping.tick() => writer.ping().await?,
                () = self.audience.changed() => drop(self.audience.now().await?),
            }
        }
    }

    /// What the caller was last known to be says which events are worth a look at who they are now.
    async fn tell(&mut self, writer: &Writer, heard: &Occurrence) -> Result<(), Ended> {
        let concerns =
            |caller: &Caller| heard.shown_to(&EventScope::of(caller)).filter(|event| self.filter.admits(event));
        if concerns(self.audience.known()).is_some()
            && let Some(told) = concerns(self.audience.now().await?)
        {
            writer.send(event(&told.name, &data(told), None)).await?;
        }
        Ok(())
    }
}
