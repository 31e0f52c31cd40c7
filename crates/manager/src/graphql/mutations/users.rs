//! Mutations of people.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::account::{User as UserRow, UserStatus};
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::manage;
use rollcall_model::naming::{self, NAME_LENGTH};
use rollcall_model::role::Role;
use rollcall_store::{NewKeypair, NewUser, Refusal, UserChange, passwords};
use secrecy::SecretString;

use super::frame::{Stop, allowed, answered, payloads};
use super::input;
use crate::auth::password::in_turn;
use crate::graphql::accounts::{KeyPair, User};
use crate::graphql::queries::LIST_COST;
use crate::manager::now;

payloads! {
    /// Answer. `keypair` is Rollcall's own: the only place where the secret half of the first key is
    /// ever told.
    CreateUser { user: User, keypair: KeyPair }
    /// Answer.
    ModifyUser { user: User }
    /// Answer.
    DeleteUser {}
    /// Answer.
    PurgeUser {}
}

/// A person to be made.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct UserInput {
    username: String,
    password: String,
    need_password_change: bool,
    full_name: Option<String>,
    description: Option<String>,
    is_active: Option<bool>,
    status: Option<String>,
    domain_name: String,
    role: Option<String>,
    group_ids: Option<Vec<Option<String>>>,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ModifyUserInput {
    username: Option<String>,
    password: Option<String>,
    need_password_change: Option<bool>,
    full_name: Option<String>,
    description: Option<String>,
    is_active: Option<bool>,
    status: Option<String>,
    domain_name: Option<String>,
    role: Option<String>,
    group_ids: Option<Vec<Option<String>>>,
}

/// What goes with a person.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct PurgeUserInput {
    /// There are no folders here.
    purge_shared_vfolders: Option<bool>,
}

/// The policy of a person's first key, and its requests per 900 seconds (`graphql.md` §8).
const FIRST_POLICY: &str = "default";
const FIRST_RATE_LIMIT: i32 = 10_000;

/// The mutations.
#[derive(Default)]
pub(crate) struct UserMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl UserMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_user(&self, ctx: &Context<'_>, email: String, props: UserInput) -> Option<Result<CreateUser>> {
        answered("create_user", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            let (user, groups) = props.user(&email)?;
            let password = SecretString::from(props.password);
            let (active, admin) = (user.status == UserStatus::Active, user.role.is_administrative());
            let drawn = in_turn(app, move || {
                let hash = passwords::hash(&password)?;
                Ok((hash, NewKeypair::draw(active, admin, FIRST_POLICY, FIRST_RATE_LIMIT)?))
            });
            let (password_hash, keypair) = drawn.await?;
            let new = NewUser { user, password_hash, groups, keypair };
            let (user, keypair) = app.store().create_user(&may, &new).await?;
            let keypair = KeyPair::made(keypair, new.keypair.secret_key);
            Ok(CreateUser { user: Some(User::one(user)), keypair: Some(keypair), ..CreateUser::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_user(
        &self,
        ctx: &Context<'_>,
        email: String,
        props: ModifyUserInput,
    ) -> Option<Result<ModifyUser>> {
        answered("modify_user", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            if props.is_empty() {
                return Err(Refusal::NothingToUpdate.into());
            }
            let (password, mut change) = props.change()?;
            if let Some(password) = password {
                change.password_hash = Some(in_turn(app, move || passwords::hash(&password)).await?);
            }
            let user = app.store().modify_user(&may, &email, &change, now()).await?;
            Ok(ModifyUser { user: Some(User::one(user)), ..ModifyUser::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_user(&self, ctx: &Context<'_>, email: String) -> Option<Result<DeleteUser>> {
        answered("delete_user", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().delete_user(&may, &email, now()).await?;
            Ok(DeleteUser::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn purge_user(
        &self,
        ctx: &Context<'_>,
        email: String,
        #[graphql(name = "props")] _props: PurgeUserInput,
    ) -> Option<Result<PurgeUser>> {
        answered("purge_user", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().purge_user(&may, &email).await?;
            Ok(PurgeUser::default())
        })
        .await
    }
}

impl UserInput {
    /// The account, and the projects to join. Without words on them: a user, active.
    fn user(&self, email: &str) -> Result<(UserRow, Vec<GroupId>), Stop> {
        naming::email(email)?;
        naming::password(&self.password)?;
        let username = if self.username.is_empty() { email } else { &self.username };
        texts(Some(username), self.full_name.as_deref(), self.description.as_deref())?;
        let status = input::status(self.status.as_deref(), self.is_active)?.unwrap_or(UserStatus::Active);
        let groups = input::ids(self.group_ids.clone())?.unwrap_or_default();
        let at = now();
        let user = UserRow {
            id: UserId::random(),
            username: username.to_owned(),
            email: email.to_owned(),
            full_name: self.full_name.clone().unwrap_or_default(),
            description: self.description.clone().unwrap_or_default(),
            status,
            status_info: None,
            need_password_change: self.need_password_change,
            role: input::role(self.role.as_deref())?.unwrap_or(Role::User),
            domain: DomainName::from(self.domain_name.as_str()),
            created_at: at,
            modified_at: at,
        };
        Ok((user, groups.into_iter().map(GroupId).collect()))
    }
}

impl ModifyUserInput {
    fn is_empty(&self) -> bool {
        let texts = [&self.username, &self.password, &self.full_name, &self.description];
        let values = [&self.status, &self.domain_name, &self.role];
        texts.iter().chain(&values).all(|text| text.is_none())
            && self.need_password_change.is_none()
            && self.is_active.is_none()
            && self.group_ids.as_ref().is_none_or(Vec::is_empty)
    }

    /// The new password in clear, and everything else.
    fn change(self) -> Result<(Option<SecretString>, UserChange), Stop> {
        texts(self.username.as_deref(), self.full_name.as_deref(), self.description.as_deref())?;
        if let Some(password) = &self.password {
            naming::password(password)?;
        }
        let groups = input::ids(self.group_ids)?;
        let change = UserChange {
            status: input::status(self.status.as_deref(), self.is_active)?,
            role: input::role(self.role.as_deref())?,
            username: self.username,
            password_hash: None,
            need_password_change: self.need_password_change,
            full_name: self.full_name,
            description: self.description,
            domain: self.domain_name.map(DomainName),
            groups: groups.map(|groups| groups.into_iter().map(GroupId).collect()),
        };
        Ok((self.password.map(SecretString::from), change))
    }
}

fn texts(username: Option<&str>, full_name: Option<&str>, description: Option<&str>) -> Result<(), Stop> {
    if let Some(username) = username {
        naming::line("username", username, NAME_LENGTH)?;
    }
    input::short("full_name", full_name)?;
    input::description(description)
}
