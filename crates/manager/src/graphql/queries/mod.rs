//! The root of all queries, by subject. Each resolver asks `rollcall_model` what the caller may see,
//! and the store for just that.

mod account_lists;
mod accounts;
mod belongings;
mod equipment;
mod legacy;
mod sessions;
mod storage;

use async_graphql::{Context, MergedObject, Result};
use rollcall_model::access::Caller;
use uuid::Uuid;

use super::scalars::BAD_UUID;
use crate::manager::App;

/// What a list or a lookup at the root counts, so that aliases can't multiply them without end.
pub(crate) const LIST_COST: usize = 40;

/// All queries.
#[derive(MergedObject, Default)]
pub(crate) struct Queries(
    sessions::SessionQueries,
    accounts::AccountQueries,
    account_lists::AccountListQueries,
    belongings::BelongingQueries,
    equipment::EquipmentQueries,
    storage::StorageQueries,
    legacy::LegacyQueries,
);

pub(super) fn asked<'a>(ctx: &Context<'a>) -> Result<(&'a App, &'a Caller)> {
    Ok((ctx.data::<App>()?, ctx.data::<Caller>()?))
}

/// An id that the schema takes as a text.
fn uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| BAD_UUID.into())
}
