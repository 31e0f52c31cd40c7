//! `/user-config`, `/group-config` and `/domain-config`: files for the homes of sessions, and a
//! key's bootstrap script (`rest.md` §8).

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_model::access::Caller;
use rollcall_model::account::{Domain, Group};
use rollcall_model::dotfile;
use rollcall_model::ids::{DomainName, GroupId};
use rollcall_model::own::{self, Configure, ReadDotfiles, WriteDotfiles};
use rollcall_store::Shelved;
use rollcall_wire::dotfiles::{DotfileChoice, DotfileRequest, ShelfRequest, bootstrap_script, listed, single};
use rollcall_wire::problem::ProblemType;
use serde_json::{Value, json};
use uuid::Uuid;

use super::owner::permit;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

const USER: &str = "/user-config/dotfiles";
const GROUP: &str = "/group-config/dotfiles";
const DOMAIN: &str = "/domain-config/dotfiles";
const SCRIPT: &str = "/user-config/bootstrap-script";

/// The routes: what is a project's or a domain's is changed by administrators alone.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::{Admin, Signed};
    use Guard::Reads;
    routes
        .get(Signed, USER, user_show)
        .on(Signed, Reads, Method::POST, USER, user_add)
        .on(Signed, Reads, Method::PATCH, USER, user_change)
        .on(Signed, Reads, Method::DELETE, USER, user_remove)
        .get(Signed, GROUP, group_show)
        .on(Admin, Reads, Method::POST, GROUP, group_add)
        .on(Admin, Reads, Method::PATCH, GROUP, group_change)
        .on(Admin, Reads, Method::DELETE, GROUP, group_remove)
        .get(Signed, DOMAIN, domain_show)
        .on(Admin, Reads, Method::POST, DOMAIN, domain_add)
        .on(Admin, Reads, Method::PATCH, DOMAIN, domain_change)
        .on(Admin, Reads, Method::DELETE, DOMAIN, domain_remove)
        .get(Signed, SCRIPT, script)
        .on(Signed, Reads, Method::POST, SCRIPT, set_script)
}

type Answer = Result<Json<Value>, ApiError>;

async fn user_show(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let right = of_key(&app, &caller, input.owner.as_deref()).await?;
    show(&app, &right.reading(), DotfileChoice::of(input.parameters)?.path).await
}

async fn user_add(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let right = of_key(&app, &caller, input.owner.as_deref()).await?;
    add(&app, &right, DotfileRequest::of(input.parameters)?).await
}

async fn user_change(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let right = of_key(&app, &caller, input.owner.as_deref()).await?;
    change(&app, &right, DotfileRequest::of(input.parameters)?).await
}

async fn user_remove(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let right = of_key(&app, &caller, input.owner.as_deref()).await?;
    remove(&app, &right, &DotfileChoice::one(input.parameters)?.1).await
}

async fn group_show(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let choice = DotfileChoice::of(input.parameters)?;
    let group = group(&app, &caller, &choice.shelf).await?;
    let joined = app.store().is_member(group.id, caller.identity().user_id).await?;
    let right = own::read_group_dotfiles(&caller, &group, joined).ok_or_else(no_group)?;
    show(&app, &right, choice.path).await
}

async fn group_add(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let request = DotfileRequest::of(input.parameters)?;
    add(&app, &of_group(&app, &caller, &request.shelf).await?, request).await
}

async fn group_change(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let request = DotfileRequest::of(input.parameters)?;
    change(&app, &of_group(&app, &caller, &request.shelf).await?, request).await
}

async fn group_remove(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let (shelf, path) = DotfileChoice::one(input.parameters)?;
    remove(&app, &of_group(&app, &caller, &shelf).await?, &path).await
}

async fn domain_show(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let choice = DotfileChoice::of(input.parameters)?;
    let domain = domain(&app, &choice.shelf).await?;
    let right = own::read_domain_dotfiles(&caller, &domain).ok_or_else(no_domain)?;
    show(&app, &right, choice.path).await
}

async fn domain_add(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let request = DotfileRequest::of(input.parameters)?;
    add(&app, &of_domain(&app, &caller, &request.shelf).await?, request).await
}

async fn domain_change(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let request = DotfileRequest::of(input.parameters)?;
    change(&app, &of_domain(&app, &caller, &request.shelf).await?, request).await
}

async fn domain_remove(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let (shelf, path) = DotfileChoice::one(input.parameters)?;
    remove(&app, &of_domain(&app, &caller, &shelf).await?, &path).await
}

