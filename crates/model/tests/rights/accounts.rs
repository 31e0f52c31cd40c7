//! What may be read and changed of people and what belongs to them.

use rollcall_model::Timestamp;
use rollcall_model::access::see_agents;
use rollcall_model::account::Group;
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::manage::{manage, manage_groups, rescan_images};
use rollcall_model::resources::{UsageScope, own_share, superintend};
use rollcall_model::see::{
    SeeGroups, see_account, see_domain, see_group, see_groups, see_images, see_keypairs, see_policies, see_privileged,
    see_secret, see_user_by_id, see_users,
};
use rollcall_model::slots::Slots;
use uuid::Uuid;

use crate::table::{Section, cell};
use crate::world::{FAR_PROJECT, Me, OTHER_PROJECT, OWN_PROJECT, TARGETS, Target};

/// A project: its domain (`None` if there is none), its id, and whether the caller has joined.
pub(crate) type Project = (Option<&'static str>, GroupId, bool);

pub(crate) const PROJECTS: [(&str, Project); 4] = [
    ("joined", (Some("mine"), OWN_PROJECT, true)),
    ("same domain", (Some("mine"), OTHER_PROJECT, false)),
    ("other domain", (Some("theirs"), FAR_PROJECT, false)),
    ("unknown", (None, GroupId(Uuid::from_u128(9)), false)),
];

pub(crate) const DOMAINS: [(&str, (&str, bool)); 3] =
    [("own", ("mine", true)), ("other domain", ("theirs", true)), ("unknown", ("nowhere", false))];

/// Keys: whose, and whether they have the admin flag.
const SECRETS: [(&str, (u128, bool)); 3] =
    [("own plain key", (1, false)), ("own administrative key", (1, true)), ("somebody else's", (2, false))];

/// Where all are alike.
const ANY: [(&str, ()); 1] = [("any", ())];

/// People, projects and domains, then what is the same whatever the target.
pub(crate) fn sections() -> Vec<Section> {
    [people(), projects(), everything()].concat()
}

fn people() -> Vec<Section> {
    let in_domain = |domain: Option<&DomainName>, target: Target| {
        target.exists && domain.is_none_or(|only| only.as_str() == target.domain)
    };
    vec![
        Section::new("look up a key", &["see_account"], "`keypair(access_key)`.", &TARGETS, move |me, target| {
            cell(see_account(&me.caller, None, Some(target.key), me.caller.access_key().as_str()), |see| {
                in_domain(see.domain(), target)
            })
        }),
        Section::new("look up a person", &["see_account"], "`user(email)`.", &TARGETS, move |me, target| {
            cell(see_account(&me.caller, None, Some(target.email), &me.caller.identity().email), |see| {
                in_domain(see.domain(), target)
            })
        }),
        Section::new(
            "look up a person by id",
            &["see_user_by_id"],
            "`user_from_uuid(user_id)`.",
            &TARGETS,
            move |me, target| {
                cell(see_user_by_id(&me.caller, None, Some(UserId(Uuid::from_u128(target.id)))), |see| {
                    in_domain(see.domain(), target)
                })
            },
        ),
        Section::new("list people", &["see_users"], "`users`, `user_list`.", &TARGETS, move |me, target| {
            cell(see_users(&me.caller, None), |see| in_domain(see.domain(), target))
        }),
        Section::new("list keys", &["see_keypairs"], "`keypairs`, `keypair_list`.", &TARGETS, move |me, target| {
            cell(see_keypairs(&me.caller, None, None), |see| {
                in_domain(see.domain(), target) && see.email().is_none_or(|email| email == target.email)
            })
        }),
        Section::new(
            "list keys of a person",
            &["see_keypairs"],
            "The same with `email`.",
            &TARGETS,
            move |me, target| {
                cell(see_keypairs(&me.caller, None, Some(target.email)), |see| in_domain(see.domain(), target))
            },
        ),
        Section::new(
            "read the secret half of a key",
            &["see_secret"],
            "`secret_key` of a keypair; a refusal is told as null.",
            &SECRETS,
            |me, (person, flag)| cell(see_secret(&me.caller, UserId(Uuid::from_u128(person)), flag), |_| true),
        ),
        Section::new("list people of a domain", &["see_users"], "With `domain_name`.", &DOMAINS, |me, target| {
            cell(see_users(&me.caller, Some(target.0)), |_| target.1)
        }),
        Section::new("list keys of a domain", &["see_keypairs"], "With `domain_name`.", &DOMAINS, |me, target| {
            cell(see_keypairs(&me.caller, Some(target.0), None), |_| target.1)
        }),
        Section::new("look up a domain", &["see_domain"], "`domain(name)`.", &DOMAINS, |me, target| {
            cell(see_domain(&me.caller, Some(target.0)), |_| target.1)
        }),
    ]
}

fn projects() -> Vec<Section> {
    let shown = |me: &Me, see: &SeeGroups, (domain, _, joined): Project| {
        let member = see.member().is_none_or(|member| member == me.caller.identity().user_id && joined);
        domain.is_some_and(|domain| member && see.domain().is_none_or(|only| only.as_str() == domain))
    };
    vec![
        Section::new(
            "look up a project",
            &["see_group"],
            "`group(id)`, `groups_by_name(name)`, without a domain.",
            &PROJECTS,
            move |me, target| cell(see_group(&me.caller, None), |see| shown(me, &see, target)),
        ),
        Section::new(
            "look up a project of a domain",
            &["see_group"],
            "The same with `domain_name`.",
            &PROJECTS,
            move |me, target| {
                cell(see_group(&me.caller, Some(target.0.unwrap_or("nowhere"))), |see| shown(me, &see, target))
            },
        ),
        Section::new("list projects", &["see_groups"], "`groups`.", &PROJECTS, move |me, target| {
            cell(see_groups(&me.caller, None), |see| shown(me, &see, target))
        }),
        Section::new(
            "one's own share of a project",
            &["own_share"],
            "`check-presets`. A refusal is answered as an unknown project is.",
            &PROJECTS,
            |me, (domain, id, joined)| match domain.map(|domain| group(id, domain)) {
                Some(group) if own_share(&me.caller, &group, joined).is_ok() => "yes".to_owned(),
                _ => "-".to_owned(),
            },
        ),
        Section::new(
            "change projects",
            &["manage_groups"],
            "`create_group`, `modify_group`, `delete_group`, `purge_group`. One that came from another domain with \
             sessions is purged by superadmins alone.",
            &PROJECTS,
            |me, target| {
                cell(manage_groups(&me.caller), |may| {
                    target.0.is_some_and(|domain| may.admits(&DomainName::from(domain)))
                })
            },
        ),
    ]
}

pub(crate) fn group(id: GroupId, domain: &str) -> Group {
    Group {
        id,
        name: "project".to_owned(),
        description: None,
        is_active: true,
        domain: DomainName::from(domain),
        total_resource_slots: Slots::default(),
        allowed_vfolder_hosts: Vec::new(),
        integration_id: None,
        created_at: Timestamp::default(),
        modified_at: Timestamp::default(),
    }
}

fn everything() -> Vec<Section> {
    vec![
        Section::new(
            "change people, keys, domains, policies, presets, resource groups, agents",
            &["manage"],
            "All other mutations.",
            &ANY,
            |me, ()| cell(manage(&me.caller), |_| true),
        ),
        Section::new(
            "direct the server",
            &["superintend"],
            "Its status, configuration, scheduler and usage reports.",
            &ANY,
            |me, ()| cell(superintend(&me.caller), |_| true),
        ),
        Section::new(
            "sum up the use of a month",
            &[],
            "`/resource/stats/user/month`. Everybody's together is part of directing the server.",
            &TARGETS,
            |me, target| {
                let own = UsageScope::own(&me.caller).user() == Some(UserId(Uuid::from_u128(target.id)));
                cell(Ok(()), |()| target.exists && own)
            },
        ),
        Section::new("look for images again", &["rescan_images"], "`rescan_images`.", &ANY, |me, ()| {
            cell(rescan_images(&me.caller), |_| true)
        }),
        Section::new("see images", &["see_images"], "`images`, `image`.", &DOMAINS, |me, target| {
            cell(see_images(&me.caller), |only| target.1 && only.is_none_or(|only| only.as_str() == target.0))
        }),
        Section::new("see policies", &["see_policies"], "`keypair_resource_policies`.", &TARGETS, |me, target| {
            cell(see_policies(&me.caller), |see| {
                target.exists && see.holder().is_none_or(|holder| holder == UserId(Uuid::from_u128(target.id)))
            })
        }),
        Section::new("see agents", &["see_agents"], "`agent`, `agents`, `agent_list`.", &ANY, |me, ()| {
            cell(see_agents(&me.caller), |_| true)
        }),
        Section::new(
            "see what superadmins alone see",
            &["see_privileged"],
            "All domains, resource groups, storage.",
            &ANY,
            |me, ()| cell(see_privileged(&me.caller), |_| true),
        ),
    ]
}
