//! What people may do to what is their own, their project's or their domain's.

use rollcall_model::Timestamp;
use rollcall_model::access::{Denied, act_for_found};
use rollcall_model::account::Domain;
use rollcall_model::ids::{AccessKey, DomainName, UserId};
use rollcall_model::logins::{CameWith, KeyLogin, SeeLogins};
use rollcall_model::own::{
    ChangeTemplates, Configure, MakeTemplates, OwnAccount, SeeErrorLogs, SeeTemplates, Shelf, key_dotfiles,
    own_dotfiles, read_domain_dotfiles, read_group_dotfiles, write_domain_dotfiles, write_group_dotfiles,
};
use rollcall_model::resources::UsageScope;
use rollcall_model::role::Role;
use rollcall_model::slots::Slots;
use uuid::Uuid;

use crate::accounts::{DOMAINS, PROJECTS, Project, group};
use crate::table::{Section, cell};
use crate::world::{Me, OWN_PROJECT, TARGETS, Target};

/// The account, files, error logs, templates.
pub(crate) fn sections() -> Vec<Section> {
    [account(), files(), logs(), templates(), logins()].concat()
}

fn logins() -> Vec<Section> {
    let words = "See one's own logins and end them (`/v1/logins`).";
    let all = "See and end the logins of everybody in reach (`/v1/logins/all`).";
    let of_key = |came_with| {
        move |me: &Me, target: Target| {
            let login = KeyLogin::of(&me.caller, came_with);
            cell(login, |login| {
                target.exists && login.access_key().as_str() == target.key && login.user() == id(target)
            })
        }
    };
    let by_key = "POST `/v1/logins`, signed: a token that acts as the key.";
    let by_token = "The same with the token of a login: it prolongs nothing.";
    vec![
        Section::new("make a login with a key", &["of"], by_key, &TARGETS, of_key(CameWith::Signature)),
        Section::new("make a login with a login", &[], by_token, &TARGETS, of_key(CameWith::Token)),
        Section::new("own logins", &["SeeLogins::own"], words, &TARGETS, |me, target| {
            yes(SeeLogins::own(&me.caller).user() == Some(id(target)) && target.exists)
        }),
        Section::new("logins of others", &["all"], all, &TARGETS, |me, target| {
            cell(SeeLogins::all(&me.caller), |may| {
                let inside =
                    |domain: &DomainName| domain.as_str() == target.domain && target.role != Some(Role::Superadmin);
                target.exists && may.domain().is_none_or(inside)
            })
        }),
    ]
}

fn yes(admitted: bool) -> String {
    cell(Ok(()), |()| admitted)
}

fn id(target: Target) -> UserId {
    UserId(Uuid::from_u128(target.id))
}

fn account() -> Vec<Section> {
    vec![
        Section::new(
            "see one's own use over a month",
            &["UsageScope::own"],
            "`/resource/stats/user/month`.",
            &TARGETS,
            |me, target| yes(target.exists && UsageScope::own(&me.caller).user() == Some(id(target))),
        ),
        Section::new(
            "change the account",
            &["OwnAccount::of"],
            "`/auth/update-password`, `update-full-name`, `signout`.",
            &TARGETS,
            |me, target| yes(target.exists && OwnAccount::of(&me.caller).user() == id(target)),
        ),
        Section::new(
            "read and set preferences",
            &[],
            "`/v1/preferences`; of all keys of the person.",
            &TARGETS,
            |me, target| yes(target.exists && OwnAccount::of(&me.caller).user() == id(target)),
        ),
        Section::new("read and replace the SSH key", &[], "`/auth/ssh-keypair`.", &TARGETS, |me, target| {
            yes(target.exists && OwnAccount::of(&me.caller).access_key().as_str() == target.key)
        }),
    ]
}

