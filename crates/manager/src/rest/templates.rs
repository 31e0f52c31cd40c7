//! `/template/session` and `/template/cluster`: templates of sessions (`rest.md` §10), seen and changed by
//! the stricter rules of `rollcall_model::own`.

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_model::access::{Caller, Permit};
use rollcall_model::account::Group;
use rollcall_model::ids::{DomainName, GroupId, TemplateId, UserId};
use rollcall_model::own::{ChangeTemplates, Configure, MakeTemplates, SeeTemplates};
use rollcall_model::template::{MAX_TEMPLATES, TemplateKind};
use rollcall_model::time;
use rollcall_store::{NewTemplate, Templated};
use rollcall_wire::parameters::Parameters;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::templates::{TemplateItem, TemplateRequest, one};
use serde_json::{Value, json};

use super::owner::permit;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, PathId};
use crate::manager::{App, now};
use crate::routes::{Access, Guard, Routes};

/// The routes of both kinds.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = of_kind(routes, TemplateKind::Task, "/template/session", "/template/session/{id}");
    of_kind(routes, TemplateKind::Cluster, "/template/cluster", "/template/cluster/{id}")
}

type Answer = Result<Json<Value>, ApiError>;

fn of_kind(routes: Routes, kind: TemplateKind, all: &'static str, one: &'static str) -> Routes {
    use Access::Signed as Whoever;
    use Guard::Reads;
    routes
        .on(Whoever, Reads, Method::POST, all, move |State(app): State<App>, Signed(caller): Signed, input: Input| {
            add(kind, app, caller, input)
        })
        .get(Whoever, all, move |State(app): State<App>, Signed(caller): Signed, input: Input| {
            list(kind, app, caller, input)
        })
        .get(Whoever, one, move |State(app): State<App>, Signed(caller): Signed, PathId(id): PathId, input: Input| {
            show(kind, app, caller, id.map(TemplateId), input)
        })
        .on(
            Whoever,
            Reads,
            Method::PUT,
            one,
            move |State(app): State<App>, Signed(caller): Signed, PathId(id): PathId, input: Input| {
                change(kind, app, caller, id.map(TemplateId), input)
            },
        )
        .on(
            Whoever,
            Reads,
            Method::DELETE,
            one,
            move |State(app): State<App>, Signed(caller): Signed, PathId(id): PathId, input: Input| {
                remove(kind, app, caller, id.map(TemplateId), input)
            },
        )
}

async fn add(kind: TemplateKind, app: App, caller: Caller, input: Input) -> Answer {
    let permit = permit::<Configure>(&app, &caller, input.owner.as_deref()).await?;
    let request = TemplateRequest::of(kind, input.parameters)?;
    let domain = request.domain.map_or_else(|| permit.owner().domain.clone(), DomainName);
    let group = app.store().group_by_name(&domain, &request.group).await?;
    let mut made = Vec::with_capacity(request.items.len());
    for item in request.items {
        let right = right(&app, &caller, &permit, &item, group.as_ref()).await?;
        made.push((right, NewTemplate { id: TemplateId::random(), name: item.name, body: item.body }));
    }
    if !app.store().make_templates(kind, &made, now()).await? {
        let msg = format!("You cannot have more than {MAX_TEMPLATES} templates.");
        return Err(ApiError::msg(ProblemType::GenericBadRequest, msg));
    }
    let (right, last) = made.last().ok_or(ApiError::Internal("a payload without templates was taken"))?;
    Ok(Json(json!({ "id": last.id.0.simple().to_string(), "user": right.user().0.simple().to_string() })))
}

