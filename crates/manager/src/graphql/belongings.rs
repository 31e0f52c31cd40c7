//! `Domain`, `KeyPairResourcePolicy`, `ResourcePreset` and `ScalingGroup` (`graphql.md` §10, with the
//! additions of §9).

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use rollcall_model::account::{self, DefaultForUnspecified};
use rollcall_model::ids::DomainName;
use serde_json::{Value, json};

use super::scalars::{BigInt, JsonString, Moment};
use super::together::Together;
use crate::error::nullable;
use crate::manager::App;

/// A list of texts as the schema has it.
pub(crate) fn texts(list: &[String]) -> Option<Vec<Option<&str>>> {
    Some(list.iter().map(|text| Some(text.as_str())).collect())
}

/// A domain.
pub(crate) struct Domain {
    row: account::Domain,
    scaling_groups: Arc<Together<DomainName, Vec<String>>>,
}

impl Domain {
    pub(crate) fn one(row: account::Domain) -> Self {
        let scaling_groups = Arc::new(Together::new(vec![row.name.clone()]));
        Self { row, scaling_groups }
    }

    pub(crate) fn page(rows: Vec<account::Domain>) -> Vec<Option<Self>> {
        let together = Arc::new(Together::new(rows.iter().map(|row| row.name.clone()).collect()));
        rows.into_iter().map(|row| Some(Self { row, scaling_groups: Arc::clone(&together) })).collect()
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Domain {
    async fn name(&self) -> Option<&str> {
        Some(self.row.name.as_str())
    }

    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.row.is_active)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.row.created_at))
    }

    async fn modified_at(&self) -> Option<Moment> {
        Some(Moment(self.row.modified_at))
    }

    async fn total_resource_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row.total_resource_slots))
    }

    async fn allowed_vfolder_hosts(&self) -> Option<Vec<Option<&str>>> {
        texts(&self.row.allowed_vfolder_hosts)
    }

    async fn allowed_docker_registries(&self) -> Option<Vec<Option<&str>>> {
        texts(&self.row.allowed_registries)
    }

    async fn integration_id(&self) -> Option<&str> {
        self.row.integration_id.as_deref()
    }

    async fn scaling_groups(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |names: Vec<DomainName>| async move { store.resource_groups_of_domains(&names).await };
            let names = self.scaling_groups.of(&self.row.name, load).await?;
            Ok(Some(names.into_iter().map(Some).collect()))
        })
        .await
    }
}

/// Limits of keypairs.
pub(crate) struct KeyPairResourcePolicy(pub(crate) account::KeypairPolicy);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl KeyPairResourcePolicy {
    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.0.created_at))
    }

    async fn default_for_unspecified(&self) -> Option<&str> {
        Some(match self.0.default_for_unspecified {
            DefaultForUnspecified::Limited => "LIMITED",
            DefaultForUnspecified::Unlimited => "UNLIMITED",
        })
    }

    async fn total_resource_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.0.total_resource_slots))
    }

    async fn max_concurrent_sessions(&self) -> Option<i32> {
        Some(self.0.max_concurrent_sessions)
    }

    async fn max_containers_per_session(&self) -> Option<i32> {
        Some(self.0.max_containers_per_session)
    }

    async fn idle_timeout(&self) -> Option<BigInt> {
        Some(BigInt(self.0.idle_timeout))
    }

    async fn max_vfolder_count(&self) -> Option<i32> {
        Some(self.0.max_vfolder_count)
    }

    async fn max_vfolder_size(&self) -> Option<BigInt> {
        Some(BigInt(self.0.max_vfolder_size))
    }

    async fn allowed_vfolder_hosts(&self) -> Option<Vec<Option<&str>>> {
        texts(&self.0.allowed_vfolder_hosts)
    }

    /// Rollcall's own, in seconds; zero is no limit.
    async fn max_session_lifetime(&self) -> Option<BigInt> {
        Some(BigInt(self.0.max_session_lifetime))
    }

    /// Rollcall's own, in seconds: how far owners may push an end out, in all.
    async fn max_extension(&self) -> Option<BigInt> {
        Some(BigInt(self.0.max_extension))
    }
}

/// A named size.
pub(crate) struct ResourcePreset(pub(crate) account::Preset);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ResourcePreset {
    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn resource_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.0.resource_slots))
    }

    async fn shared_memory(&self) -> Option<BigInt> {
        self.0.shared_memory.map(BigInt)
    }
}

/// A resource group.
pub(crate) struct ScalingGroup(pub(crate) account::ResourceGroup);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ScalingGroup {
    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.0.is_active)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.0.created_at))
    }

    /// The console's, where the group names none.
    async fn wsproxy_addr<'a>(&'a self, ctx: &Context<'a>) -> Result<Option<&'a str>> {
        let console = ctx.data::<App>()?.settings().console.as_deref();
        Ok(self.0.wsproxy_addr.as_deref().filter(|address| !address.is_empty()).or(console))
    }

    async fn driver(&self) -> Option<&str> {
        Some(&self.0.driver)
    }

    async fn driver_opts(&self) -> Option<JsonString> {
        Some(JsonString::of(&self.0.driver_opts))
    }

    async fn scheduler(&self) -> Option<&str> {
        Some(&self.0.scheduler)
    }

    /// With the session types that are allowed where none are given.
    async fn scheduler_opts(&self) -> Option<JsonString> {
        let mut options = self.0.scheduler_opts.clone();
        if let Value::Object(options) = &mut options {
            options.entry("allowed_session_types").or_insert_with(|| json!(["interactive", "batch"]));
        }
        Some(JsonString::of(&options))
    }

    async fn is_public(&self) -> Option<bool> {
        Some(true)
    }

    async fn use_host_network(&self) -> Option<bool> {
        Some(false)
    }

    async fn wsproxy_api_token(&self) -> Option<String> {
        None
    }
}