fn files() -> Vec<Section> {
    let found = |project: Project| project.0.map(|domain| group(project.1, domain));
    vec![
        Section::new(
            "read and change the files of a key",
            &["key_dotfiles"],
            "`/user-config/dotfiles` with `owner_access_key`.",
            &TARGETS,
            |me, target| {
                cell(act_for_found::<Configure>(&me.caller, me.owner(target)), |permit| {
                    let right = key_dotfiles(&permit);
                    *right.shelf() == Shelf::Key(AccessKey::from(target.key))
                        && right.reading().shelf() == right.shelf()
                })
            },
        ),
        Section::new(
            "read and change the script of a key",
            &["own_dotfiles"],
            "`/user-config/bootstrap-script`.",
            &TARGETS,
            |me, target| yes(*own_dotfiles(&me.caller).shelf() == Shelf::Key(AccessKey::from(target.key))),
        ),
        Section::new(
            "read the files of a project",
            &["read_group_dotfiles"],
            "GET `/group-config/dotfiles`.",
            &PROJECTS,
            move |me, project| {
                yes(found(project).is_some_and(|group| read_group_dotfiles(&me.caller, &group, project.2).is_some()))
            },
        ),
        Section::new(
            "change the files of a project",
            &["write_group_dotfiles"],
            "POST, PATCH and DELETE `/group-config/dotfiles`.",
            &PROJECTS,
            move |me, project| {
                yes(found(project).is_some_and(|group| write_group_dotfiles(&me.caller, &group).is_some()))
            },
        ),
        Section::new(
            "read the files of a domain",
            &["read_domain_dotfiles"],
            "GET `/domain-config/dotfiles`.",
            &DOMAINS,
            |me, (name, exists)| yes(exists && read_domain_dotfiles(&me.caller, &domain(name)).is_some()),
        ),
        Section::new(
            "change the files of a domain",
            &["write_domain_dotfiles"],
            "POST, PATCH and DELETE `/domain-config/dotfiles`.",
            &DOMAINS,
            |me, (name, exists)| yes(exists && write_domain_dotfiles(&me.caller, &domain(name)).is_some()),
        ),
    ]
}

fn logs() -> Vec<Section> {
    vec![Section::new(
        "read, mark and clear entries of the error log",
        &["SeeErrorLogs::of"],
        "`/logs/error`; who sees their own alone sees those that are not cleared.",
        &TARGETS,
        |me, target| {
            let see = SeeErrorLogs::of(&me.caller);
            assert_eq!(see.shows_cleared(), see.user().is_none());
            let in_domain = see.domain().is_none_or(|domain| domain.as_str() == target.domain);
            yes(target.exists && in_domain && see.user().is_none_or(|user| user == id(target)))
        },
    )]
}

fn templates() -> Vec<Section> {
    vec![
        Section::new(
            "see and use templates",
            &["SeeTemplates::of"],
            "GET `/template/…` and `/session/_/create-from-template`; whose template it is, made in their project.",
            &TARGETS,
            |me, target| {
                let see = SeeTemplates::of(&me.caller);
                let in_domain = see.domain().is_none_or(|domain| domain.as_str() == target.domain);
                let joined = target.project == OWN_PROJECT;
                yes(target.exists && in_domain && see.person().is_none_or(|person| person == id(target) || joined))
            },
        ),
        Section::new(
            "change and remove templates",
            &["ChangeTemplates::of"],
            "PUT and DELETE `/template/…`; whose template it is.",
            &TARGETS,
            |me, target| {
                let may = ChangeTemplates::of(&me.caller);
                let own = may.own() == id(target);
                let in_domain = may.domain().is_none_or(|domain| domain.as_str() == target.domain);
                let a_superadmins = target.role == Some(Role::Superadmin);
                let another = may.others() && (may.domain().is_none() || !a_superadmins);
                yes(target.exists && in_domain && (own || another))
            },
        ),
        Section::new(
            "make templates for a key's owner",
            &["MakeTemplates::of"],
            "POST `/template/…` with `owner_access_key`, in a project of that person.",
            &TARGETS,
            |me, target| {
                let permit = act_for_found::<Configure>(&me.caller, me.owner(target));
                let group = group(target.project, target.domain);
                cell(permit, |permit| {
                    let made = MakeTemplates::of(&me.caller, &permit, &group, true);
                    made.is_some_and(|made| made.user() == id(target) && made.group() == target.project)
                })
            },
        ),
        Section::new(
            "make templates in a project",
            &[],
            "POST `/template/…` for oneself.",
            &PROJECTS,
            |me, (domain, project, joined)| {
                let permit = act_for_found::<Configure>(&me.caller, me.owner(TARGETS[0].1));
                let made = |domain: &str| {
                    let group = group(project, domain);
                    let made = MakeTemplates::of(&me.caller, permit.as_ref().map_err(Denied::clone)?, &group, joined);
                    Ok(made.is_some_and(|made| made.domain().as_str() == domain))
                };
                cell(domain.map_or(Ok(false), made), |made| made)
            },
        ),
    ]
}

fn domain(name: &str) -> Domain {
    Domain {
        name: DomainName::from(name),
        description: None,
        is_active: true,
        total_resource_slots: Slots::default(),
        allowed_vfolder_hosts: Vec::new(),
        allowed_registries: Vec::new(),
        integration_id: None,
        created_at: Timestamp::default(),
        modified_at: Timestamp::default(),
    }
}