/// The right to make one: in the project that it names, or else in the one of the request. Another
/// owner than the key's is refused like a key of theirs.
async fn right(
    app: &App,
    caller: &Caller,
    permit: &Permit<Configure>,
    item: &TemplateItem,
    asked: Option<&Group>,
) -> Result<MakeTemplates, ApiError> {
    let owner = permit.owner().user_id;
    if item.user.is_some_and(|user| UserId(user) != owner) {
        return Err(ApiError::of(ProblemType::GenericForbidden));
    }
    let named = match item.group {
        Some(id) => app.store().group_by_id(GroupId(id)).await?,
        None => asked.cloned(),
    };
    let none = || ApiError::of(ProblemType::GroupNotFound);
    let group = named.ok_or_else(none)?;
    let joined = app.store().is_member(group.id, owner).await?;
    MakeTemplates::of(caller, permit, &group, joined).ok_or_else(none)
}

/// GET of all that the caller may see. `all` makes no difference: whoever may see more sees it.
async fn list(kind: TemplateKind, app: App, caller: Caller, input: Input) -> Answer {
    let mut parameters = input.parameters;
    let group = parameters.uuid(&["group_id", "groupId"]);
    let group = parameters.finish(group)?.map(GroupId);
    let templates = app.store().templates(&SeeTemplates::of(&caller), kind, group).await?;
    Ok(Json(templates.iter().map(|template| listed(kind, &caller, template)).collect()))
}

/// GET of one: unknown ones and those that one may not see are an empty object.
async fn show(kind: TemplateKind, app: App, caller: Caller, id: Option<TemplateId>, input: Input) -> Answer {
    let asked = asked(&app, &caller, input).await?;
    let mut parameters = asked;
    // The answer is JSON for both: it is the body's text that a client shows as one or the other.
    parameters.choice(&["format"], "TemplateFormats", &[("yaml", ()), ("json", ())], ());
    parameters.finish(())?;
    let found = match id {
        Some(id) => app.store().template(&SeeTemplates::of(&caller), kind, id).await?,
        None => None,
    };
    Ok(Json(match (found, kind) {
        (None, _) => json!({}),
        (Some(found), TemplateKind::Cluster) => found.template.body,
        (Some(Templated { template, .. }), TemplateKind::Task) => json!({
            "template": template.body, "name": template.name, "user_uuid": template.user,
            "group_id": template.group, "domain_name": template.domain,
        }),
    }))
}

async fn change(kind: TemplateKind, app: App, caller: Caller, id: Option<TemplateId>, input: Input) -> Answer {
    let item = one(kind, asked(&app, &caller, input).await?)?;
    let id = id.ok_or_else(unknown)?;
    let new = NewTemplate { id, name: item.name, body: item.body };
    done(app.store().change_template(&ChangeTemplates::of(&caller), kind, &new).await?)
}

async fn remove(kind: TemplateKind, app: App, caller: Caller, id: Option<TemplateId>, input: Input) -> Answer {
    asked(&app, &caller, input).await?;
    let id = id.ok_or_else(unknown)?;
    done(app.store().remove_template(&ChangeTemplates::of(&caller), kind, id).await?)
}

/// The parameters of a request whose `owner_access_key`, if any, the caller may act for. What may be
/// seen and changed follows from the caller alone.
async fn asked(app: &App, caller: &Caller, input: Input) -> Result<Parameters, ApiError> {
    permit::<Configure>(app, caller, input.owner.as_deref()).await?;
    Ok(input.parameters)
}

fn listed(kind: TemplateKind, caller: &Caller, row: &Templated) -> Value {
    let Templated { template, email, group_name } = row;
    json!({
        "name": template.name,
        "id": template.id.0.simple().to_string(),
        "created_at": time::print_spaced(template.created_at),
        "is_owner": template.user == caller.identity().user_id,
        "user": template.user,
        "group": template.group,
        "user_email": email,
        "group_name": group_name,
        "domain_name": template.domain,
        "type": kind.as_str(),
        "template": template.body,
    })
}

fn done(changed: bool) -> Answer {
    if changed { Ok(Json(json!({ "success": true }))) } else { Err(unknown()) }
}

fn unknown() -> ApiError {
    ApiError::of(ProblemType::TaskTemplateNotFound)
}
