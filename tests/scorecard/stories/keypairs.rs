//! A second keypair of a person: it signs when it may, and no longer when it may not.

use serde_json::{Value, json};

use crate::harness::Account;
use crate::stage::{Stage, has_line};

pub(crate) fn story(stage: &Stage<'_>) {
    let (root, bob) = (&stage.root, &stage.bob);
    let mut second: Option<Account> = None;
    stage.shows(root, "admin keypair add", &[&bob.email, "default", "-r", "777"], |text| {
        let word_after = |label: &str| {
            let line = text.lines().find(|line| line.contains(label)).unwrap_or_else(|| panic!("{text}"));
            line.split_whitespace().last().unwrap().to_owned()
        };
        let keys = (word_after("Access Key"), word_after("Secret Key"));
        second = Some(Account { access_key: keys.0, secret_key: keys.1, ..bob.clone() });
    });
    let second = second.unwrap();
    let key = || {
        let query = format!("{{ keypair(access_key: \"{}\") {{ is_active is_admin rate_limit }} }}", second.access_key);
        stage.asks(root, &query)
    };
    assert_eq!(key(), json!({ "is_active": true, "is_admin": false, "rate_limit": 777 }));
    // What was printed signs.
    stage.shows(&second, "admin keypair info", &[], |text| {
        assert!(
            has_line(text, &["Access Key", &second.access_key]) && has_line(text, &["Rate Limit", "777"]),
            "{text}"
        );
    });
    let filter = format!("email == \"{}\"", bob.email);
    stage.shows(root, "admin keypair list", &["--filter", &filter], |text| {
        assert!(text.contains(&bob.access_key) && text.contains(&second.access_key), "{text}");
        assert!(!text.contains(&stage.alice.access_key), "{text}");
    });
    stage.shows(root, "admin keypair update", &[&second.access_key, "-r", "888"], |_| {
        assert_eq!(key()["rate_limit"], 888);
    });
    stage.shows(root, "admin keypair deactivate", &[&second.access_key], |_| {
        assert_eq!(key()["is_active"], false);
        assert!(stage.says(&second, "admin keypair info", &[]).contains("401"));
    });
    stage.shows(root, "admin keypair activate", &[&second.access_key], |_| {
        assert_eq!(key()["is_active"], true);
        assert!(stage.says(&second, "admin keypair info", &[]).contains(&second.access_key));
    });
    // Nobody gives rights to oneself.
    let said = stage.says(&second, "admin keypair update", &[&second.access_key, "--is-admin", "true"]);
    assert!(said.contains("no permission"), "{said}");
    assert_eq!(key()["is_admin"], false);
    stage.shows(root, "admin keypair delete", &[&second.access_key], |_| assert_eq!(key(), Value::Null));
}
