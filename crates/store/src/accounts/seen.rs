//! Reading people, keys and what belongs to them as far as `model::see` lets the caller see.

use rollcall_model::account::{Domain, Group, Keypair, KeypairPolicy, Preset, User, UserStatus};
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::see::{Privileged, SeeAccount, SeeDomain, SeeGroups, SeeKeypairs, SeePolicies, SeeUsers};
use uuid::Uuid;

use super::belongings::{DomainRow, GroupRow, groups, select_groups};
use super::people::{KeypairRow, PolicyRow, UserRow, select_keypairs, select_policies, select_users};
use crate::codec::storable;
use crate::engine::reading;
use crate::error::Doing;
use crate::{Store, StoreError};

/// What the lists without pages give at most.
const UNPAGED: i64 = 100;

/// Which statuses of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatuses {
    /// This one.
    Is(UserStatus),
    /// Every other one.
    IsNot(UserStatus),
}

/// Which people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Members of this project.
    pub group: Option<GroupId>,
    /// Of these statuses.
    pub status: Option<UserStatuses>,
}

impl UserFilter {
    pub(crate) fn status_is(&self) -> Option<&'static str> {
        match self.status {
            Some(UserStatuses::Is(status)) => Some(status.as_str()),
            _ => None,
        }
    }

    pub(crate) fn status_is_not(&self) -> Option<&'static str> {
        match self.status {
            Some(UserStatuses::IsNot(status)) => Some(status.as_str()),
            _ => None,
        }
    }
}

/// Which projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter<'a> {
    /// The one of this id.
    pub id: Option<GroupId>,
    /// Those of this name.
    pub name: Option<&'a str>,
    /// Active ones, or the others.
    pub is_active: Option<bool>,
}

