//! `/resource/presets` and `/resource/check-presets`: what could be started now (`rest.md` §7).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_model::access::Caller;
use rollcall_model::account::Group;
use rollcall_model::known_slots::KnownSlots;
use rollcall_model::quota::Quota;
use rollcall_model::resources::{OwnShare, own_share};
use rollcall_model::slots::Slots;
use rollcall_store::Occupancy;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::resources::{
    CheckPresetsAnswer, CheckPresetsRequest, Figures, PresetItem, PresetsAnswer, ScalingGroupUse,
};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.on(Access::Signed, Guard::Always, Method::GET, "/resource/presets", list).on(
        Access::Signed,
        Guard::Reads,
        Method::POST,
        "/resource/check-presets",
        check,
    )
}

/// GET `/resource/presets`: for everybody.
pub(crate) async fn list(State(app): State<App>, _signed: Signed) -> Result<Json<PresetsAnswer>, ApiError> {
    let known = known_slots(&app).await?;
    let presets = app.store().presets().await?;
    Ok(Json(PresetsAnswer { presets: presets.iter().map(|preset| PresetItem::of(preset, &known)).collect() }))
}

/// POST `/resource/check-presets`: limits, use and rest of the caller's own key, in one project.
pub(crate) async fn check(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Json<CheckPresetsAnswer>, ApiError> {
    let CheckPresetsRequest { scaling_group, group } = CheckPresetsRequest::of(input.parameters)?;
    let (share, group) = share(&app, &caller, &group).await?;
    let resource_groups = resource_groups(&app, &share, scaling_group).await?;
    let known = known_slots(&app).await?;
    let used = app.store().occupancy(&share).await?;
    let quotas = Quotas::of(&app, &share, &group, &known, &used).await?;
    let spare = app.store().spare_slots(&share, &resource_groups).await?;
    let presets = app.store().presets().await?;
    let presets = presets.iter().map(|preset| {
        let item = PresetItem::of(preset, &known);
        let fits = item.resource_slots.fits_into(&quotas.key_rest)
            && spare.iter().any(|(_, spare)| item.resource_slots.fits_into(spare));
        PresetItem { allocatable: Some(fits), ..item }
    });
    Ok(Json(CheckPresetsAnswer {
        scaling_group_remaining: sum(&known, spare.iter().map(|(_, spare)| spare)),
        scaling_groups: by_group(&resource_groups, &known, &used, &spare),
        presets: presets.collect(),
        keypair_limits: quotas.key_limits,
        keypair_using: known.of(&used.key),
        keypair_remaining: quotas.key_rest,
        group_limits: quotas.group_limits,
        group_using: quotas.group_used,
        group_remaining: quotas.group_rest,
    }))
}

/// Every slot there is.
pub(crate) async fn known_slots(app: &App) -> Result<KnownSlots, ApiError> {
    Ok(KnownSlots(app.store().slot_units().await?.into_keys().collect()))
}

async fn share(app: &App, caller: &Caller, name: &str) -> Result<(OwnShare, Group), ApiError> {
    let none = || ApiError::msg(ProblemType::InvalidApiParams, "Unknown user group");
    let group = app.store().group_by_name(caller.domain(), name).await?.ok_or_else(none)?;
    let member = app.store().is_member(group.id, caller.identity().user_id).await?;
    let share = own_share(caller, &group, member).map_err(|_| none())?;
    Ok((share, group))
}

/// The allowed resource groups, or the one asked for.
async fn resource_groups(app: &App, share: &OwnShare, asked: Option<String>) -> Result<Vec<String>, ApiError> {
    let owner = share.owner();
    let allowed = app.store().resource_groups_for(&owner.domain, share.group(), &owner.access_key).await?;
    let names: Vec<String> = allowed.into_iter().map(|group| group.name).collect();
    match asked {
        None => Ok(names),
        Some(name) if names.contains(&name) => Ok(vec![name]),
        Some(_) => Err(ApiError::msg(ProblemType::InvalidApiParams, "Unknown scaling group")),
    }
}

/// Limits and what they leave.
struct Quotas {
    key_limits: Slots,
    key_rest: Slots,
    group_limits: Figures,
    group_used: Figures,
    group_rest: Figures,
}

impl Quotas {
    async fn of(
        app: &App,
        share: &OwnShare,
        group: &Group,
        known: &KnownSlots,
        used: &Occupancy,
    ) -> Result<Self, ApiError> {
        let policy = app.store().policy(&share.owner().resource_policy).await?;
        let policy = policy.ok_or(ApiError::Internal("the policy of the signing key is gone"))?;
        let domain = app.store().domain(&share.owner().domain).await?;
        let domain = domain.map(|domain| domain.total_resource_slots).unwrap_or_default();
        let key_limits = known.limits(&Quota::of_policy(&policy));
        let group_limits = known.limits(&Quota::of_total(group.total_resource_slots.clone()));
        let group_rest = known.rest(&group_limits, &used.group);
        let domain_rest = known.rest(&known.limits(&Quota::of_total(domain)), &used.domain);
        let key_rest = known.rest(&key_limits, &used.key);
        let key_rest = known.least(&known.least(&key_rest, &group_rest), &domain_rest);
        let group_rest = known.least(&group_rest, &key_rest);
        let shown = |slots: Slots| match app.settings().group_resource_visibility {
            true => Figures::Shown(slots),
            false => Figures::Hidden(known.clone()),
        };
        Ok(Self {
            key_limits,
            key_rest,
            group_limits: shown(group_limits),
            group_used: shown(known.of(&used.group)),
            group_rest: shown(group_rest),
        })
    }
}

fn by_group(
    names: &[String],
    known: &KnownSlots,
    used: &Occupancy,
    spare: &[(String, Slots)],
) -> BTreeMap<String, ScalingGroupUse> {
    let one = |name: &String| {
        let own = used.key_by_resource_group.get(name).cloned().unwrap_or_default();
        let there = spare.iter().filter(|(group, _)| group == name).map(|(_, spare)| spare);
        (name.clone(), ScalingGroupUse { using: known.of(&own), remaining: sum(known, there) })
    };
    names.iter().map(one).collect()
}

fn sum<'a>(known: &KnownSlots, all: impl Iterator<Item = &'a Slots>) -> Slots {
    // Machines have far less than would overflow; one that says otherwise is left out.
    known.of(&all.fold(Slots::default(), |sum, one| sum.add(one).unwrap_or(sum)))
}
