//! The interfaces `Item` and `PaginatedList` (`graphql.md` §10). No field answers with one; clients may
//! spread on them.

use async_graphql::{Context, ID, Interface, Result};

use super::accounts::{KeyPair, User};
use super::container::ComputeContainer;
use super::equipment::Agent;
use super::legacy::{LegacyComputeSession, LegacyComputeSessionList};
use super::lists::{AgentList, ComputeContainerList, ComputeSessionList, KeyPairList, UserList};
use super::session::ComputeSession;
use super::storage::{StorageVolume, StorageVolumeList, VirtualFolder, VirtualFolderList};

/// What has an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "Option<ID>"))]
pub(crate) enum Item {
    Agent(Agent),
    ComputeContainer(ComputeContainer),
    ComputeSession(ComputeSession),
    KeyPair(KeyPair),
    LegacyComputeSession(LegacyComputeSession),
    StorageVolume(StorageVolume),
    User(User),
    VirtualFolder(VirtualFolder),
}

/// Rows as what they have in common.
macro_rules! lists_of_items {
    ($($list:ident of $item:ident),+ $(,)?) => {
        /// A page of something.
        #[derive(Interface)]
        #[graphql(
            rename_fields = "snake_case",
            field(name = "items", method = "as_items", ty = "Vec<Option<Item>>"),
            field(name = "total_count", ty = "&i64")
        )]
        pub(crate) enum PaginatedList {
            $($item($list)),+
        }

        $(impl $list {
            async fn as_items(&self, _ctx: &Context<'_>) -> Result<Vec<Option<Item>>> {
                Ok(self.items.iter().map(|row| row.clone().map(Item::$item)).collect())
            }
        })+
    };
}

lists_of_items! {
    AgentList of Agent,
    ComputeContainerList of ComputeContainer,
    ComputeSessionList of ComputeSession,
    KeyPairList of KeyPair,
    LegacyComputeSessionList of LegacyComputeSession,
    StorageVolumeList of StorageVolume,
    UserList of User,
    VirtualFolderList of VirtualFolder,
}
