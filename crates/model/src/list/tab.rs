//! The three tabs of the session list and the statuses each asks for (`graphql.md` §3.2).

use std::fmt;
use std::str::FromStr;

use crate::features::{Feature, Features};
use crate::status::Status;

/// A tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Everything that is on its way, usable, or being ended.
    #[default]
    Running,
    /// Everything that is over.
    Finished,
    /// What failed or hangs in its ending.
    Others,
}

impl Tab {
    /// All three, as shown from left to right.
    pub const ALL: [Self; 3] = [Self::Running, Self::Finished, Self::Others];

    /// The lower-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Others => "others",
        }
    }

    /// The statuses to ask a server for. `SCHEDULED` needs `avoid-hol-blocking`; a server without
    /// `detailed-session-states` takes one name alone, so it is asked for the tab's main status.
    #[must_use]
    pub fn statuses(self, features: &Features) -> Vec<Status> {
        if !features.supports(Feature::DetailedSessionStates) {
            return vec![self.main_status()];
        }
        let keeps_scheduled = features.supports(Feature::AvoidHolBlocking);
        let all = self.all_statuses().iter().copied();
        all.filter(|status| *status != Status::Scheduled || keeps_scheduled).collect()
    }

    /// The tabs in which a session of this status stands.
    #[must_use]
    pub fn of(status: Status) -> Vec<Self> {
        Self::ALL.into_iter().filter(|tab| tab.all_statuses().contains(&status)).collect()
    }

    /// The value of the `status` argument: names joined by commas.
    #[must_use]
    pub fn argument(self, features: &Features) -> String {
        let names: Vec<_> = self.statuses(features).iter().map(|status| status.as_str()).collect();
        names.join(",")
    }

    fn all_statuses(self) -> &'static [Status] {
        use Status::*;
        match self {
            Self::Running => &[Running, Restarting, Terminating, Pending, Scheduled, Preparing, Pulling],
            Self::Finished => &[Terminated, Cancelled],
            Self::Others => &[Terminating, Error],
        }
    }

    fn main_status(self) -> Status {
        match self {
            Self::Running => Status::Running,
            Self::Finished => Status::Terminated,
            Self::Others => Status::Error,
        }
    }
}

impl fmt::Display for Tab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no tab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown tab `{0}`: use running, finished or others")]
pub struct UnknownTab(pub String);

impl FromStr for Tab {
    type Err = UnknownTab;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == text).ok_or_else(|| UnknownTab(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(tab: Tab, api: &str, manager: &str) -> String {
        tab.argument(&Features::of(api, manager))
    }

    #[test]
    fn a_current_server_is_asked_for_everything() {
        let ask = |tab| argument(tab, "v6.20210815", "21.09.9");
        assert_eq!(ask(Tab::Running), "RUNNING,RESTARTING,TERMINATING,PENDING,SCHEDULED,PREPARING,PULLING");
        assert_eq!(ask(Tab::Finished), "TERMINATED,CANCELLED");
        assert_eq!(ask(Tab::Others), "TERMINATING,ERROR");
    }

    #[test]
    fn a_server_without_avoid_hol_blocking_is_not_asked_for_scheduled() {
        let asked = argument(Tab::Running, "v6.20210815", "20.09.15");
        assert_eq!(asked, "RUNNING,RESTARTING,TERMINATING,PENDING,PREPARING,PULLING");
    }

    #[test]
    fn a_server_without_detailed_states_takes_one_name() {
        let asked = Tab::ALL.map(|tab| argument(tab, "v4.20190315", "19.03.0"));
        assert_eq!(asked, ["RUNNING", "TERMINATED", "ERROR"]);
    }
}
