//! The fields that may be asked for. Queries are made of these names alone, never of a caller's
//! text.

use rollcall_model::features::Feature;

use crate::version::Server;

macro_rules! fields {
    ($(#[$doc:meta])* $type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant),+
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The field of this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|field| field.name() == name)
            }

            /// The name in the API.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

fields! {
    /// A field of a session (`graphql.md` §3.7).
    SessionField {
        Id => "id",
        SessionId => "session_id",
        Tag => "tag",
        Name => "name",
        Type => "type",
        Image => "image",
        ClusterMode => "cluster_mode",
        ClusterSize => "cluster_size",
        DomainName => "domain_name",
        GroupName => "group_name",
        GroupId => "group_id",
        UserEmail => "user_email",
        UserId => "user_id",
        AccessKey => "access_key",
        Status => "status",
        StatusChanged => "status_changed",
        StatusInfo => "status_info",
        StatusData => "status_data",
        CreatedAt => "created_at",
        TerminatedAt => "terminated_at",
        StartsAt => "starts_at",
        StartupCommand => "startup_command",
        Result => "result",
        ResourceOpts => "resource_opts",
        ScalingGroup => "scaling_group",
        ServicePorts => "service_ports",
        Mounts => "mounts",
        OccupiedSlots => "occupied_slots",
        Containers => "containers",
    }
}

fields! {
    /// A field of a container (`graphql.md` §3.8).
    ContainerField {
        Id => "id",
        ClusterRole => "cluster_role",
        ClusterIdx => "cluster_idx",
        ClusterHostname => "cluster_hostname",
        Image => "image",
        Status => "status",
        StatusInfo => "status_info",
        CreatedAt => "created_at",
        TerminatedAt => "terminated_at",
        Agent => "agent",
        ContainerId => "container_id",
        OccupiedSlots => "occupied_slots",
        LiveStat => "live_stat",
        LastStat => "last_stat",
    }
}

/// The selection for a server: what it does not know is left out.
pub(super) fn selection(server: &Server, fields: &[SessionField], containers: &[ContainerField]) -> String {
    let mut words = Vec::new();
    for field in fields {
        match field {
            SessionField::Containers if containers.is_empty() || !server.supports(Feature::MultiContainer) => {}
            SessionField::Containers => {
                let names: Vec<_> = containers.iter().map(|field| field.name()).collect();
                words.push(format!("containers {{ {} }}", names.join(" ")));
            }
            SessionField::ScalingGroup if !server.supports(Feature::ScalingGroup) => {}
            SessionField::ClusterSize if !server.supports(Feature::MultiContainer) => {}
            SessionField::ClusterMode if !server.supports(Feature::MultiNode) => {}
            field => words.push(field.name().to_owned()),
        }
    }
    words.join(" ")
}
