//! From what people type to a session, over all keys of a person.

use rollcall_model::ids::SessionId;
use rollcall_wire::v1::SessionRow;

use super::{ListQuery, V1};
use crate::error::Error;
use crate::sessions::{self, Which};

/// More of one name than anybody looks through.
const MOST: u32 = 100;

impl V1<'_> {
    /// The one session of an exact name, or of an id, see [`crate::Sessions::find`].
    ///
    /// # Errors
    /// [`Error::NoSuchSession`], [`Error::SeveralSessions`], or as the server answers.
    pub async fn find(
        &self,
        reference: &str,
        which: Which,
        owner: Option<&str>,
    ) -> Result<sessions::SessionRow, Error> {
        if let Ok(id) = reference.parse::<SessionId>() {
            match self.session(id).await {
                Ok(detail) => return Ok((&detail.session).into()),
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(error),
            }
        }
        let none = || Error::NoSuchSession { reference: reference.to_owned() };
        let filter = sessions::name_filter(reference).ok_or_else(none)?;
        let query = ListQuery {
            statuses: if which == Which::Live { sessions::live() } else { Vec::new() },
            filter: Some(filter),
            access_key: owner.map(str::to_owned),
            limit: MOST,
            uncounted: true,
            ..ListQuery::default()
        };
        let rows = self.page::<SessionRow>(&query).await?.rows;
        let rows = rows.iter().filter(|row| row.name == reference).map(sessions::SessionRow::from).collect();
        sessions::choose(reference, rows, self.client.access_key(), which)
    }
}
