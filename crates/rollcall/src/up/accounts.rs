//! The accounts of the first start: who there is, with random passwords and keys.

use std::io;

use rollcall_model::ids::{AccessKey, DomainName, UserId};
use rollcall_model::role::Role;
use secrecy::SecretString;

use crate::random::{ALPHANUMERIC, random_text};

/// The first domain.
pub(super) const FIRST_DOMAIN: &str = "default";

/// The second domain of `--demo`.
pub(super) const DEMO_DOMAIN: &str = "research";

/// Somebody with what they sign in with. The password and the secret key are shown once.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: UserId,
    pub(super) role: Role,
    pub(super) domain: DomainName,
    pub(super) email: String,
    pub(super) full_name: String,
    pub(super) password: SecretString,
    pub(super) access_key: AccessKey,
    pub(super) secret_key: SecretString,
}

/// Everyone of the first start, the first domain first.
pub(super) fn draw(demo: bool) -> io::Result<Vec<Account>> {
    let first = [
        (Role::Superadmin, FIRST_DOMAIN, "superadmin", "Sam Superadmin"),
        (Role::Admin, FIRST_DOMAIN, "admin", "Ada Admin"),
        (Role::User, FIRST_DOMAIN, "alice", "Alice Able"),
        (Role::User, FIRST_DOMAIN, "bob", "Bob Baker"),
    ];
    let second = [
        (Role::Admin, DEMO_DOMAIN, "admin", "Rosa Admin"),
        (Role::User, DEMO_DOMAIN, "carol", "Carol Chen"),
        (Role::User, DEMO_DOMAIN, "dave", "Dave Diaz"),
    ];
    let people = first.iter().chain(second.iter().filter(|_| demo));
    people.map(|(role, domain, name, full_name)| account(*role, domain, name, full_name)).collect()
}

fn account(role: Role, domain: &str, name: &str, full_name: &str) -> io::Result<Account> {
    Ok(Account {
        id: UserId::random(),
        role,
        domain: DomainName::from(domain),
        email: format!("{name}@{domain}.example"),
        full_name: full_name.to_owned(),
        password: SecretString::from(random_text(ALPHANUMERIC, 20)?),
        access_key: AccessKey(format!("AKIA{}", random_text(BASE32, 16)?)),
        secret_key: SecretString::from(random_text(ALPHANUMERIC, 40)?),
    })
}

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_first_domain_comes_first_and_the_demonstration_adds_the_second() {
        let people = draw(true).unwrap();
        let shown: Vec<String> =
            people.iter().map(|person| format!("{} {}", person.role.as_str(), person.email)).collect();
        assert_eq!(
            shown[..4],
            [
                "superadmin superadmin@default.example",
                "admin admin@default.example",
                "user alice@default.example",
                "user bob@default.example"
            ]
        );
        assert!(people[4..].iter().all(|person| person.domain.as_str() == DEMO_DOMAIN));
        assert_eq!(draw(false).unwrap().len(), 4);
    }

    #[test]
    fn keys_have_their_shape_and_differ() {
        let people = draw(true).unwrap();
        for person in &people {
            let key = person.access_key.as_str();
            assert!(key.len() == 20 && key.starts_with("AKIA") && key[4..].bytes().all(|byte| BASE32.contains(&byte)));
            assert_eq!(person.secret_key.expose_secret().len(), 40);
            assert_eq!(person.password.expose_secret().len(), 20);
        }
        let keys: std::collections::HashSet<&str> = people.iter().map(|person| person.access_key.as_str()).collect();
        assert_eq!(keys.len(), people.len());
    }
}
