//! Queries of folders and volumes (`graphql.md` §6). There is no storage here: whoever may ask gets
//! what is true, that there are none; the arguments are judged as if there were some.
#![expect(clippy::too_many_arguments, reason = "the arguments of a query are the parameters of its resolver")]

use async_graphql::{Context, Object, Result};
use rollcall_model::access::{self, Caller, ScopeArguments};
use rollcall_model::ids::{AccessKey, GroupId};
use rollcall_model::list::keys::FOLDERS;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::{ListArguments, RowsRequest};
use rollcall_model::role::Role;
use rollcall_model::see;

use super::{LIST_COST, asked};
use crate::error::{nullable, told};
use crate::graphql::scalars::UuidValue;
use crate::graphql::storage::{StorageVolume, StorageVolumeList, VirtualFolder, VirtualFolderList};
use crate::manager::App;

/// The queries.
#[derive(Default)]
pub(crate) struct StorageQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl StorageQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn storage_volume(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "id")] _id: Option<String>,
    ) -> Option<Result<StorageVolume>> {
        nullable(async {
            see::see_privileged(asked(ctx)?.1).map_err(told)?;
            Ok(None)
        })
        .await
    }

    /// Neither filter nor order is looked at, as the contract says.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn storage_volume_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        #[graphql(name = "filter")] _filter: Option<String>,
        #[graphql(name = "order")] _order: Option<String>,
    ) -> Option<Result<StorageVolumeList>> {
        nullable(async {
            see::see_privileged(asked(ctx)?.1).map_err(told)?;
            Page::new(limit, offset)?;
            Ok(Some(StorageVolumeList { items: Vec::new(), total_count: 0 }))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn vfolder_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        domain_name: Option<String>,
        group_id: Option<UuidValue>,
        access_key: Option<String>,
    ) -> Option<Result<VirtualFolderList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let (domain, group) = (domain_name.as_deref(), group_id.map(|group| GroupId(group.0)));
            // Folders are a person's: whichever of one's own keys is named, it names oneself.
            let access_key = match access_key.as_deref() {
                Some(key) if is_own(app, caller, key).await? => None,
                other => other,
            };
            access::session_scope(caller, ScopeArguments { domain, group, access_key }).map_err(told)?;
            let arguments =
                ListArguments { limit, offset, status: None, filter: filter.as_deref(), order: order.as_deref() };
            RowsRequest::parse(arguments, &FOLDERS)?;
            Ok(Some(VirtualFolderList { items: Vec::new(), total_count: 0 }))
        })
        .await
    }

    /// Always null, as it always was.
    async fn vfolders(
        &self,
        #[graphql(name = "domain_name")] _domain_name: Option<String>,
        #[graphql(name = "group_id")] _group_id: Option<String>,
        #[graphql(name = "access_key")] _access_key: Option<String>,
    ) -> Option<Vec<Option<VirtualFolder>>> {
        None
    }
}

/// Whether a plain user names another key of their own. Others may name those of their domain anyway.
async fn is_own(app: &App, caller: &Caller, key: &str) -> Result<bool> {
    if caller.role() != Role::User {
        return Ok(false);
    }
    let owner = app.store().key_owner(&AccessKey::from(key)).await.map_err(told)?;
    Ok(owner.is_some_and(|owner| owner.user_id == caller.identity().user_id))
}