impl Store {
    /// The person whose e-mail `see` names.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_user_by_email(&self, see: &SeeAccount) -> Result<Option<User>, StoreError> {
        let Some((email, domain)) = storable_parts(see) else { return Ok(None) };
        let sql = select_users!("WHERE email = $1 AND ($2 IS NULL OR domain_name = $2)");
        let row =
            reading!(self, db => sqlx::query_as::<_, UserRow>(sql).bind(email).bind(domain).fetch_optional(db).await);
        row.doing("reading a person by e-mail")?.map(UserRow::user).transpose()
    }

    /// The person whose id `see` names.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_user_by_id(&self, see: &SeeAccount) -> Result<Option<User>, StoreError> {
        let Some((id, domain)) = storable_parts(see) else { return Ok(None) };
        let Ok(id) = id.parse::<UserId>() else { return Ok(None) };
        let sql = select_users!("WHERE id = $1 AND ($2 IS NULL OR domain_name = $2)");
        let row =
            reading!(self, db => sqlx::query_as::<_, UserRow>(sql).bind(id.0).bind(domain).fetch_optional(db).await);
        row.doing("reading a person")?.map(UserRow::user).transpose()
    }

    /// The newest people, at most 100.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_users(&self, see: &SeeUsers, filter: &UserFilter) -> Result<Vec<User>, StoreError> {
        let domain = see.domain().map(DomainName::as_str);
        if !domain.is_none_or(storable) {
            return Ok(Vec::new());
        }
        let sql = select_users!(
            "WHERE ($1 IS NULL OR domain_name = $1) AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR status <> $3) \
             AND ($4 IS NULL OR id IN (SELECT user_id FROM memberships WHERE project_id = $4)) \
             ORDER BY created_at DESC, email LIMIT $5"
        );
        let rows = reading!(self, db => {
            sqlx::query_as::<_, UserRow>(sql)
                .bind(domain).bind(filter.status_is()).bind(filter.status_is_not())
                .bind(filter.group.map(|group| group.0)).bind(UNPAGED).fetch_all(db).await
        });
        rows.doing("reading people")?.into_iter().map(UserRow::user).collect()
    }

    /// The key that `see` names.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_keypair(&self, see: &SeeAccount) -> Result<Option<Keypair>, StoreError> {
        let Some((key, domain)) = storable_parts(see) else { return Ok(None) };
        let sql = select_keypairs!("WHERE k.access_key = $1 AND ($2 IS NULL OR u.domain_name = $2)");
        let row =
            reading!(self, db => sqlx::query_as::<_, KeypairRow>(sql).bind(key).bind(domain).fetch_optional(db).await);
        Ok(row.doing("reading a keypair")?.map(Keypair::from))
    }

    /// The newest keys: all of a person if `see` names one, else at most 100.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_keypairs(&self, see: &SeeKeypairs, is_active: Option<bool>) -> Result<Vec<Keypair>, StoreError> {
        let domain = see.domain().map(DomainName::as_str);
        if !domain.is_none_or(storable) || !see.email().is_none_or(storable) {
            return Ok(Vec::new());
        }
        let sql = select_keypairs!(
            "WHERE ($1 IS NULL OR u.domain_name = $1) AND ($2 IS NULL OR u.email = $2) \
             AND ($3 IS NULL OR k.is_active = $3) ORDER BY k.created_at DESC, k.access_key LIMIT $4"
        );
        let limit = if see.email().is_some() { i64::MAX } else { UNPAGED };
        let rows = reading!(self, db => {
            sqlx::query_as::<_, KeypairRow>(sql)
                .bind(domain).bind(see.email()).bind(is_active).bind(limit).fetch_all(db).await
        });
        Ok(rows.doing("reading keypairs")?.into_iter().map(Keypair::from).collect())
    }

    /// The domain that `see` names.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_domain(&self, see: &SeeDomain) -> Result<Option<Domain>, StoreError> {
        if !storable(see.name().as_str()) {
            return Ok(None);
        }
        self.domain(see.name()).await
    }

    /// Every domain by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn domains(&self, _see: Privileged, is_active: Option<bool>) -> Result<Vec<Domain>, StoreError> {
        let sql = "SELECT name, description, is_active, total_resource_slots, allowed_vfolder_hosts, \
                   allowed_registries, integration_id, created_at, modified_at FROM domains \
                   WHERE ($1 IS NULL OR is_active = $1) ORDER BY name";
        let rows = reading!(self, db => sqlx::query_as::<_, DomainRow>(sql).bind(is_active).fetch_all(db).await);
        rows.doing("reading domains")?.into_iter().map(DomainRow::domain).collect()
    }

    /// Projects by domain and name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_groups(&self, see: &SeeGroups, filter: &GroupFilter<'_>) -> Result<Vec<Group>, StoreError> {
        let domain = see.domain().map(DomainName::as_str);
        if !domain.is_none_or(storable) || !filter.name.is_none_or(storable) {
            return Ok(Vec::new());
        }
        let sql = select_groups!(
            "WHERE ($1 IS NULL OR p.domain_name = $1) \
             AND ($2 IS NULL OR p.id IN (SELECT project_id FROM memberships WHERE user_id = $2)) \
             AND ($3 IS NULL OR p.id = $3) AND ($4 IS NULL OR p.name = $4) AND ($5 IS NULL OR p.is_active = $5) \
             ORDER BY p.domain_name, p.name"
        );
        let (member, id): (Option<Uuid>, Option<Uuid>) = (see.member().map(|id| id.0), filter.id.map(|id| id.0));
        let rows = reading!(self, db => {
            sqlx::query_as::<_, GroupRow>(sql)
                .bind(domain).bind(member).bind(id).bind(filter.name).bind(filter.is_active).fetch_all(db).await
        });
        groups(rows.doing("reading projects")?)
    }

    /// Policies of keypairs by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn seen_policies(&self, see: &SeePolicies) -> Result<Vec<KeypairPolicy>, StoreError> {
        let sql = select_policies!(
            "WHERE ($1 IS NULL OR name IN (SELECT resource_policy FROM keypairs WHERE user_id = $1)) ORDER BY name"
        );
        let holder = see.holder().map(|holder| holder.0);
        let rows = reading!(self, db => sqlx::query_as::<_, PolicyRow>(sql).bind(holder).fetch_all(db).await);
        rows.doing("reading policies")?.into_iter().map(PolicyRow::policy).collect()
    }

    /// A policy by the name that somebody asked for; anyone may.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn named_policy(&self, name: &str) -> Result<Option<KeypairPolicy>, StoreError> {
        if storable(name) { self.policy(name).await } else { Ok(None) }
    }

    /// A preset by name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn preset(&self, name: &str) -> Result<Option<Preset>, StoreError> {
        Ok(self.presets().await?.into_iter().find(|preset| preset.name == name))
    }
}

/// What a look-up goes by; `None` for what no database can hold.
fn storable_parts(see: &SeeAccount) -> Option<(&str, Option<&str>)> {
    let domain = see.domain().map(DomainName::as_str);
    (storable(see.subject()) && domain.is_none_or(storable)).then_some((see.subject(), domain))
}
