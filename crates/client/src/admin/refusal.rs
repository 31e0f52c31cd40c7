//! Why a change was not made: the server's words, and what they mean.
//!
//! Servers of the API pass on what their database says of unique and foreign keys (`errors.md` §5);
//! here it becomes plain words.

use std::fmt;

/// `ok: false` and its `msg`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    msg: String,
    why: Why,
}

/// What a refusal means, as far as this client understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The caller may not.
    NotAllowed,
    /// What is to be changed is not there, or not for this caller.
    NoMatch,
    /// The change changes nothing.
    NothingToUpdate,
    /// A name or a pair is there already.
    Taken {
        /// It, with commas where it is several values.
        value: String,
    },
    /// What is to go is still needed.
    Needed {
        /// It.
        value: String,
        /// By what, in the plural.
        by: String,
    },
    /// What is referred to is not there.
    Missing {
        /// What kind of thing.
        what: String,
        /// Its name.
        value: String,
    },
    /// Anything else; the message is all there is.
    Other,
}

impl Refusal {
    /// Understands a message.
    pub(super) fn read(msg: String) -> Self {
        let why = if msg.starts_with("no permission") {
            Why::NotAllowed
        } else if msg.starts_with("no matching") || msg == "no such group" {
            Why::NoMatch
        } else if msg == "nothing to update" {
            Why::NothingToUpdate
        } else {
            integrity(&msg).unwrap_or(Why::Other)
        };
        Self { msg, why }
    }

    /// The server's own words.
    #[must_use]
    pub fn msg(&self) -> &str {
        &self.msg
    }

    /// What they mean.
    #[must_use]
    pub fn why(&self) -> &Why {
        &self.why
    }
}

/// Reads `Key (name)=(mine) already exists.` and its like.
fn integrity(msg: &str) -> Option<Why> {
    let detail = msg.split_once("Key (")?.1.trim_end();
    let (_, rest) = detail.split_once(")=(")?;
    let table = |rest: &str| rest.trim_end_matches('.').trim_matches('"').to_owned();
    if let Some(value) = rest.strip_suffix(") already exists.") {
        return Some(Why::Taken { value: value.to_owned() });
    }
    if let Some((value, by)) = rest.rsplit_once(") is still referenced from table ") {
        return Some(Why::Needed { value: value.to_owned(), by: things(&table(by), true) });
    }
    let (value, wanted) = rest.rsplit_once(") is not present in table ")?;
    Some(Why::Missing { value: value.to_owned(), what: things(&table(wanted), false) })
}

/// What the rows of a table are called.
fn things(table: &str, many: bool) -> String {
    let (one, several) = match table {
        "users" => ("user", "people"),
        "keypairs" => ("keypair", "keypairs"),
        "groups" => ("group", "groups"),
        "domains" => ("domain", "domains"),
        "keypair_resource_policies" => ("policy", "policies"),
        "scaling_groups" => ("resource group", "resource groups"),
        "kernels" => ("session", "sessions"),
        "agents" => ("agent", "agents"),
        other => (other, other),
    };
    if many { several } else { one }.to_owned()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::NotAllowed => f.write_str("this key may not do that"),
            Why::NoMatch => f.write_str("there is no such thing, or none that this key may change"),
            Why::NothingToUpdate => f.write_str("this changes nothing"),
            Why::Taken { value } => write!(f, "`{value}` is there already"),
            Why::Needed { value, by } => write!(f, "`{value}` still has {by}"),
            Why::Missing { value, what } => write!(f, "there is no {what} `{value}`"),
            Why::Other if self.msg.is_empty() => f.write_str("refused without a reason"),
            Why::Other => f.write_str(self.msg.trim_start_matches("unexpected error: ").trim_end()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Why};

    #[track_caller]
    fn check(msg: &str, why: Why, told: &str) {
        let refusal = Refusal::read(msg.to_owned());
        assert_eq!((refusal.why(), refusal.to_string().as_str()), (&why, told));
        assert_eq!(refusal.msg(), msg);
    }

    #[test]
    fn databases_are_told_in_plain_words() {
        check(
            "integrity error: duplicate key value violates unique constraint \"uq_users_email\"\n\
             DETAIL:  Key (email)=(a@example.com) already exists.\n",
            Why::Taken { value: "a@example.com".into() },
            "`a@example.com` is there already",
        );
        check(
            "integrity error: update or delete on table \"keypairs\" violates foreign key constraint \"x\" on table \
             \"kernels\"\nDETAIL:  Key (access_key)=(AKIA1) is still referenced from table \"kernels\".\n",
            Why::Needed { value: "AKIA1".into(), by: "sessions".into() },
            "`AKIA1` still has sessions",
        );
        check(
            "integrity error: insert or update on table \"keypairs\" violates foreign key constraint \"x\"\n\
             DETAIL:  Key (resource_policy)=(odd) (name)) is not present in table \"keypair_resource_policies\".\n",
            Why::Missing { value: "odd) (name)".into(), what: "policy".into() },
            "there is no policy `odd) (name)`",
        );
    }

    #[test]
    fn other_words_stay_the_servers() {
        check("no permission to execute create_user", Why::NotAllowed, "this key may not do that");
        check("no matching modifyuser", Why::NoMatch, "there is no such thing, or none that this key may change");
        check("nothing to update", Why::NothingToUpdate, "this changes nothing");
        check("unexpected error: the user has 2 active sessions", Why::Other, "the user has 2 active sessions");
        check("Key (of nothing", Why::Other, "Key (of nothing");
        check("", Why::Other, "refused without a reason");
    }
}
