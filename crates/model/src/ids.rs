//! Identifiers. Each is a type of its own, so that a kernel's id cannot stand where a session's is
//! wanted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id.
            #[must_use]
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// A session. Equal to the id of its main kernel (`graphql.md` §3.7).
    SessionId
}
uuid_id! {
    /// One process or container of a session; the API says container.
    KernelId
}
uuid_id! {
    /// A person's account.
    UserId
}
uuid_id! {
    /// A project; the API says group.
    GroupId
}

uuid_id! {
    /// A template of sessions.
    TemplateId
}

impl SessionId {
    /// The main kernel, which carries the session's own id.
    #[must_use]
    pub fn main_kernel(self) -> KernelId {
        KernelId(self.0)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text_id! {
    /// The public half of a keypair. Not a secret; it names the owner of a session.
    AccessKey
}
text_id! {
    /// A machine that runs kernels.
    AgentId
}
text_id! {
    /// A domain's name: a tenant.
    DomainName
}
