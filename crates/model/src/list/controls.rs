//! What a caller may do with a row of the list, by the same rules that the server enforces when it is
//! done. The command line and the console draw their controls from here.

use std::fmt;

use crate::access::{Caller, Destroy, Extend, Inspect, KeyOwner, Operation, Rename, Restart, act_for};
use crate::status::Status;

/// A control of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Control {
    /// Open its terminal: its owner alone.
    Terminal,
    /// Read its log.
    Logs,
    /// Give it another name.
    Rename,
    /// Replace its processes.
    Restart,
    /// Push out its end.
    Extend,
    /// End it in the orderly way.
    Terminate,
    /// End it at once.
    ForceTerminate,
}

impl Control {
    /// All, in the order of a row.
    pub const ALL: [Self; 7] =
        [Self::Terminal, Self::Logs, Self::Rename, Self::Restart, Self::Extend, Self::Terminate, Self::ForceTerminate];

    /// The word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Logs => "logs",
            Self::Rename => "rename",
            Self::Restart => "restart",
            Self::Extend => "extend",
            Self::Terminate => "terminate",
            Self::ForceTerminate => "force-terminate",
        }
    }

    /// Whether it makes sense in this status (`session-lifecycle.md` §5, `rest.md` §3.3).
    #[must_use]
    pub fn fits(self, status: Status) -> bool {
        use Status::{Building, Pending, Preparing, Resizing, Restarting, Running, Scheduled, Suspended};
        match self {
            Self::Logs => true,
            Self::Terminal | Self::Rename | Self::Extend => status == Running,
            Self::Restart => matches!(status, Running | Restarting),
            Self::Terminate => matches!(status, Pending | Running | Restarting | Building | Resizing | Suspended),
            Self::ForceTerminate => {
                matches!(status, Scheduled | Preparing | Status::Terminating | Status::Error)
            }
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn may<O: Operation>(caller: &Caller, owner: &KeyOwner) -> bool {
    act_for::<O>(caller, owner.clone()).is_ok()
}

/// What `caller` may do with a session of this owner in this status. Where the owner's key is no longer
/// active, only what sees to its sessions; nothing where there is no such key.
#[must_use]
pub fn controls(caller: &Caller, owner: Option<&KeyOwner>, status: Status) -> Vec<Control> {
    let Some(owner) = owner else { return Vec::new() };
    let allowed = |control: Control| match control {
        Control::Terminal => owner.active && owner.user_id == caller.identity().user_id,
        Control::Logs => may::<Inspect>(caller, owner),
        Control::Rename => may::<Rename>(caller, owner),
        Control::Restart => may::<Restart>(caller, owner),
        Control::Extend => may::<Extend>(caller, owner),
        Control::Terminate => may::<Destroy>(caller, owner),
        Control::ForceTerminate => may::<Destroy>(caller, owner) && caller.is_rest_admin(),
    };
    Control::ALL.into_iter().filter(|control| control.fits(status) && allowed(*control)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Identity;
    use crate::ids::{AccessKey, DomainName, UserId};
    use crate::role::Role;

    fn caller(role: Role) -> Caller {
        Caller::authenticated(Identity {
            user_id: UserId(uuid::Uuid::nil()),
            email: "me@example.com".to_owned(),
            role,
            domain: DomainName::from("mine"),
            access_key: AccessKey::from("OWN"),
            key_is_admin: role.is_administrative(),
            resource_policy: "default".to_owned(),
        })
    }

    fn owner(key: &str, role: Role, domain: &str, person: u128) -> KeyOwner {
        KeyOwner {
            access_key: AccessKey::from(key),
            user_id: UserId(uuid::Uuid::from_u128(person)),
            role,
            domain: DomainName::from(domain),
            resource_policy: "default".to_owned(),
            active: true,
        }
    }

    fn told(role: Role, owner: Option<&KeyOwner>, status: Status) -> String {
        controls(&caller(role), owner, status).iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn controls_follow_role_owner_and_status() {
        let own = owner("OWN", Role::User, "mine", 0);
        let near = owner("NEAR", Role::User, "mine", 1);
        let above = owner("ROOT", Role::Superadmin, "mine", 2);
        let far = owner("FAR", Role::User, "theirs", 3);
        let all = "terminal logs rename restart extend terminate";
        assert_eq!(told(Role::User, Some(&own), Status::Running), all);
        assert_eq!(told(Role::User, Some(&near), Status::Running), "");
        assert_eq!(told(Role::Admin, Some(&near), Status::Running), "logs rename restart extend terminate");
        assert_eq!(told(Role::Admin, Some(&above), Status::Running), "");
        assert_eq!(told(Role::Admin, Some(&far), Status::Running), "");
        assert_eq!(told(Role::Superadmin, Some(&far), Status::Running), "logs rename restart extend terminate");
        assert_eq!(told(Role::User, Some(&own), Status::Pending), "logs terminate");
        assert_eq!(told(Role::User, Some(&own), Status::Terminated), "logs");
        assert_eq!(told(Role::User, Some(&own), Status::Pulling), "logs");
        assert_eq!(told(Role::User, Some(&own), Status::Error), "logs");
        assert_eq!(told(Role::Admin, Some(&near), Status::Error), "logs force-terminate");
        assert_eq!(told(Role::User, None, Status::Running), "");
        let off = |owner: &KeyOwner| KeyOwner { active: false, ..owner.clone() };
        assert_eq!(told(Role::Admin, Some(&off(&near)), Status::Running), "logs terminate");
        assert_eq!(told(Role::User, Some(&off(&owner("SECOND", Role::User, "mine", 0))), Status::Running), "");
    }
}
