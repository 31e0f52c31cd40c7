//! Why a change of accounts was refused, with nothing changed. The texts are the same on both
//! engines: they are looked for inside the transaction, not read off the database's errors.

use std::fmt;

use rollcall_model::naming::NamingError;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A unique or foreign key would be violated.
    #[error("{0}")]
    Integrity(Integrity),
    /// There is no such row, or none that the caller may change.
    #[error("there is no such thing")]
    NoMatch,
    /// What was asked for would change nothing.
    #[error("nothing to update")]
    NothingToUpdate,
    /// The caller may not do this with what was named.
    #[error("no permission")]
    NotAllowed,
    /// Nobody would be left who can change anything.
    #[error("this would leave no active superadmin with an active administrative key")]
    LastSuperadmin,
    /// Something that goes on stands against it.
    #[error("{0}")]
    InUse(String),
    /// A name is none.
    #[error(transparent)]
    Naming(#[from] NamingError),
    /// A number or text outside of what it may be.
    #[error("{0}")]
    Invalid(String),
}

/// What PostgreSQL would say, in the contract's names for tables (`errors.md` §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// The same value is there already.
    Duplicate {
        /// Name of the constraint.
        constraint: &'static str,
        /// Columns, with commas.
        columns: &'static str,
        /// Their values, with commas.
        value: String,
    },
    /// What is to go is still referenced.
    Referenced {
        /// Table of the row that is to go.
        table: &'static str,
        /// Name of the constraint.
        constraint: &'static str,
        /// Column of the row that is to go.
        column: &'static str,
        /// Its value.
        value: String,
        /// Table of the rows that need it.
        by: &'static str,
    },
    /// What is referred to is not there.
    Missing {
        /// Table of the row that refers.
        table: &'static str,
        /// Name of the constraint.
        constraint: &'static str,
        /// Column that refers.
        column: &'static str,
        /// Its value.
        value: String,
        /// Table in which it is looked for.
        wanted: &'static str,
    },
}

impl From<Integrity> for Refusal {
    fn from(integrity: Integrity) -> Self {
        Self::Integrity(integrity)
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { constraint, columns, value } => write!(
                f,
                "duplicate key value violates unique constraint \"{constraint}\"\n\
                 DETAIL:  Key ({columns})=({value}) already exists.\n"
            ),
            Self::Referenced { table, constraint, column, value, by } => write!(
                f,
                "update or delete on table \"{table}\" violates foreign key constraint \"{constraint}\" on table \"{by}\"\n\
                 DETAIL:  Key ({column})=({value}) is still referenced from table \"{by}\".\n"
            ),
            Self::Missing { table, constraint, column, value, wanted } => write!(
                f,
                "insert or update on table \"{table}\" violates foreign key constraint \"{constraint}\"\n\
                 DETAIL:  Key ({column})=({value}) is not present in table \"{wanted}\".\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_clients_look_for() {
        let preset = Integrity::Duplicate { constraint: "pk_resource_presets", columns: "name", value: "v".into() };
        assert_eq!(
            preset.to_string(),
            "duplicate key value violates unique constraint \"pk_resource_presets\"\nDETAIL:  Key (name)=(v) already exists.\n"
        );
        let policy = Integrity::Referenced {
            table: "keypair_resource_policies",
            constraint: "fk_keypairs_resource_policy_keypair_resource_policies",
            column: "name",
            value: "v".into(),
            by: "keypairs",
        };
        assert_eq!(
            policy.to_string(),
            "update or delete on table \"keypair_resource_policies\" violates foreign key constraint \
             \"fk_keypairs_resource_policy_keypair_resource_policies\" on table \"keypairs\"\n\
             DETAIL:  Key (name)=(v) is still referenced from table \"keypairs\".\n"
        );
    }
}
