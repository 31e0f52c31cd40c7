//! Who joins and who leaves a project. Everybody is looked up before anything is done.

use rollcall_client::admin::{Admin, Group, Members, User};
use rollcall_model::ids::UserId;

use crate::cli::admin::answer::listed;
use crate::cli::admin::{missing, refused};
use crate::cli::failure::Failure;
use crate::cli::text::clean;
use crate::out;

/// Those who come and those who go.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    come: Vec<User>,
    go: Vec<User>,
}

/// Looks everybody up. Who is a member already does not join again, and who is none cannot leave.
pub(super) async fn find(admin: Admin<'_>, group: &Group, come: &[String], go: &[String]) -> Result<Wanted, Failure> {
    let is_member = |user: &User| user.groups.iter().any(|joined| joined.id == group.id);
    let come = people(admin, come).await?;
    if let Some(far) = come.iter().find(|user| user.domain_name != group.domain_name) {
        let domain = |name: &Option<String>| clean(name.as_deref().unwrap_or("-"));
        return Err(Failure::new(format!(
            "{} is of domain {}, group {} of {}",
            clean(&far.email),
            domain(&far.domain_name),
            clean(&group.name),
            domain(&group.domain_name)
        ))
        .next("Nothing was done. Only people of the group's own domain can join it."));
    }
    let (came, come): (Vec<User>, _) = come.into_iter().partition(is_member);
    let (go, gone): (_, Vec<User>) = people(admin, go).await?.into_iter().partition(is_member);
    let noted = |people: &Vec<User>, words: &str| {
        for user in people {
            out::note(format_args!("{} {words}", clean(&user.email)));
        }
    };
    noted(&came, "is in it already");
    noted(&gone, "is not in it");
    Ok(Wanted { come, go })
}

async fn people(admin: Admin<'_>, emails: &[String]) -> Result<Vec<User>, Failure> {
    let mut people: Vec<User> = Vec::new();
    for email in emails {
        let user = admin.user(email).await.map_err(refused)?.ok_or_else(|| missing("user", email))?;
        if people.iter().all(|known| known.id != user.id) {
            people.push(user);
        }
    }
    Ok(people)
}

/// Lets them come and go, and adds what was done to `done`.
pub(super) async fn change(
    admin: Admin<'_>,
    group: &Group,
    wanted: &Wanted,
    done: &mut Vec<String>,
) -> Result<(), Failure> {
    let names = |people: &[User]| listed(people.iter().map(|user| user.email.as_str()));
    let (come, go) = (names(&wanted.come), names(&wanted.go));
    let shown = clean(&group.name);
    if !wanted.come.is_empty() {
        if let Err(error) = admin.change_members(group.id, Members::Add(&ids(&wanted.come))).await {
            let mut left = vec![format!("{come} did not join {shown}")];
            if !wanted.go.is_empty() {
                left.push(format!("{go} did not leave it"));
            }
            return Err(refused(error).midway(done, &left));
        }
        done.push(format!("{come} joined {shown}"));
    }
    if !wanted.go.is_empty() {
        if let Err(error) = admin.change_members(group.id, Members::Remove(&ids(&wanted.go))).await {
            return Err(refused(error).midway(done, &[format!("{go} did not leave {shown}")]));
        }
        done.push(format!("{go} left {shown}"));
    }
    if done.is_empty() {
        done.push(format!("group {shown} is as it was"));
    }
    Ok(())
}

fn ids(people: &[User]) -> Vec<UserId> {
    people.iter().map(|user| user.id).collect()
}
