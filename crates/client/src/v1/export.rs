//! The list as a file, of whatever length.

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};
use http::Method;

use super::V1;
use super::query::{ListQuery, Start, borrowed};
use crate::error::Error;
use crate::transport::Call;

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// For spreadsheets.
    Csv,
    /// A JSON document a line.
    Ndjson,
}

impl V1<'_> {
    /// All rows that a query asks for, on whatever page, piece by piece as the server writes them. What the
    /// query says of pages does not count.
    ///
    /// # Errors
    /// As the server answers; and in the stream, when the connection breaks.
    pub async fn export(
        &self,
        query: &ListQuery,
        kind: Export,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<>, Error> {
        const ACT: &str = "exporting the list";
        let whole = ListQuery { start: Start::Offset(0), uncounted: false, ..query.clone() };
        let mut pairs = whole.pairs();
        pairs.retain(|(name, _)| *name != "limit");
        let pairs = borrowed(&pairs);
        let (path, media) = match kind {
            Export::Csv => (["v1", "sessions.csv"], "text/csv"),
            Export::Ndjson => (["v1", "sessions.ndjson"], "application/x-ndjson"),
        };
        let call = Call::new(ACT, Method::GET, &path).query(&pairs);
        let answer = self.client.stream(&call, media).await?;
        let endpoint = self.client.endpoint().to_owned();
        Ok(answer.bytes_stream().map_err(move |source| Error::Connection {
            act: ACT,
            endpoint: endpoint.clone(),
            source: source.without_url(),
        }))
    }
}