/// GET `/user-config/bootstrap-script`: a bare text, one's own.
async fn script(State(app): State<App>, Signed(caller): Signed) -> Result<Json<String>, ApiError> {
    Ok(Json(app.store().bootstrap_script(&own::own_dotfiles(&caller).reading()).await?))
}

/// POST `/user-config/bootstrap-script`.
async fn set_script(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let script = bootstrap_script(input.parameters)?;
    app.store().set_bootstrap_script(&own::own_dotfiles(&caller), &script).await?;
    Ok(Json(json!({})))
}

async fn of_key(app: &App, caller: &Caller, owner: Option<&str>) -> Result<WriteDotfiles, ApiError> {
    Ok(own::key_dotfiles(&permit::<Configure>(app, caller, owner).await?))
}

async fn of_group(app: &App, caller: &Caller, shelf: &ShelfRequest) -> Result<WriteDotfiles, ApiError> {
    own::write_group_dotfiles(caller, &group(app, caller, shelf).await?).ok_or_else(no_group)
}

async fn of_domain(app: &App, caller: &Caller, shelf: &ShelfRequest) -> Result<WriteDotfiles, ApiError> {
    own::write_domain_dotfiles(caller, &domain(app, shelf).await?).ok_or_else(no_domain)
}

/// The project asked for, by id, or by name in the domain given or else in the caller's.
async fn group(app: &App, caller: &Caller, shelf: &ShelfRequest) -> Result<Group, ApiError> {
    let reference = shelf.group.as_deref().ok_or_else(|| required("group"))?;
    let domain = shelf.domain.as_deref();
    let found = match Uuid::parse_str(reference) {
        Ok(id) => app.store().group_by_id(GroupId(id)).await?,
        Err(_) => {
            let domain = domain.map_or_else(|| caller.domain().clone(), DomainName::from);
            app.store().group_by_name(&domain, reference).await?
        }
    };
    found.filter(|group| domain.is_none_or(|domain| group.domain.as_str() == domain)).ok_or_else(no_group)
}

async fn domain(app: &App, shelf: &ShelfRequest) -> Result<Domain, ApiError> {
    let name = shelf.domain.as_deref().ok_or_else(|| required("domain"))?;
    app.store().domain(&DomainName::from(name)).await?.ok_or_else(no_domain)
}

fn required(name: &str) -> ApiError {
    rollcall_wire::parameters::missing(name).into()
}

fn no_group() -> ApiError {
    ApiError::of(ProblemType::GroupNotFound)
}

fn no_domain() -> ApiError {
    ApiError::of(ProblemType::DomainNotFound)
}

async fn show(app: &App, right: &ReadDotfiles, path: Option<String>) -> Answer {
    match path {
        None => Ok(Json(app.store().dotfiles(right).await?.iter().map(listed).collect())),
        Some(path) => {
            let file = app.store().dotfile(right, &path).await?;
            Ok(Json(single(&file.ok_or_else(|| ApiError::of(ProblemType::DotfileNotFound))?)))
        }
    }
}

async fn add(app: &App, right: &WriteDotfiles, request: DotfileRequest) -> Answer {
    dotfile::check_path(&request.file.path)
        .map_err(|reason| ApiError::msg(ProblemType::DotfileCreationFailed, reason.to_string()))?;
    shelved(app.store().add_dotfile(right, &request.file).await?)
}

async fn change(app: &App, right: &WriteDotfiles, request: DotfileRequest) -> Answer {
    shelved(app.store().change_dotfile(right, &request.file).await?)
}

async fn remove(app: &App, right: &WriteDotfiles, path: &str) -> Answer {
    if !app.store().remove_dotfile(right, path).await? {
        return Err(ApiError::of(ProblemType::DotfileNotFound));
    }
    Ok(Json(json!({ "success": true })))
}

fn shelved(outcome: Shelved) -> Answer {
    let full = |text: &str| Err(ApiError::msg(ProblemType::DotfileCreationFailed, text));
    match outcome {
        Shelved::Done => Ok(Json(json!({}))),
        Shelved::Taken => Err(ApiError::of(ProblemType::DotfileAlreadyExists)),
        Shelved::Missing => Err(ApiError::of(ProblemType::DotfileNotFound)),
        Shelved::TooMany => full("Dotfile creation limit reached"),
        Shelved::TooLarge => full("No leftover space for dotfile storage"),
    }
}
