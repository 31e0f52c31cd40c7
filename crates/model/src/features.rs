//! What a server can do, told from its API version and manager version
//! (`versions-and-features.md` §4).

/// A switch that clients compute once per server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Resource groups can be asked for; the field `scaling_group` exists.
    ScalingGroup,
    /// Projects.
    Group,
    /// Folders of projects.
    GroupFolder,
    /// Images for the system's own use.
    SystemImages,
    /// Several status names joined by commas.
    DetailedSessionStates,
    /// People may change their name.
    ChangeUserName,
    /// Fields `cluster_size` and `containers`.
    MultiContainer,
    /// Field `cluster_mode`.
    MultiNode,
    /// Folder transfer by a proxy of its own.
    StorageProxy,
    /// Hardware of agents.
    HardwareMetadata,
    /// Status `SCHEDULED`.
    AvoidHolBlocking,
}

/// Which version a feature needs.
enum Needs {
    Api(&'static str),
    Manager(&'static str),
}

impl Feature {
    /// All features.
    pub const ALL: [Self; 11] = [
        Self::ScalingGroup,
        Self::Group,
        Self::GroupFolder,
        Self::SystemImages,
        Self::DetailedSessionStates,
        Self::ChangeUserName,
        Self::MultiContainer,
        Self::MultiNode,
        Self::StorageProxy,
        Self::HardwareMetadata,
        Self::AvoidHolBlocking,
    ];

    /// The name clients know it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScalingGroup => "scaling-group",
            Self::Group => "group",
            Self::GroupFolder => "group-folder",
            Self::SystemImages => "system-images",
            Self::DetailedSessionStates => "detailed-session-states",
            Self::ChangeUserName => "change-user-name",
            Self::MultiContainer => "multi-container",
            Self::MultiNode => "multi-node",
            Self::StorageProxy => "storage-proxy",
            Self::HardwareMetadata => "hardware-metadata",
            Self::AvoidHolBlocking => "avoid-hol-blocking",
        }
    }

    /// The feature of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == name)
    }

    fn needs(self) -> Needs {
        match self {
            Self::ScalingGroup
            | Self::Group
            | Self::GroupFolder
            | Self::SystemImages
            | Self::DetailedSessionStates
            | Self::ChangeUserName => Needs::Api("v4.20190601"),
            Self::MultiContainer | Self::MultiNode | Self::StorageProxy | Self::HardwareMetadata => {
                Needs::Api("v6.20200815")
            }
            Self::AvoidHolBlocking => Needs::Manager("20.09.16"),
        }
    }
}

/// The features of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    api: String,
    manager: String,
}

impl Features {
    /// From the two versions of `GET /`.
    #[must_use]
    pub fn of(api: &str, manager: &str) -> Self {
        Self { api: api.to_owned(), manager: manager.to_owned() }
    }

    /// The API version.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The manager version.
    #[must_use]
    pub fn manager(&self) -> &str {
        &self.manager
    }

    /// Whether the server has the feature.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        match feature.needs() {
            Needs::Api(version) => is_at_least(&self.api, version),
            Needs::Manager(version) => is_at_least(&self.manager, version),
        }
    }
}

/// The comparison of the clients: parts between dots, each padded on the left to ten characters,
/// compared as one text.
#[must_use]
pub fn is_at_least(version: &str, wanted: &str) -> bool {
    padded(version) >= padded(wanted)
}

fn padded(version: &str) -> String {
    version.split('.').map(|part| format!("{part:>10}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_needs_two_digits() {
        assert!(is_at_least("21.09.9", "21.09.0"));
        assert!(!is_at_least("21.9.9", "21.09.0"));
        assert!(is_at_least("21.09.10", "21.09.9"));
        assert!(!is_at_least("20.09.9", "20.09.16"));
    }

    #[test]
    fn our_own_versions_have_everything() {
        let features = Features::of("v6.20210815", "21.09.9");
        assert!(Feature::ALL.into_iter().all(|feature| features.supports(feature)));
    }

    #[test]
    fn older_servers_have_less() {
        let supported = |api, manager| {
            let features = Features::of(api, manager);
            Feature::ALL.into_iter().filter(|f| features.supports(*f)).map(Feature::as_str).collect::<Vec<_>>()
        };
        assert_eq!(supported("v4.20190315", "19.03.0"), Vec::<&str>::new());
        assert_eq!(supported("v5.20191215", "20.03.0").len(), 6);
        assert_eq!(supported("v6.20200815", "20.09.16").len(), 11);
    }

    #[test]
    fn names_are_found_again() {
        assert!(Feature::ALL.into_iter().all(|feature| Feature::parse(feature.as_str()) == Some(feature)));
        assert_eq!(Feature::parse("session-detail-status"), None);
    }
}
