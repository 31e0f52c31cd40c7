//! `VirtualFolder` and `StorageVolume` (`graphql.md` §10, with the additions of §9). This server has
//! no storage, so there is nothing that could be either: the types exist, values of them cannot.

use std::convert::Infallible;

use async_graphql::{ID, Object, SimpleObject};

use super::scalars::{BigInt, JsonString, Moment, UuidValue};

/// A folder. There are none.
#[derive(Clone)]
pub(crate) struct VirtualFolder(Infallible);

impl VirtualFolder {
    fn nothing<T>(&self) -> Option<T> {
        match self.0 {}
    }
}

#[Object(rename_fields = "snake_case")]
impl VirtualFolder {
    pub(crate) async fn id(&self) -> Option<ID> {
        self.nothing()
    }

    async fn host(&self) -> Option<String> {
        self.nothing()
    }

    async fn name(&self) -> Option<String> {
        self.nothing()
    }

    async fn user(&self) -> Option<UuidValue> {
        self.nothing()
    }

    async fn group(&self) -> Option<UuidValue> {
        self.nothing()
    }

    async fn creator(&self) -> Option<String> {
        self.nothing()
    }

    async fn unmanaged_path(&self) -> Option<String> {
        self.nothing()
    }

    async fn usage_mode(&self) -> Option<String> {
        self.nothing()
    }

    async fn permission(&self) -> Option<String> {
        self.nothing()
    }

    async fn ownership_type(&self) -> Option<String> {
        self.nothing()
    }

    async fn max_files(&self) -> Option<i32> {
        self.nothing()
    }

    async fn max_size(&self) -> Option<BigInt> {
        self.nothing()
    }

    async fn created_at(&self) -> Option<Moment> {
        self.nothing()
    }

    async fn last_used(&self) -> Option<Moment> {
        self.nothing()
    }

    async fn num_files(&self) -> Option<i32> {
        self.nothing()
    }

    async fn cur_size(&self) -> Option<BigInt> {
        self.nothing()
    }

    async fn cloneable(&self) -> Option<bool> {
        self.nothing()
    }

    async fn status(&self) -> Option<String> {
        self.nothing()
    }
}

/// A page of folders.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct VirtualFolderList {
    pub(crate) items: Vec<Option<VirtualFolder>>,
    pub(crate) total_count: i64,
}

/// A volume of a storage proxy. There are none.
#[derive(Clone)]
pub(crate) struct StorageVolume(Infallible);

impl StorageVolume {
    fn nothing<T>(&self) -> Option<T> {
        match self.0 {}
    }
}

#[Object(rename_fields = "snake_case")]
impl StorageVolume {
    pub(crate) async fn id(&self) -> Option<ID> {
        self.nothing()
    }

    async fn backend(&self) -> Option<String> {
        self.nothing()
    }

    async fn fsprefix(&self) -> Option<String> {
        self.nothing()
    }

    async fn path(&self) -> Option<String> {
        self.nothing()
    }

    async fn capabilities(&self) -> Option<Vec<Option<String>>> {
        self.nothing()
    }

    async fn hardware_metadata(&self) -> Option<JsonString> {
        self.nothing()
    }

    async fn performance_metric(&self) -> Option<JsonString> {
        self.nothing()
    }

    async fn usage(&self) -> Option<JsonString> {
        self.nothing()
    }
}

/// A page of volumes.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct StorageVolumeList {
    pub(crate) items: Vec<Option<StorageVolume>>,
    pub(crate) total_count: i64,
}
